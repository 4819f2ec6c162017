"""Every file of a report: tables, figures with their data, agreement with the paper."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from roadmap.base.files import write_atomic
from roadmap.report import formats
from roadmap.report.numbers.agreement import Agreement, agreements, to_frame, yardstick
from roadmap.report.numbers.studies import load_results, load_table, paper_table
from roadmap.report.numbers.tables import beside_paper
from roadmap.report.pictures import curves, fidelity, figure_1, figure_2, figures

Runs = pd.DataFrame | None
FEWEST = 3
"""Changes in common below which ranks and signs say nothing."""


def write_report(folder: Path, *others: Path, out: Path | None = None) -> pd.DataFrame:
    """Write a study's report into its folder, or into `out`; return its table.

    Reads `results.csv` (finished or not; a published study's `table.csv`) and the
    records' curves, and replaces `table.{csv,md,tex}`, `agreement.csv`, and as PNG,
    SVG, PDF and CSV `figure_2`, `figure_1` and `curves`, where there are accuracies
    and curves to draw. With `others` one report of all studies side by side, without
    curves, but with `fidelity` against cost if two were measured.

    Equal runs give equal bytes; each file is replaced whole. Raises FileNotFoundError
    if a folder is no study.
    """
    folders = [folder, *others]
    out = out or folder
    results = [load_results(place) for place in folders]
    tables = [load_table(place) for place in folders]
    found = agreement_of(tables, results)
    _write_tables(tables, results, found, out)
    lines = [f"{one.study} {one.brief()}" if others else one.brief() for one in found]
    head = "Changes as the paper's: signs, Kendall's τ, Spearman's ρ [95 %]:"
    lines = [head, *lines] if lines else []
    figure = figure_2.draw(tables, results, lines=lines)
    figures.write(figure, figure_2.data(tables, results), out, "figure_2")
    if not (bubbles := figure_1.data(tables)).empty:
        figures.write(figure_1.draw(tables), bubbles, out, "figure_1")
    if not others and not (lived := curves.load_curves(folder, results[0])).empty:
        figures.write(curves.draw(lived), lived, out, "curves")
    measured = [runs for runs in results if runs is not None]
    if len(measured) > 1:
        write_fidelity(measured, out)
    return pd.concat(tables, ignore_index=True)


def agreement_of(
    tables: Sequence[pd.DataFrame], results: Sequence[Runs]
) -> list[Agreement]:
    """Return the studies' agreements with the paper, and the paper's own, once."""
    pairs = zip(tables, results, strict=True)
    every = [one for table, runs in pairs for one in agreements(table, runs)]
    found = [one for one in every if one.changes >= FEWEST]
    own = yardstick()
    return [*(one for one in found if one != own), own] if found else []


def _write_tables(
    tables: Sequence[pd.DataFrame],
    results: Sequence[Runs],
    found: Sequence[Agreement],
    out: Path,
) -> None:
    paper = paper_table()
    table = pd.concat(tables, ignore_index=True)
    shown = pd.concat(
        [
            part if runs is None else beside_paper(part, paper)
            for part, runs in zip(tables, results, strict=True)
        ],
        ignore_index=True,
    )
    lines = [str(one) for one in found]
    write_atomic(out / "table.csv", formats.to_csv(table).encode())
    write_atomic(out / "table.md", formats.to_markdown(shown, *lines).encode())
    write_atomic(out / "table.tex", formats.to_latex(shown).encode())
    write_atomic(out / "agreement.csv", formats.to_csv(to_frame(found)).encode())


def write_fidelity(measured: Sequence[pd.DataFrame], out: Path) -> None:
    """Write `fidelity` (PNG, SVG, PDF, CSV), if any study has a cost and agrees."""
    table = fidelity.fidelity(measured)
    if table[["cost", "tau"]].notna().all(axis=1).any():
        figures.write(fidelity.draw(table), table, out, "fidelity")
