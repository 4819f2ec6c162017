"""A report on the terminal, and its files on disk, of one study or of several."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console

from roadmap.report.formats import to_terminal
from roadmap.report.numbers.statistics import MOST, POWER, sd_factors
from roadmap.report.numbers.studies import load_results, load_table, paper_table
from roadmap.report.numbers.tables import beside_paper, seeds_needed
from roadmap.report.write import agreement_of, write_report


def show(folders: Sequence[Path], out: Path, console: Console) -> None:
    """Print each study's table and agreement; write the report's files to ``out``."""
    tables = [load_table(folder) for folder in folders]
    results = [load_results(folder) for folder in folders]
    for table, runs in zip(tables, results, strict=True):
        beside = table if runs is None else beside_paper(table, paper_table())
        console.print(to_terminal(beside))
    for one in agreement_of(tables, results):
        console.print(str(one), markup=False, highlight=False)
    write_report(*folders, out=out)
    console.print(f"figure: {out / 'figure_2.png'}", soft_wrap=True)


def show_seeds(folders: Sequence[Path], resolution: float, console: Console) -> None:
    """Print how many seeds each step takes to resolve a change of so many points.

    Raises:
        ValueError: if the resolution is no number above 0.
    """
    tables = pd.concat([load_table(folder) for folder in folders], ignore_index=True)
    needed = seeds_needed(tables, resolution)
    console.print(
        f"Seeds to resolve a change of {resolution:g} points (α 0.05, power "
        f"{POWER}), by step:",
        highlight=False,
    )
    row: Any
    for row in needed.itertuples():
        seeds = f"{row.seeds:.0f}" if row.seeds <= MOST else f">{MOST}"
        now = f"now {row.n}, which resolve {row.resolvable:.2f}"
        console.print(f"  {row.step:22} {seeds:>7}   ({now})", highlight=False)
    least = int(needed["n"].min()) if len(needed) else 0
    if least > 1:
        low, high = sd_factors(least)
        console.print(
            f"The sd of {least} seeds may be off by a factor of {low:.2f} to "
            f"{high:.2f} (95 %), the seeds by its square.",
            highlight=False,
        )
