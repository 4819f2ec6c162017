"""Changes of steps whose parent the study lacks: from the baseline, which is named."""

import pandas as pd
import pytest

from roadmap.report import agreement, beside_paper, paper_table, tabulate, to_markdown
from roadmap.report.numbers.changes import from_summaries


def chosen(results, *steps):
    """Return the runs of some steps, in the order of ``steps``; kernel_7 finished."""
    runs = results.assign(
        status="finished", top1=results["top1"].fillna(73.0 + results["seed"])
    )
    return pd.concat([runs[runs["step"] == step] for step in steps])


def against(runs, baseline=None):
    table = tabulate(runs, baseline)
    return dict(zip(table["step"], table["against"], strict=True))


def test_two_steps_that_are_no_neighbours_show_the_change_between_them(results):
    table = tabulate(chosen(results, "resnet", "kernel_7"))
    row = table.set_index("step").loc["kernel_7"]
    assert (row["parent"], row["against"]) == ("move_up_depthwise", "resnet")
    assert row["delta"] == 3.0
    assert 0 < row["p"] < 0.05
    assert row["p"] == row["p_holm"]
    assert row["delta_low"] < 3 < row["delta_high"]
    text = to_markdown(table)
    assert "Δ of kernel_7: against resnet, the baseline" in text
    assert f"| {row['against']} " in text


def test_the_parent_comes_first_then_the_first_step_asked_for(results):
    assert against(chosen(results, "kernel_9", "resnet", "stage_ratio")) == {
        "kernel_9": "",
        "resnet": "kernel_9",
        "stage_ratio": "resnet",
    }


def test_the_baseline_can_be_chosen(results):
    runs = chosen(results, "resnet", "kernel_9", "kernel_7")
    assert against(runs, "kernel_9") == {
        "resnet": "kernel_9",
        "kernel_9": "",
        "kernel_7": "kernel_9",
    }


@pytest.mark.parametrize("baseline", [None, "kernel_7"])
def test_no_change_is_there_twice(results, baseline):
    found = against(chosen(results, "kernel_7", "move_up_depthwise"), baseline)
    assert found == {"kernel_7": "move_up_depthwise", "move_up_depthwise": ""}


def test_a_baseline_that_the_study_lacks_is_one_line(results):
    for call in (tabulate, from_summaries):
        with pytest.raises(
            ValueError, match=r"baseline=kernel_5: .*valid: resnet, stage"
        ):
            call(results, "kernel_5")


def test_the_paper_beside_has_its_change_between_the_same_steps(results):
    table = tabulate(chosen(results, "resnet", "kernel_7"))
    paper = paper_table()
    beside = beside_paper(table, paper).set_index("step")
    means = paper[paper["regime"] == "resnet50"].set_index("step")["top1_mean"]
    expected = means["kernel_7"] - means["resnet"]
    assert beside.at["kernel_7", "paper_delta"] == pytest.approx(expected)


def test_such_changes_are_no_changes_of_the_path(results):
    runs = chosen(results, "resnet", "stage_ratio", "kernel_7")
    assert agreement(tabulate(runs), runs).changes == 1
