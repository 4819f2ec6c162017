"""Rank correlations of many draws at once, and their bootstrap intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

from roadmap.report.numbers.statistics import ALPHA, Numbers

DRAWS = 2000
SEED = 0
"""Of the bootstrap's generator: equal studies give equal intervals."""


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


def resampled(values: Numbers, random: np.random.Generator) -> Numbers:
    """Return means of the values drawn again, spread as wide as the mean's error."""
    n = len(values)
    at = random.integers(n, size=(DRAWS, n), dtype=np.int32)
    return values.mean() + np.sqrt(n / (n - 1)) * (values[at].mean(1) - values.mean())


def estimate(
    measure: Callable[[Numbers, Numbers], Numbers],
    values: Sequence[Numbers],
    draws: Sequence[Numbers],
) -> Estimate:
    """Return a measure of two rows of values, its interval from rows of draws."""
    percent = [ALPHA / 2, 1 - ALPHA / 2]
    # Of values that occur: an interval of a count ends at counts.
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
    a, b = stats.rankdata(x, axis=1), stats.rankdata(y, axis=1)
    middle = (x.shape[1] + 1) / 2
    return _cosine(a - middle, b - middle)


def _cosine(a: Numbers, b: Numbers) -> Numbers:
    size = np.sqrt((a**2).sum(1) * (b**2).sum(1))
    return (a * b).sum(1) / np.where(size > 0, size, np.nan)
