"""The bootstrap: draws of each step's mean, and intervals of measures over them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from roadmap.report.numbers.columns import KEYS
from roadmap.report.numbers.statistics import ALPHA, Numbers

DRAWS = 2000
SEED = 0
"""The seed of the bootstrap's generator, so that equal studies give equal intervals."""


class Estimate(NamedTuple):
    """A measure and its 95 % bootstrap interval, NaN where no noise is known."""

    value: float
    low: float
    high: float

    def __format__(self, form: str) -> str:
        """Return `0.43 [0.12, 0.60]`; no brackets where there is no interval."""
        if np.isnan(self.value):
            return "unknown"
        words = f"{self.value:{form}}"
        if np.isnan(self.low):
            return words
        return f"{words} [{self.low:{form}}, {self.high:{form}}]"


def pooled_sd(table: pd.DataFrame) -> float:
    """Return the pooled sd of a run, over the steps that have one; NaN without."""
    known = table[table["top1_std"].notna()]
    free = known["n"] - 1
    if known.empty:
        return float("nan")
    return float(np.sqrt((known["top1_std"] ** 2 * free).sum() / free.sum()))


def accuracies(table: pd.DataFrame, results: pd.DataFrame | None) -> dict[str, Numbers]:
    """Return the accuracies of each step's finished runs, two or more."""
    if results is None or table.empty:
        return {}
    mine = results["status"] == "finished"
    for key in KEYS[:2]:
        mine &= results[key] == table[key].iloc[0]
    top1 = pd.to_numeric(results["top1"].where(mine), errors="coerce").dropna()
    groups = top1.groupby(results["step"])
    return {str(step): runs.to_numpy(float) for step, runs in groups if len(runs) > 1}


def drawn_means(
    table: pd.DataFrame,
    seeds: dict[str, Numbers],
    pooled: float,
    random: np.random.Generator,
) -> Numbers:
    """Return draws of each step's mean, (draws, steps), as other seeds may give it."""
    draws = np.empty((DRAWS, len(table)))
    sds = table["top1_std"].fillna(pooled)
    for at, step in enumerate(table.index):
        mean, n = table["top1_mean"].iloc[at], table["n"].iloc[at]
        if step in seeds:
            noise = resampled(seeds[step], random) - seeds[step].mean()
        else:
            noise = random.standard_normal(DRAWS) * sds.iloc[at] / np.sqrt(n)
        draws[:, at] = mean + noise
    return draws


def resampled(values: Numbers, random: np.random.Generator) -> Numbers:
    """Return means of the values drawn again, (draws,), as wide as the mean's error."""
    n = len(values)
    at = random.integers(n, size=(DRAWS, n), dtype=np.int32)
    return values.mean() + np.sqrt(n / (n - 1)) * (values[at].mean(1) - values.mean())


def estimate(
    measure: Callable[[Numbers, Numbers], Numbers],
    values: Sequence[Numbers],
    draws: Sequence[Numbers],
) -> Estimate:
    """Return a measure of two rows of values, with an interval from rows of draws."""
    percent = [ALPHA / 2, 1 - ALPHA / 2]
    # The ends are values that occur, so that an interval of a count has whole ends.
    ends = np.quantile(measure(*draws), percent, method="inverted_cdf")
    return Estimate(float(measure(*values)[0]), *map(float, ends))


def same_sign(x: Numbers, y: Numbers) -> Numbers:
    """Return in how many columns x and y point the same way, row by row."""
    count = (np.sign(x) * np.sign(y) > 0).sum(1).astype(float)
    unknown = np.isnan(x + y).any(1)
    return np.where(unknown, np.nan, count)


def kendall(x: Numbers, y: Numbers) -> Numbers:
    """Return Kendall's tau-b of each row of x with that of y; NaN where undefined."""
    one, other = np.triu_indices(x.shape[1], 1)
    a, b = np.sign(x[:, one] - x[:, other]), np.sign(y[:, one] - y[:, other])
    return _cosine(a, b)


def spearman(x: Numbers, y: Numbers) -> Numbers:
    """Return Spearman's rho of each row of x with that of y; NaN where undefined."""
    a, b = (pd.DataFrame(side).rank(axis=1).to_numpy() for side in (x, y))
    middle = (x.shape[1] + 1) / 2
    return _cosine(a - middle, b - middle)


def _cosine(a: Numbers, b: Numbers) -> Numbers:
    size = np.sqrt((a**2).sum(1) * (b**2).sum(1))
    return (a * b).sum(1) / np.where(size > 0, size, np.nan)
