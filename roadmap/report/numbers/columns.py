"""The columns of a study's table, and which step each change is measured from."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

import numpy as np

from roadmap.base.settings import one_of
from roadmap.report.looks import UNFINISHED

if TYPE_CHECKING:
    import pandas as pd

KEYS = ["study", "regime", "step"]
FINGERPRINTS = ["design", "recipe", "data", "code"]
"""Hashes in results.csv of what made a run's number; older files lack them."""
MARKS = ["against", "test", "within_noise", "differs"]
TEXT = [*KEYS, "label", "section", "adopted", "parent"]
COLUMNS = [
    *[*KEYS, "label", "section", "adopted", "n", "top1_mean", "top1_std"],
    *["gflops", "params", "parent", "against", "delta", "delta_std", *UNFINISHED],
    *["top1_low", "top1_high", "delta_low", "delta_high", "df", "p", "p_holm"],
    *["within_noise", "resolvable", "test", "differs"],
]
"""The columns of ``table.csv``, in order."""


def with_against(table: pd.DataFrame, baseline: str | None = None) -> pd.DataFrame:
    """Return the table with `against`: the step that each change is measured from.

    That is the step's parent where the regime has it, else the baseline. The default
    baseline is the regime's first step that changes no other step of it; "" is none.
    Empty for the baseline itself, unless its parent is in the regime.

    Raises:
        ValueError: one line, if a regime of the table lacks the baseline.
    """
    rows = table.reset_index()
    against = np.full(len(table), "", dtype=object)
    for at in regime_rows(table):
        steps = rows["step"].iloc[at].tolist()
        parents = [p if p in steps else "" for p in rows["parent"].iloc[at]]
        against[at] = _against(steps, parents, baseline)
    return table.assign(against=against)


def _against(steps: list[str], parents: list[str], baseline: str | None) -> list[str]:
    if baseline == "":
        return parents
    roots = [s for s, parent in zip(steps, parents, strict=True) if not parent]
    base = baseline or next(iter(roots), "")
    one_of("baseline", base, steps)
    # The baseline's own parent is left out, or one change would be there twice.
    without = {base, parents[steps.index(base)]}
    return [
        parent or ("" if step in without else base)
        for step, parent in zip(steps, parents, strict=True)
    ]


def against_rows(table: pd.DataFrame) -> np.ndarray:
    """Return the place of the step in each row's `against`, -1 where it has none."""
    rows = table.reset_index()
    keys = zip(*(rows[key] for key in KEYS), strict=True)
    place: dict[Hashable, int] = {key: row for row, key in enumerate(keys)}
    others = zip(*(rows[key] for key in [*KEYS[:2], "against"]), strict=True)
    return np.array([place.get(key, -1) for key in others])


def regime_rows(table: pd.DataFrame) -> list[np.ndarray]:
    """Return the places of each regime's rows, in order of first appearance."""
    groups = table.reset_index().groupby(KEYS[:2], sort=False)
    return [np.asarray(rows) for rows in groups.indices.values()]
