"""Figures 1 and 2 as files: their formats and sizes."""

import io

import matplotlib.image
import pandas as pd
import pytest
from matplotlib.text import Text

from roadmap.report import draw, paper_table, render, tabulate
from roadmap.report.looks import FORMATS
from roadmap.report.pictures import curves, figure_1
from roadmap.report.pictures.figures import COLUMN, DPI


def test_figure_2_of_one_study_is_a_column_wide(results):
    figure = draw([tabulate(results)], [results])
    png = matplotlib.image.imread(io.BytesIO(render(figure, "png")))
    assert png.shape[1] == int(COLUMN * DPI)
    box = render(figure, "pdf").split(b"/MediaBox [ ")[1].split(b"]")[0]
    assert float(box.split()[2]) == pytest.approx(COLUMN * 72, abs=0.01)


@pytest.mark.parametrize("form", FORMATS)
def test_no_date_enters_a_figure(results, form, monkeypatch):
    figure = draw([tabulate(results)], [results])
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    first = render(figure, form)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000000")
    assert render(draw([tabulate(results)], [results]), form) == first


def test_bubbles_grow_with_params_and_numbers_stand_apart(results):
    results.loc[results["step"] == "resnet", "params"] = 312_500
    figure = figure_1.draw([tabulate(results)])
    areas = figure.axes[0].collections[1].get_sizes()
    assert areas[0] * 4 == pytest.approx(areas[1])
    paper = figure_1.draw([paper_table()])
    render(paper, "png")
    boxes = [Text.get_window_extent(text) for text in paper.axes[0].texts]
    assert len(boxes) == 36
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_figure_1_joins_neighbours_and_shows_intervals(results):
    figure = figure_1.draw([tabulate(results)])
    joined = [line for line in figure.axes[0].lines if len(line.get_xdata()) == 2]
    assert len(joined) == 2  # resnet, stage_ratio, move_up_depthwise
    apart = results[results["step"].isin(["resnet", "move_up_depthwise"])]
    assert not figure_1.draw([tabulate(apart)]).axes[0].lines
    whiskers = [c for c in figure.axes[0].collections if hasattr(c, "get_segments")]
    assert len(whiskers[0].get_segments()) == 4 - 2  # two have seeds that agree


def test_figure_1_has_a_log_axis_where_costs_differ_by_far(results):
    one = tabulate(results)
    assert figure_1.draw([one]).axes[0].get_xscale() == "linear"
    far = figure_1.draw([one, one.assign(study="far", gflops=4.0)])
    assert far.axes[0].get_xscale() == "log"


def test_figure_1_of_two_studies_hides_no_whisker_and_no_bubble(results):
    """Two studies of the same steps have the same costs, so the same places."""
    one = tabulate(results)
    figure = figure_1.draw([one, one.assign(study="other")])
    render(figure, "png")
    axes = figure.axes[0]
    first, other = (c for c in axes.collections if hasattr(c, "get_segments"))
    at = [
        c.get_transform().transform(c.get_segments()[0])[:, 0] for c in (first, other)
    ]
    assert (at[1] - at[0] > 1).all()
    low, high = axes.get_ylim()
    assert low < one["top1_low"].min()
    assert one["top1_high"].max() < high
    assert axes.get_legend().get_window_extent().y0 >= axes.get_window_extent().y1


@pytest.mark.parametrize("epochs", [1, 2])
def test_a_curve_of_one_epoch_is_drawn_as_points(epochs):
    keys = {"study": "mine", "regime": "proxy", "section": "start"}
    means = pd.DataFrame(
        {**keys, "step": s, "label": s, "epoch": e, "top1_mean": 9.0, "top1_std": 1.0}
        for s in ("resnet", "gelu")
        for e in range(1, epochs + 1)
    )
    lines = curves.draw(means).axes[0].lines
    drawn = [line for line in lines if line.get_marker() not in ("None", "_")]
    assert len(drawn) == (2 if epochs == 1 else 0)


def test_figure_1_needs_an_accuracy(results):
    with pytest.raises(ValueError, match="nothing to draw"):
        figure_1.draw([tabulate(results.assign(status="pending"))])
