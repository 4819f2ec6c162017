"""A report on the terminal, and its files on disk, of one study or of several."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roadmap.report import stamp
from roadmap.report.looks import DEFAULT_FORMATS
from roadmap.report.terminal import to_terminal

if TYPE_CHECKING:
    from rich.console import Console


def show(
    folders: Sequence[Path],
    out: Path,
    console: Console,
    figures: Sequence[str] = DEFAULT_FORMATS,
    baseline: str | None = None,
) -> None:
    """Print each study's table and agreement; write the report's files to ``out``.

    Where nothing has changed since the last report, the files stand, and what that
    report printed is printed again. For ``baseline`` see ``load_study``.

    Raises:
        FileNotFoundError: if a folder is no study.
        ValueError: one line, for a format that does not exist, or a baseline that a
            study lacks.
    """
    done = stamp.current(folders, out, figures, baseline)
    if done is None:
        from roadmap.report.write import update  # it draws: not at the top

        _, done = update(folders, out, figures, baseline)
    for line in done["first"]:
        console.print(line, markup=False, highlight=False)
    for table in done["tables"]:
        console.print(to_terminal(table))
    for line in done["lines"]:
        console.print(line, markup=False, highlight=False)
    drawn = figures and done["pictures"]
    what = f"figure: {out / drawn[0]}.{figures[0]}" if drawn else f"tables: {out}"
    console.print(what, soft_wrap=True)


def show_seeds(
    folders: Sequence[Path],
    resolution: float,
    console: Console,
    baseline: str | None = None,
) -> None:
    """Print how many seeds each step takes to resolve a change of so many points.

    Raises:
        ValueError: if the resolution is no number above 0.
    """
    import pandas as pd

    from roadmap.report.numbers.changes import seeds_needed
    from roadmap.report.numbers.statistics import MOST, POWER, sd_factors
    from roadmap.report.numbers.studies import load_table

    each = [load_table(folder, baseline) for folder in folders]
    tables = pd.concat(each, ignore_index=True)
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
    if len(needed):
        least = float(tables["df"].min())
        low, high = sd_factors(least)
        console.print(
            f"The sd, of {least:.3g} degrees of freedom, may be off by a factor of "
            f"{low:.2f} to {high:.2f} (95 %), the seeds by its square.",
            highlight=False,
        )
