"""The paper's tables, which come with the project: ``experiments/paper``."""

from __future__ import annotations

import csv
from pathlib import Path

from roadmap.base.config import PACKAGE

RECORDED = (PACKAGE.parent / "experiments", PACKAGE / "experiments")
"""Where recorded studies may be: beside the package in a checkout, inside a wheel."""


def paper_folder() -> Path:
    """Return the folder of the paper's own study, whatever the user calls theirs."""
    return next(p / "paper" for p in RECORDED if (p / "paper").exists())


def paper_rows(number: int) -> list[dict[str, str]]:
    """Return the rows of a table of the paper, by the names of its columns."""
    with (paper_folder() / f"table_{number}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))
