"""Every cell of Tables 10 and 11 reaches the tables and the figure."""

import re
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.text import Text

from roadmap.report import draw, find_study, paper_table, write_report
from roadmap.report.numbers.changes import from_summaries

TABLES = {
    regime: pd.read_csv(Path(__file__).parent / f"paper/table_{number}.csv")
    for regime, number in [("resnet50", 10), ("resnet200", 11)]
}
CELLS = [
    pytest.param(regime, row, id=f"{regime}-{row.step}")
    for regime, table in TABLES.items()
    for row in table.itertuples()
]


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    out = tmp_path_factory.mktemp("paper")
    write_report(find_study("paper", out / "none"), out=out, figures=[])
    return out


def accuracy(row):
    return f"{row.top1_mean:.2f}" + (
        "" if pd.isna(row.top1_std) else f" ± {row.top1_std:.2f}"
    )


@pytest.mark.parametrize(("regime", "row"), CELLS)
def test_a_row_of_the_paper_is_in_every_table(report, regime, row):
    table = pd.read_csv(report / "table.csv").set_index(["regime", "step"])
    drawn = pd.read_csv(report / "figure_2.csv").set_index(["regime", "step"])
    for name in ("top1_mean", "top1_std", "gflops"):
        for written in (table, drawn):
            value = written.at[(regime, row.step), name]
            assert (
                value == getattr(row, name)
                or pd.isna([value, getattr(row, name)]).all()
            )
    assert table.at[(regime, row.step), "adopted"] == row.adopted
    words = [accuracy(row), f"{row.gflops:.2f}"]
    markdown = re.split(
        r" *\| *", line(report / "table.md", f"| {regime} ", f" {row.step} ")
    )
    place = list(TABLES[regime]["step"]).index(row.step)
    latex = lines(report / "table.tex", f"{regime} & ")[place]
    cells = [re.sub(r" \\\\$", "", cell).strip() for cell in latex.split("&")]
    for word in words:
        assert word in markdown
        assert word.replace("±", r"$\pm$") in cells


def lines(file, start):
    return [x for x in file.read_text().splitlines() if x.startswith(start)]


def line(file, start, holds):
    return next(x for x in lines(file, start) if holds in x)


@pytest.mark.parametrize("regime", TABLES)
def test_the_figure_writes_every_number_at_its_row(regime):
    paper = paper_table()
    axes = draw([paper]).axes
    for panel, form in zip(
        axes[:2], (accuracy, lambda r: f"{r.gflops:.2f}"), strict=True
    ):
        texts = [text for text in panel.findobj(Text) if hasattr(text, "xy")]
        numbers = [text for text in texts if re.match(r"\d", text.get_text())]
        # First all of Table 10, then all of Table 11, as they are drawn.
        half = slice(0, 18) if regime == "resnet50" else slice(18, 36)
        shown = [text.get_text() for text in numbers][half]
        rows = TABLES[regime].itertuples()
        for text, row in zip(shown, rows, strict=True):
            assert re.match(re.escape(form(row)) + r"( ≈)?( \(n=1\))?$", text)


def test_the_recorded_table_is_what_its_published_numbers_give():
    recorded = paper_table()
    published = [*recorded.columns[: list(recorded).index("top1_low")]]
    pd.testing.assert_frame_equal(from_summaries(recorded[published]), recorded)


def test_which_changes_of_table_10_three_seeds_tell_from_noise():
    table = paper_table().set_index(["regime", "step"]).loc["resnet50"]
    within = table.index[table["within_noise"] == "yes"].tolist()
    # By Welch inverting_dimensions was told, by sds of 0.02 and 0.03.
    assert within == [
        *["patchify_stem", "inverting_dimensions", "gelu"],
        *["fewer_norms", "layer_norm"],
    ]
    # No sd of ResNet-50 (PyTorch), so nothing can be said of the recipe's change.
    assert table.at["resnet", "within_noise"] == ""
    assert set(table["test"]) == {"", "moderated"}
    assert paper_table().set_index("regime").loc["resnet200", "p"].isna().all()
    assert set(table["df"].dropna()) == {8}  # the prior's 6, and 2 of three seeds


def test_published_numbers_of_few_steps_are_compared_by_welch():
    table = paper_table()
    two = table[table["step"].isin(["resnet", "stage_ratio"])].iloc[:2]
    row = from_summaries(two).iloc[1]
    assert (row["test"], row["df"]) == ("Welch", pytest.approx(4))
    # 0.54 / sqrt(2 * 0.07**2 / 3) = 9.448 with 4 degrees of freedom; t(4) has the
    # closed form p = 1 - s * (1 + (1 - s**2) / 2), s = t / sqrt(t**2 + 4).
    t = 0.54 / (2 * 0.07**2 / 3) ** 0.5
    s = t / (t**2 + 4) ** 0.5
    assert row["p"] == pytest.approx(1 - s * (1 + (1 - s**2) / 2))
