"""curves.csv: means over the seeds, made from records, kept where those are gone."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadmap.report.numbers.studies import load_curves
from roadmap.studies.curves import COLUMNS, curve_of, mean_curves, write_curves


def run(seed, step="resnet", status="finished"):
    words = {"study": "mine", "regime": "proxy", "step": step, "label": step}
    return {**words, "section": "start", "run": f"{step}{seed}", "status": status}


def record(*top1):
    points = enumerate(top1, 1)
    return {"curve": [{"epoch": e, "top1": x, "train_loss": 1} for e, x in points]}


def curves(*top1s):
    return [(run(seed), curve_of(record(*top1))) for seed, top1 in enumerate(top1s)]


def test_curves_are_means_and_sds_over_the_seeds_by_epoch():
    found = mean_curves(curves([30, 70], [31, 71], [32])).set_index("epoch")
    assert found["n"].tolist() == [3, 2]
    assert found["top1_mean"].tolist() == [31.0, 70.5]
    assert found["top1_std"].tolist() == pytest.approx([1.0, 0.5**0.5])
    assert found["train_loss_mean"].tolist() == [1.0, 1.0]
    assert found["loss_mean"].isna().all()


def test_only_finished_runs_count_and_each_run_once():
    failed = run(9, status="diverged"), curve_of(record(0.0))
    twice = curves([30.0], [40.0]) * 2
    assert mean_curves([*twice, failed])["n"].tolist() == [2]


def test_a_study_without_curves_has_none(tmp_path):
    assert curve_of(None) is None
    assert mean_curves([(run(0), None)]).empty
    write_curves(tmp_path, [(run(0), None)])
    assert load_curves(tmp_path).empty


def test_curves_stay_where_the_records_are_gone(tmp_path):
    write_curves(tmp_path, curves([30.0], [40.0]))
    before = (tmp_path / "curves.csv").read_bytes()
    gone = [(run(0), None), (run(1), None)]
    write_curves(tmp_path, gone)
    assert (tmp_path / "curves.csv").read_bytes() == before
    # A step that has its records is made anew beside one that has lost them.
    other = run(0, step="gelu"), curve_of(record(50.0))
    write_curves(tmp_path, [*gone, other])
    assert load_curves(tmp_path)["top1_mean"].tolist() == [35.0, 50.0]


def test_fewer_seeds_replace_more_where_all_have_their_records(tmp_path):
    write_curves(tmp_path, curves([30.0], [40.0]))
    write_curves(tmp_path, curves([30.0]))
    assert load_curves(tmp_path)["n"].tolist() == [1]


@given(st.lists(st.lists(st.floats(0, 100), min_size=1, max_size=3), min_size=1))
def test_curves_are_what_pandas_makes_of_them(top1s):
    found = mean_curves(curves(*top1s))
    points = [(e, x) for top1 in top1s for e, x in enumerate(top1, 1)]
    groups = pd.DataFrame(points, columns=["epoch", "top1"]).groupby("epoch")["top1"]
    assert list(found) == COLUMNS
    np.testing.assert_allclose(found["top1_mean"], groups.mean(), atol=1e-9)
    np.testing.assert_allclose(found["top1_std"], groups.std(), atol=1e-6)
