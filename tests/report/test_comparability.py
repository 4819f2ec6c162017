"""Seeds are averaged only where all that is known of how they were made agrees."""

import io

import pandas as pd
import pytest
from matplotlib.text import Text
from rich.console import Console

from roadmap.report import draw, tabulate, to_markdown, to_terminal


@pytest.fixture
def prints(results):
    return results.assign(design="d", recipe="r", data="f", code="c")


def by_step(results):
    return tabulate(results).set_index("step")


def at(results, step, seed):
    return (results["step"] == step) & (results["seed"] == seed)


def test_agreeing_fingerprints_change_nothing(results, prints):
    pd.testing.assert_frame_equal(tabulate(prints), tabulate(results))


@pytest.mark.parametrize("name", ["design", "recipe", "data", "code"])
def test_a_difference_among_seeds_empties_the_row(prints, name):
    prints.loc[at(prints, "resnet", 1), name] = "other"
    table = by_step(prints)
    row = table.loc["resnet"]
    assert (row["n"], row["differs"]) == (3, name)
    assert row[["top1_mean", "top1_std", "top1_low"]].isna().all()
    # Nothing can be said of a change from it either.
    assert table.loc["stage_ratio", ["delta", "delta_low", "p"]].isna().all()
    assert table.at["stage_ratio", "top1_mean"] == 72.0


def test_seeds_that_two_codes_trained_in_turn_have_no_mean(prints):
    """Resumed after a change: they agree with each other, and with no other run."""
    prints.loc[prints["step"] == "resnet", "code"] = "c+other"
    row = by_step(prints).loc["resnet"]
    assert row["differs"] == "code"
    assert pd.isna(row["top1_mean"])


def test_all_that_differs_is_named(prints):
    prints.loc[at(prints, "resnet", 1), ["code", "data"]] = "other"
    assert by_step(prints).at["resnet", "differs"] == "data, code"


@pytest.mark.parametrize("unknown", ["", None])
def test_what_is_unknown_does_not_differ(prints, unknown):
    prints.loc[at(prints, "resnet", 1), "code"] = unknown
    row = by_step(prints).loc["resnet"]
    assert (row["top1_mean"], row["differs"]) == (71.0, "")


def test_runs_that_did_not_finish_are_not_compared(prints):
    prints.loc[at(prints, "resnet", 1), "code"] = "other"
    prints.loc[at(prints, "resnet", 1), "status"] = "failed"
    assert by_step(prints).at["resnet", "differs"] == ""


@pytest.mark.parametrize("name", ["data", "code"])
def test_a_step_of_other_data_or_code_than_its_parent_has_no_change(prints, name):
    prints.loc[prints["step"] == "stage_ratio", name] = "other"
    row = by_step(prints).loc["stage_ratio"]
    assert row["differs"] == f"{name} from resnet's"
    assert row[["delta", "delta_std", "p"]].isna().all()
    assert row["top1_mean"] == 72.0


@pytest.mark.parametrize("name", ["design", "recipe"])
def test_a_step_may_change_the_design_and_the_recipe(prints, name):
    prints.loc[prints["step"] == "stage_ratio", name] = "other"
    assert by_step(prints).at["stage_ratio", "delta"] == 1.0


def test_table_terminal_and_figure_say_so(prints):
    prints.loc[at(prints, "resnet", 1), "code"] = "other"
    table = tabulate(prints)
    console = Console(width=80, file=io.StringIO(), record=True)
    console.print(to_terminal(table))
    shown = [text.get_text() for text in draw([table], [prints]).findobj(Text)]
    words = "runs differ in code"
    assert words in to_markdown(table)
    assert words in console.export_text()
    assert words in shown
