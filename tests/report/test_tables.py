import io
import re
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

from roadmap.report import (
    beside_paper,
    paper_table,
    tabulate,
    to_latex,
    to_markdown,
    to_terminal,
)
from roadmap.report.numbers.studies import find_study, load_study


def by_step(results):
    return tabulate(results).set_index("step")


def set_status(results, step, seed, status):
    at = (results["step"] == step) & (results["seed"] == seed)
    results.loc[at, "status"] = status


def test_steps_keep_the_order_of_first_appearance(results):
    expected = ["resnet", "stage_ratio", "move_up_depthwise", "kernel_9", "kernel_7"]
    by_steps = results.sort_values(
        "step",
        kind="stable",
        key=lambda s: s.map({step: i for i, step in enumerate(expected)}),
    )
    assert tabulate(results)["step"].tolist() == expected
    pd.testing.assert_frame_equal(tabulate(by_steps), tabulate(results))


def test_std_is_that_of_a_sample(results):
    row = by_step(results).loc["resnet"]
    assert (row["n"], row["top1_mean"], row["top1_std"]) == (3, 71.0, 1.0)


def test_one_seed_has_no_std(results):
    row = by_step(results[results["seed"] == 0]).loc["resnet"]
    assert row["n"] == 1
    assert pd.isna(row["top1_std"])


def test_deltas_compare_with_the_parent_not_the_row_above(results):
    results.loc[results["step"] == "kernel_7", ["status", "top1"]] = "finished", 73.0
    table = by_step(results)
    assert pd.isna(table.at["resnet", "delta"])
    assert table.at["kernel_9", "delta"] == 1.0
    assert table.at["kernel_7", "delta"] == 3.0


def test_delta_std_is_that_of_the_differences_seed_by_seed(results):
    # The differences are 1, 2 and 0.
    row = by_step(results).loc["stage_ratio"]
    assert (row["delta"], row["delta_std"]) == (1.0, 1.0)


def test_delta_std_uses_only_seeds_that_both_finished(results):
    set_status(results, "resnet", 2, "failed")
    row = by_step(results).loc["stage_ratio"]
    assert row["delta"] == pytest.approx(1.5)
    assert row["delta_std"] == pytest.approx(0.5**0.5)


def test_regimes_are_not_mixed(results):
    table = tabulate(pd.concat([results, results.assign(regime="other", top1=50.0)]))
    assert table.groupby("regime")["step"].count().to_dict() == {"proxy": 5, "other": 5}
    other = table[table["regime"] == "other"].set_index("step")
    assert other.at["stage_ratio", "delta"] == 0.0


def test_a_step_alone_has_no_change(results):
    table = tabulate(results[results["step"] == "kernel_9"])
    assert table["delta"].isna().all()
    parent = table["parent"].item()
    missing = f"kernel_9: no change, for {parent} is not in the table."
    assert missing in to_markdown(table)


def test_runs_that_did_not_finish_are_counted_and_left_out(results):
    for seed, status in enumerate(["diverged", "failed", "interrupted"]):
        set_status(results, "resnet", seed, status)
    table = by_step(results)
    counts = ["n", "diverged", "failed", "pending"]
    assert table.loc["resnet", counts].tolist() == [0, 1, 1, 1]
    assert table.loc["kernel_7", counts].tolist() == [0, 0, 0, 3]
    assert pd.isna(table.at["resnet", "top1_mean"])


def test_beside_paper_takes_the_same_regime_or_resnet50(results):
    paper = paper_table()
    ours = tabulate(results)
    published = paper.set_index(["regime", "step"])["top1_mean"]
    for regime, compared in [("proxy", "resnet50"), ("resnet200", "resnet200")]:
        beside = beside_paper(ours.assign(regime=regime), paper).set_index("step")
        assert beside.at["kernel_9", "paper_top1"] == published[compared, "kernel_9"]


def test_beside_paper_keeps_steps_that_the_paper_lacks(results):
    ours = tabulate(results.replace({"step": {"kernel_9": "kernel_13"}}))
    beside = beside_paper(ours, paper_table())
    assert beside["step"].tolist() == ours["step"].tolist()
    assert beside.set_index("step").loc["kernel_13", ["paper_top1"]].isna().all()


def test_markdown_prints_numbers_as_they_are_read(results):
    set_status(results, "move_up_depthwise", 1, "failed")
    text = to_markdown(beside_paper(tabulate(results), paper_table()))
    stage_ratio = next(line for line in text.splitlines() if "| stage_ratio" in line)
    cells = ["72.00 ± 1.00", "+1.00 ± 2.27 ≈", "0.0312", "1.25", "79.36", "+0.54"]
    for cell in cells:
        assert f" {cell} " in stage_ratio
    assert "2 (1 failed)" in text
    assert "3 pending" in text
    assert "ddof=1" in text


def test_markdown_of_the_paper_carries_both_tables():
    paper = paper_table()
    text = to_markdown(paper)
    for row in paper.itertuples():
        std = "" if pd.isna(row.top1_std) else f" ± {row.top1_std:.2f}"
        line = next(
            line
            for line in text.splitlines()
            if line.startswith(f"| {row.regime} ") and f"| {row.step} " in line
        )
        assert f" {row.top1_mean:.2f}{std} " in line
        assert f" {row.gflops:.2f} " in line


@pytest.mark.parametrize("compared", [False, True])
def test_the_terminal_table_fits_eighty_columns(results, compared):
    table = tabulate(results)
    if compared:
        table = beside_paper(table, paper_table())
    console = Console(width=80, file=io.StringIO(), record=True)
    console.print(to_terminal(table))
    text = console.export_text()
    assert "72.00 ± 1.00" in text
    assert "move_up_depthwise" in text
    assert "…" not in text


def test_the_terminal_table_of_the_whole_roadmap_breaks_no_number():
    """All steps, the longest changes, three seeds each, beside the paper."""
    recorded = load_study(find_study("proxy_cluttered_digits", Path("none")))
    table = beside_paper(recorded.table, paper_table())
    console = Console(width=80, file=io.StringIO(), record=True)
    console.print(to_terminal(table))
    text = console.export_text()
    assert "n = 3" in text
    assert len(re.findall(r"\d ± \d", text)) >= 2 * len(table) - 1


@pytest.mark.parametrize("compared", [False, True])
def test_latex_is_ascii_and_every_row_as_wide_as_its_head(results, compared):
    table = pd.concat([tabulate(results), paper_table()])
    if compared:
        table = beside_paper(table, paper_table())
    text = to_latex(table)
    assert text.isascii()
    rows = [line for line in text.splitlines() if line.endswith(r"\\")]
    assert len(rows) == 1 + 5 + 36
    assert len({line.count("&") for line in rows}) == 1
    assert [
        text.count(rule) for rule in (r"\toprule", r"\midrule", r"\bottomrule")
    ] == [1] * 3
