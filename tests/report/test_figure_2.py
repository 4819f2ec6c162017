import subprocess
import sys

import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from roadmap.report import draw, paper_table, render, tabulate


def texts(figure):
    return [text.get_text() for text in figure.findobj(Text)]


def test_the_papers_figure_carries_every_number_of_its_tables():
    paper = paper_table()
    shown = texts(draw([paper]))
    for row in paper.itertuples():
        assert any(text.startswith(f"{row.top1_mean:.2f}") for text in shown)
        assert f"{row.gflops:.2f}" in shown
        assert pd.isna(row.top1_std) or any(f"± {row.top1_std:.2f}" in t for t in shown)
    assert set(paper["section"]) <= set(shown)


def test_the_paper_has_all_eighteen_steps_in_both_regimes():
    paper = paper_table()
    assert paper.groupby("regime")["step"].nunique().tolist() == [18, 18]


@pytest.mark.parametrize("panels", [1, 2])
def test_no_two_texts_overlap(panels):
    figure = draw([paper_table()] * panels, title="The roadmap")
    FigureCanvasAgg(figure).draw()
    written = list(figure.texts)
    for axes in figure.axes:
        written += [*axes.texts, axes.xaxis.label, axes._left_title]
    boxes = [text.get_window_extent() for text in written if text.get_text()]
    assert not [(a, b) for i, a in enumerate(boxes) for b in boxes[:i] if a.overlaps(b)]


def test_not_adopted_steps_are_hatched(results):
    bars = draw([tabulate(results)]).axes[0].patches
    assert [bool(bar.get_hatch()) for bar in bars] == [False, False, False, True]


def test_each_finished_seed_has_a_dot(results):
    results.loc[0, "status"] = "failed"
    axes = draw([tabulate(results)], [results]).axes[0]
    dots = [len(c.get_offsets()) for c in axes.collections if c.get_zorder() == 4]
    assert dots == [2, 3, 3, 3]


@pytest.mark.parametrize("status", ["failed", "diverged", "pending"])
def test_a_step_without_a_finished_run_says_why(results, status):
    results.loc[results["step"] == "kernel_7", "status"] = status
    assert f"3 {status}" in texts(draw([tabulate(results)]))


def test_a_study_in_which_nothing_finished_is_drawn(results):
    figure = draw([tabulate(results.assign(status="pending"))])
    assert texts(figure).count("3 pending") == 5
    assert render(figure, "png")


def test_fewer_seeds_than_usual_are_noted(results):
    results.loc[0, "status"] = "failed"
    assert any("(n=2)" in text for text in texts(draw([tabulate(results)])))


def test_the_axis_says_where_it_starts(results):
    axes = draw([tabulate(results)]).axes[0]
    assert f"starts at {axes.get_xlim()[0]:g}" in axes.get_xlabel()
    assert 60 < axes.get_xlim()[0] < 70


def test_side_by_side_shares_the_union_of_the_steps(results):
    ours = tabulate(results).replace({"step": {"stage_ratio": "novel"}})
    figure = draw([paper_table(), ours], [None, results])
    left, left_stars, right, _ = figure.axes
    assert left.get_ylim() == right.get_ylim() == left_stars.get_ylim()
    assert left.get_xlim() != right.get_xlim()
    shown = texts(figure)
    assert shown.count("not in this study") == 1 + 18 - 4
    # The paper's row and ours, which the paper lacks.
    assert shown.count("stage ratio") == 2


def test_a_proxy_says_so_and_counts_in_mflops(results):
    shown = texts(draw([tabulate(results), paper_table()], proxies=[True, False]))
    assert shown.count("proxy, not ImageNet") == 1
    assert "★ MFLOPs" in shown
    assert "★ GFLOPs" in shown
    assert "31.20" in shown


def test_an_empty_study_is_refused_in_words(results):
    with pytest.raises(ValueError, match="nothing to draw"):
        draw([tabulate(results).head(0)])


def test_the_report_leaves_pyplot_alone():
    code = "import sys, roadmap.report; print('matplotlib.pyplot' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout.decode().strip() == "False"


def test_a_reference_far_below_does_not_hide_the_steps(results):
    low = results.copy()
    swin = low["step"] == "kernel_9"
    low.loc[swin, ["section", "top1"]] = "reference", 1.0
    table = tabulate(low)
    bars, *_ = draw([table], [low]).axes
    assert bars.get_xlim()[0] > 1.0
    assert any(text.get_text().startswith("‹ 1.00") for text in bars.texts)
    assert bars.get_xlabel().endswith("‹ below")
