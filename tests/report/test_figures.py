"""Figures 1 and 2 as files: their formats and sizes."""

import io

import matplotlib.image
import pytest
from matplotlib.text import Text

from roadmap.report import draw, paper_table, render, tabulate
from roadmap.report.looks import FORMATS
from roadmap.report.pictures import figure_1
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
