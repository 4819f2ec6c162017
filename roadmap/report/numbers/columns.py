"""The columns of a study's table, and which row is whose parent."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

import numpy as np

from roadmap.report.looks import UNFINISHED

if TYPE_CHECKING:
    import pandas as pd

KEYS = ["study", "regime", "step"]
FINGERPRINTS = ["design", "recipe", "data", "code"]
"""Hashes in results.csv of what made a run's number; older files lack them."""
MARKS = ["test", "within_noise", "differs"]
TEXT = [*KEYS, "label", "section", "adopted", "parent"]
COLUMNS = [
    *[*KEYS, "label", "section", "adopted", "n", "top1_mean", "top1_std"],
    *["gflops", "params", "parent", "delta", "delta_std", *UNFINISHED],
    *["top1_low", "top1_high", "delta_low", "delta_high", "df", "p", "p_holm"],
    *["within_noise", "resolvable", "test", "differs"],
]
"""The columns of ``table.csv``, in order."""


def parent_rows(table: pd.DataFrame) -> np.ndarray:
    """Return the place of each row's parent in the table, -1 where it has none."""
    rows = table.reset_index()
    keys = zip(*(rows[key] for key in KEYS), strict=True)
    place: dict[Hashable, int] = {key: row for row, key in enumerate(keys)}
    parents = zip(*(rows[key] for key in [*KEYS[:2], "parent"]), strict=True)
    return np.array([place.get(key, -1) for key in parents])


def regime_rows(table: pd.DataFrame) -> list[np.ndarray]:
    """Return the places of each regime's rows, in order of first appearance."""
    groups = table.reset_index().groupby(KEYS[:2], sort=False)
    return [np.asarray(rows) for rows in groups.indices.values()]
