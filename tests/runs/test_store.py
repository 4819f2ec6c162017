import json
from dataclasses import replace

import pytest

from roadmap.runs import store
from roadmap.runs.run import Run

RUN = Run({"depths": [1, 2]}, {"epochs": 1}, {"name": "x"}, 0)


def record(status="finished", **more):
    return {"run": RUN.id, "status": status, **more}


def test_identity_is_the_contents_in_any_order():
    same = Run({"depths": [1, 2]}, {"epochs": 1}, {"name": "x"}, 0)
    assert RUN.id == same.id
    assert len({RUN.id, replace(RUN, seed=1).id, replace(RUN, recipe={}).id}) == 3


@pytest.mark.parametrize("status", store.DONE)
def test_what_stands_is_never_written_again(status, tmp_path):
    store.write_record(tmp_path, record(status, top1=1.0))
    path = store.run_folder(tmp_path, RUN.id) / "record.json"
    before = path.read_bytes()
    store.write_record(tmp_path, record(top1=2.0))
    assert path.read_bytes() == before
    assert store.is_done(tmp_path, RUN.id)


def test_a_record_may_hold_what_is_no_number(tmp_path):
    """A curve in which the evaluation overflowed: JSON has no word for it."""
    store.write_record(tmp_path, record(curve=[{"loss": float("nan")}]))
    [point] = store.read_record(tmp_path, RUN.id)["curve"]
    assert point["loss"] != point["loss"]
    assert store.is_done(tmp_path, RUN.id)


@pytest.mark.parametrize("status", ["failed", "interrupted"])
def test_what_did_not_end_gives_way(status, tmp_path):
    store.write_record(tmp_path, record(status))
    assert not store.is_done(tmp_path, RUN.id)
    store.write_record(tmp_path, record())
    assert store.is_done(tmp_path, RUN.id)


@pytest.mark.parametrize("keep", [0, 1, 10, -1])
def test_a_record_that_is_not_whole_is_none(keep, tmp_path):
    store.write_record(tmp_path, record())
    path = store.run_folder(tmp_path, RUN.id) / "record.json"
    path.write_bytes(path.read_bytes().rstrip()[:keep])
    assert store.read_record(tmp_path, RUN.id) is None


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "file"
    store.write_atomic(path, b"old")
    with pytest.raises(TypeError):
        store.write_atomic(path, "not bytes")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_records_are_plain_json(tmp_path):
    store.write_record(tmp_path, record(network=RUN.network))
    path = store.run_folder(tmp_path, RUN.id) / "record.json"
    assert json.loads(path.read_text())["network"] == {"depths": [1, 2]}
