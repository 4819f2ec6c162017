"""The bits of a run and of a study: whole, in order, equal bytes for equal bits."""

import io
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from roadmap.runs import correct

BITS = arrays.arrays(bool, st.integers(1, 40))


@given(st.dictionaries(st.text("0123456789abcdef", min_size=1), BITS))
def test_a_study_reads_back_as_it_was(tmp_path_factory, bits):
    folder = tmp_path_factory.mktemp("study")
    correct.write_study(folder, bits)
    found = correct.read_study(folder)
    assert list(found) == list(bits)
    for run in bits:
        np.testing.assert_array_equal(found[run], bits[run])


@given(BITS)
def test_a_run_reads_back_as_it_was(tmp_path_factory, bits):
    folder = tmp_path_factory.mktemp("run")
    correct.write_run(folder, bits)
    found = correct.read_run(folder, {"eval_images": len(bits)})
    np.testing.assert_array_equal(found, bits)


@pytest.mark.parametrize("record", [None, {}, {"eval_images": 9}])
def test_a_run_without_bits_has_none(record, tmp_path):
    assert correct.read_run(tmp_path, record) is None
    correct.write_run(tmp_path, np.ones(8, bool))
    assert correct.read_run(tmp_path, record) is None
    (tmp_path / correct.OF_RUN).write_bytes(b"")
    assert correct.read_run(tmp_path, record) is None


def test_no_date_is_in_the_file(tmp_path):
    correct.write_study(tmp_path, {"a": np.ones(9, bool)})
    first = (tmp_path / correct.OF_STUDY).read_bytes()
    with zipfile.ZipFile(io.BytesIO(first)) as file:
        assert {entry.date_time for entry in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize("content", [b"", b"PK", b"no zip"])
def test_a_damaged_file_of_a_study_is_one_line(content, tmp_path):
    (tmp_path / correct.OF_STUDY).write_bytes(content)
    with pytest.raises(ValueError, match="cannot be read: restore or remove it") as e:
        correct.read_study(tmp_path)
    assert "\n" not in str(e.value)
