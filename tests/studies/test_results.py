"""results.csv: made from the records, and never replaced by less."""

import shutil

import numpy as np
import pandas as pd
import pytest

from roadmap.report.numbers.images import COLUMNS
from roadmap.report.numbers.studies import load_study
from roadmap.runs import correct, store
from roadmap.studies.plan import plan_sweep
from roadmap.studies.results import KEPT, kept_line, write_results, write_study

WORDS = ["+step=[resnet,gelu]"]


def finish(root, one, top1=50.123456789012345, status="finished", bits=None):
    metrics = {"top1": top1, "top5": 90.0, "loss": 1.5}
    record = {"run": one.run.id, "status": status, "metrics": metrics}
    if bits is not None:
        correct.write_run(store.run_folder(root, one.run.id), bits)
        record["eval_images"] = len(bits)
    store.write_record(root, record | {"train_seconds": 1.25, "network": {"width": 8}})


@pytest.fixture
def study(tmp_path):
    """Six runs asked for, five of them over."""
    planned = plan_sweep(WORDS, 3)
    write_study(tmp_path / "s", planned, WORDS)
    for one in planned[:4]:
        finish(tmp_path, one)
    finish(tmp_path, planned[4], status="diverged")
    write_results(tmp_path / "s", tmp_path)
    return tmp_path, planned


def text(root, name="results.csv"):
    return (root / "s" / name).read_text()


def test_rows_whose_records_are_gone_are_kept_to_the_byte(study):
    root, _ = study
    before = text(root)
    shutil.rmtree(root / "runs")
    results = write_results(root / "s", root)
    assert text(root) == before
    assert results.attrs["kept"] == 5
    assert kept_line(results).startswith("5 rows of results.csv kept")
    assert text(root) == before


@pytest.mark.parametrize("status", ["failed", "interrupted"])
def test_less_than_a_result_replaces_none(status, study):
    root, planned = study
    shutil.rmtree(root / "runs")
    store.write_record(root, {"run": planned[0].run.id, "status": status})
    write_results(root / "s", root)
    frame = pd.read_csv(root / "s" / "results.csv")
    assert list(frame.status[:4]) == ["finished"] * 4


def test_new_records_stand_beside_kept_rows(study):
    root, planned = study
    shutil.rmtree(root / "runs")
    finish(root, planned[5], top1=70.0)
    results = write_results(root / "s", root)
    assert results.attrs["kept"] == 5
    frame = pd.read_csv(root / "s" / "results.csv")
    assert list(frame.top1[[0, 5]]) == [50.123456789012345, 70.0]


def test_rows_asked_for_no_more_are_kept_aside_where_their_records_are_gone(study):
    root, planned = study
    shutil.rmtree(root / "runs")
    write_study(root / "s", planned[3:], WORDS)
    write_results(root / "s", root)
    kept = pd.read_csv(root / "s" / KEPT)
    assert list(kept.run) == [one.run.id for one in planned[:3]]
    assert len(pd.read_csv(root / "s" / "results.csv")) == 3
    write_study(root / "s", planned, WORDS)
    write_results(root / "s", root)
    assert list(pd.read_csv(root / "s" / "results.csv").status[:3]) == ["finished"] * 3


def test_with_all_records_nothing_is_kept(study):
    root, _ = study
    assert write_results(root / "s", root).attrs["kept"] == 0
    assert not (root / "s" / KEPT).exists()


def bits_of(root):
    return correct.read_study(root / "s")


def test_bits_and_their_intervals_stay_where_the_records_are_gone(tmp_path):
    planned, random = plan_sweep(WORDS, 2), np.random.default_rng(0)
    write_study(tmp_path / "s", planned, WORDS)
    for one in planned:
        finish(tmp_path, one, bits=random.random(100) < 0.6)
    write_results(tmp_path / "s", tmp_path)
    before = (tmp_path / "s" / correct.OF_STUDY).read_bytes()
    table = load_study(tmp_path / "s").table
    shutil.rmtree(tmp_path / "runs")
    write_study(tmp_path / "s", planned[:1], WORDS)  # the others go aside, and return
    write_results(tmp_path / "s", tmp_path)
    assert len(bits_of(tmp_path)) == 4
    write_study(tmp_path / "s", planned, WORDS)
    write_results(tmp_path / "s", tmp_path)
    assert (tmp_path / "s" / correct.OF_STUDY).read_bytes() == before
    pd.testing.assert_frame_equal(load_study(tmp_path / "s").table, table)
    assert table[COLUMNS[:2]].notna().all(axis=None)


def test_a_run_that_is_trained_again_replaces_its_bits(tmp_path):
    planned = plan_sweep(["+step=gelu"], 2)
    write_study(tmp_path / "s", planned, WORDS)
    for one in planned:
        finish(tmp_path, one, bits=np.zeros(9, bool))
    write_results(tmp_path / "s", tmp_path)
    shutil.rmtree(tmp_path / "runs")
    finish(tmp_path, planned[1], bits=np.ones(9, bool))
    write_results(tmp_path / "s", tmp_path)
    assert [bits.sum() for bits in bits_of(tmp_path).values()] == [0, 9]


def test_records_of_an_earlier_version_have_no_bits(study):
    root, _ = study
    assert bits_of(root) == {}
    assert not (root / "s" / correct.OF_STUDY).exists()
    assert not set(COLUMNS) & set(load_study(root / "s").table)
