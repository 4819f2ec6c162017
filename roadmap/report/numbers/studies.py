"""Studies on disk: find one, read its runs and its table.

A study is a folder. A measured one holds `results.csv`, a row a run asked for; a
published one only `table.csv`, a row a step.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd

from roadmap.report.numbers.tables import (
    COLUMNS,
    FINGERPRINTS,
    MARKS,
    TEXT,
    from_summaries,
    tabulate,
)

WORDS = dict.fromkeys(
    ["run", "status", "device", "git_sha", *TEXT, *FINGERPRINTS, *MARKS], str
)


def _recorded() -> list[Path]:
    package = Path(__file__).parents[2]
    # In a checkout they stand beside the package, in a wheel inside it.
    return [package.parent / "experiments", package / "experiments"]


def list_studies(root: Path) -> dict[str, Path]:
    """Return every study's folder by name, those under `root` before recorded ones."""
    found: dict[str, Path] = {}
    for place in (root, *_recorded()):
        for file in sorted([*place.glob("*/results.csv"), *place.glob("*/table.csv")]):
            found.setdefault(file.parent.name, file.parent)
    return found


def find_study(name: str, root: Path) -> Path:
    """Return the folder of a study: one under `root`, else a recorded one.

    Raises LookupError, in one line, if there is none of that name.
    """
    known = list_studies(root)
    if name not in known:
        raise LookupError(f"no study {name!r}: choose from {', '.join(sorted(known))}")
    return known[name]


def _read(file: Path) -> pd.DataFrame:
    # Run ids and hashes are words: 12e4 would be read as a number.
    frame = pd.read_csv(file, dtype=WORDS)
    return frame.fillna({name: "" for name in WORDS if name in frame})


def load_results(folder: Path) -> pd.DataFrame | None:
    """Return a study's runs, one a row, or None where only a table was published."""
    file = folder / "results.csv"
    return _read(file) if file.exists() else None


def load_table(folder: Path) -> pd.DataFrame:
    """Return a study's table, made from its runs where it has them.

    Where it has none, the published one; its changes are judged here, from the means
    and deviations, if they are not yet.
    Raises FileNotFoundError if the folder is no study.
    """
    results = load_results(folder)
    if results is None:
        table = _read(folder / "table.csv")
        judged = set(COLUMNS) <= set(table)
        return table[COLUMNS] if judged else from_summaries(table)
    return tabulate(results)


def paper_table() -> pd.DataFrame:
    """Return the paper's own table: Tables 10 and 11 of arXiv:2201.03545v2."""
    return _paper_table().copy()


@cache
def _paper_table() -> pd.DataFrame:
    return load_table(next(p / "paper" for p in _recorded() if (p / "paper").exists()))
