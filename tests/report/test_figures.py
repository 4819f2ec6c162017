"""Figures 1 and 2, and the curves, as files: their forms, size and data."""

import json

import matplotlib.image
import pandas as pd
import pytest
from matplotlib.text import Text

from roadmap.report import load_results, paper_table, render, tabulate
from roadmap.report.pictures import curves, figure_1
from roadmap.report.pictures.curves import load_curves
from roadmap.report.pictures.figure_2 import draw
from roadmap.report.pictures.figures import COLUMN, DPI, FORMS, write


@pytest.fixture
def records(study):
    """Give each finished run of the study a record, run ids and all."""
    results = load_results(study)
    results["run"] = [f"r{i}" for i in range(len(results))]
    for row in results[results["status"] == "finished"].itertuples():
        folder = study.parent / "runs" / row.run
        folder.mkdir(parents=True)
        curve = [
            {
                "epoch": epoch,
                "train_loss": 2 / epoch,
                "loss": 1.0,
                "top1": row.top1 * epoch / 2,
            }
            for epoch in (1, 2)
        ]
        record = {"run": row.run, "status": "finished", "curve": curve}
        (folder / "record.json").write_text(json.dumps(record))
    results.to_csv(study / "results.csv", index=False)
    return study


def test_figure_2_of_one_study_is_a_column_wide(results, tmp_path):
    write(draw([tabulate(results)], [results]), pd.DataFrame({"a": [1]}), tmp_path, "f")
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [
        ".csv",
        ".pdf",
        ".png",
        ".svg",
    ]
    assert matplotlib.image.imread(tmp_path / "f.png").shape[1] == int(COLUMN * DPI)
    box = (tmp_path / "f.pdf").read_bytes().split(b"/MediaBox [ ")[1].split(b"]")[0]
    assert float(box.split()[2]) == pytest.approx(COLUMN * 72, abs=0.01)


@pytest.mark.parametrize("form", FORMS)
def test_no_date_enters_a_figure(results, form, monkeypatch):
    figure = draw([tabulate(results)], [results])
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    first = render(figure, form)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000000")
    assert render(draw([tabulate(results)], [results]), form) == first


def test_bubbles_grow_with_params_and_numbers_stand_apart(results):
    results.loc[results["step"] == "resnet", "params"] = 312_500
    figure = figure_1.draw([tabulate(results)])
    areas = figure.axes[0].collections[0].get_sizes()
    assert areas[0] * 4 == pytest.approx(areas[1])
    paper = figure_1.draw([paper_table()])
    render(paper, "png")
    boxes = [Text.get_window_extent(text) for text in paper.axes[0].texts]
    assert len(boxes) == 36
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_figure_1_needs_an_accuracy(results):
    with pytest.raises(ValueError, match="nothing to draw"):
        figure_1.draw([tabulate(results.assign(status="pending"))])


def test_curves_are_means_over_the_seeds_by_epoch(records):
    found = load_curves(records, load_results(records)).set_index(["step", "epoch"])
    first = found.loc[("resnet", 1)]
    assert (first["n"], first["top1_mean"], first["top1_std"]) == (3, 35.5, 0.5)
    assert found.at[("resnet", 2), "train_loss_mean"] == 1.0
    assert "kernel_7" not in found.index.get_level_values("step")


def test_a_recorded_study_keeps_its_curves_as_csv(records, tmp_path):
    results = load_results(records)
    found = load_curves(records, results)
    moved = tmp_path / "elsewhere" / "mine"
    moved.mkdir(parents=True)
    assert load_curves(moved, results).empty
    write(curves.draw(found), found, moved, "curves")
    pd.testing.assert_frame_equal(load_curves(moved, results), found)
