"""What makes a design good in general: error distributions of sampled designs.

After RegNet (Radosavovic et al., Designing Network Design Spaces, 2020, section 3.1): a
choice is judged by the empirical distribution function (EDF) of the errors of all
designs that have it, not by its best design.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from roadmap.report.numbers import statistics
from roadmap.report.numbers.levels import levels_of
from roadmap.report.numbers.statistics import Numbers

RESAMPLES, SEED = 2000, 0
DRAWN = 0.25
"""The share of designs of which the best is taken, in each draw (as for RegNet)."""
COLUMNS = [
    *("study", "choice", "value", "other", "n", "n_other", "error", "error_other"),
    *("worth", "low", "high", "ks", "p", "p_holm", "best", "best_low", "best_high"),
]


class Split(NamedTuple):
    """Two groups of designs that differ in a choice."""

    choice: str
    value: str
    other: str
    has: np.ndarray[Any, np.dtype[np.bool_]]
    """(designs,): whether the design has the value."""
    numbers: Numbers | None
    """(designs,): the size, where the choice is one."""


def choices(
    study: str, question: dict[str, Any], results: pd.DataFrame
) -> pd.DataFrame:
    """Return what each choice is worth over all sampled designs, a row a choice.

    ``error`` and ``error_other`` are medians of the error in percent; ``worth`` is the
    difference of the mean accuracies in points, with a 95 % bootstrap interval over
    designs; ``ks`` and ``p`` are the two-sample Kolmogorov-Smirnov test's. Of a size,
    which is split at its median, ``best`` is the value of the best design, with an
    interval over draws of a quarter of all designs. The columns are ``COLUMNS``.
    """
    rows = []
    error = _errors(question, results)
    known = ~np.isnan(error)
    for split in _splits(question):
        ours, others = error[known & split.has], error[known & ~split.has]
        row = [study, *split[:3], len(ours), len(others)]
        if min(len(ours), len(others)) > 1:
            test = stats.ks_2samp(ours, others)
            row += [np.median(ours), np.median(others), *_worth(ours, others)]
            row += [test.statistic, test.pvalue, np.nan]
        else:
            row += [np.nan] * 8
        sizes = None if split.numbers is None else split.numbers[known]
        rows.append([*row, *_best(error[known], sizes)])
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.assign(p_holm=statistics.holm(table["p"]))


def edf(study: str, question: dict[str, Any], results: pd.DataFrame) -> pd.DataFrame:
    """Return the EDFs: the errors of each choice and group, and the share up to each.

    The columns are study, choice, group, error (percent) and share.
    """
    error = _errors(question, results)
    frames = []
    known = ~np.isnan(error)
    for split in _splits(question):
        for group, mask in ((split.value, split.has), (split.other, ~split.has)):
            ours = np.sort(error[known & mask])
            share = np.arange(1, len(ours) + 1) / max(len(ours), 1)
            about = {"study": study, "choice": split.choice, "group": group}
            frames.append(pd.DataFrame({**about, "error": ours, "share": share}))
    return pd.concat(frames, ignore_index=True)


def _errors(question: dict[str, Any], results: pd.DataFrame) -> Numbers:
    """Return the error of each design, in percent; NaN where no run has finished."""
    return 100 - levels_of(question, results).mean


def _splits(question: dict[str, Any]) -> Iterator[Split]:
    """Yield the two groups of each choice."""
    switches = question["combinations"].values()
    for change in question["changes"]:
        has = np.array([change in one for one in switches], bool)
        yield Split(change, "with", "without", has, None)
    sizes = pd.DataFrame(list(question["sizes"].values()))
    for name in sizes:
        values = sizes[name].to_numpy(float)
        middle = np.median(values)
        if middle == values.max():  # else nothing is above the median
            middle = values[values < middle].max(initial=-np.inf)
        signs = f"> {middle:.3g}", f"≤ {middle:.3g}"
        yield Split(str(name), *signs, values > middle, values)


def _worth(ours: Numbers, others: Numbers) -> tuple[float, float, float]:
    """Return how much better the mean of ``ours`` is, and its 95 % interval."""

    def better(one: Numbers, other: Numbers, axis: int = -1) -> Numbers:
        return other.mean(axis) - one.mean(axis)

    found = stats.bootstrap(
        (ours, others),
        better,
        n_resamples=RESAMPLES,
        method="percentile",
        rng=np.random.default_rng(SEED),
    ).confidence_interval
    return float(better(ours, others)), float(found.low), float(found.high)


def _best(error: Numbers, sizes: Numbers | None) -> tuple[float, float, float]:
    """Return the size of the best design, and its 95 % interval over draws."""
    if sizes is None or not len(error):
        return (np.nan,) * 3
    draws = np.random.default_rng(SEED).integers(
        len(error), size=(RESAMPLES, max(1, round(DRAWN * len(error))))
    )
    best = sizes[draws[np.arange(RESAMPLES), error[draws].argmin(1)]]
    low, high = np.quantile(best, [0.025, 0.975])
    return float(sizes[error.argmin()]), float(low), float(high)
