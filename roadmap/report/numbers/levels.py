"""The accuracies of a study of combinations, and the linear model of all its runs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from roadmap.report.numbers.statistics import Numbers


class Levels(NamedTuple):
    """Accuracies of combinations, by combination and seed; NaN is a missing run."""

    has: np.ndarray[Any, np.dtype[np.bool_]]
    """(combinations, changes)."""
    top1: Numbers
    """(combinations, seeds), in percent."""
    gflops: Numbers
    """(combinations,)."""

    @property
    def mean(self) -> Numbers:
        """Return the mean of each combination over its seeds."""
        n = self.n
        return np.where(n > 0, np.nansum(self.top1, 1) / np.maximum(n, 1), np.nan)

    @property
    def n(self) -> Numbers:
        """Return the number of seeds of each combination."""
        return np.asarray((~np.isnan(self.top1)).sum(1), float)

    @property
    def variance(self) -> Numbers:
        """Return the variance over seeds of each combination; NaN of one seed."""
        squares = np.nansum((self.top1 - self.mean[:, None]) ** 2, 1)
        df = self.n - 1
        return np.where(df > 0, squares / np.maximum(df, 1), np.nan)


def levels_of(
    question: dict[str, Any], results: pd.DataFrame, column: str = "top1"
) -> Levels:
    """Return the accuracies of a study's combinations, in the order of its question.

    ``column`` is what of ``results.csv`` stands in for them.
    """
    done = results[results["status"] == "finished"]
    cells = done.pivot_table(index="step", columns="seed", values=column)
    steps = list(question["combinations"])
    changes = question["changes"]
    return Levels(
        np.array([[c in question["combinations"][s] for c in changes] for s in steps]),
        cells.reindex(steps).to_numpy(float),
        results.groupby("step")["gflops"].first().reindex(steps).to_numpy(float),
    )


SAME = ["regime", "recipe", "data"]
"""Columns of ``results.csv`` that runs of one model must agree in."""


def joined(
    questions: Sequence[dict[str, Any]], results: Sequence[pd.DataFrame]
) -> tuple[dict[str, Any], pd.DataFrame] | None:
    """Return studies as one: its combinations, and its runs.

    None where they ask about different changes, or their accuracies do not compare.
    """
    runs = pd.concat(results).drop_duplicates("run")
    done = runs[runs["status"] == "finished"]
    alike = (done[done.columns.intersection(SAME)].nunique(dropna=False) <= 1).all()
    changes = questions[0]["changes"]
    if not alike or any(question["changes"] != changes for question in questions):
        return None
    sets = {k: v for question in questions for k, v in question["combinations"].items()}
    return {"changes": changes, "combinations": sets}, runs


Pairs = list[list[tuple[int, int]]]


class Fit(NamedTuple):
    """The linear model of all combinations, in the order of ``model_matrix``.

    NaN is what the finished runs do not determine: a run that is missing leaves the
    parameters that it is needed for unknown.
    """

    params: Numbers
    se: Numbers
    """Over seeds; NaN, too, where nothing shows the noise of a seed."""
    df: Numbers
    pairs: Pairs
    """The pairs of each column of two changes."""


def fit(levels: Levels) -> Fit:
    """Return the linear model of the means of all combinations, by least squares."""
    matrix, pairs = model_matrix(levels.has)
    known = levels.n > 0
    weights = np.linalg.pinv(matrix[known])
    told = np.diag(weights @ matrix[known]) > 1 - 1e-8
    variance, df = noise_of_seed(levels)
    parts = weights**2 * (variance / np.maximum(levels.n, 1))[known]
    error = np.where(told, np.sqrt(parts.sum(1)), np.nan)
    params = np.where(told, weights @ levels.mean[known], np.nan)
    own = df if df.ndim == 0 else df[known]
    return Fit(params, error, satterthwaite(parts, own), pairs)


def satterthwaite(parts: Numbers, df: Numbers) -> Numbers:
    """Return the degrees of freedom of sums of variances, over the last axis.

    ``df`` are those of the parts, or one number where they are one variance.
    """
    if df.ndim == 0:
        return np.full(parts.shape[:-1], df)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(parts.sum(-1) ** 2 / (parts**2 / df).sum(-1), float)


def model_matrix(has: np.ndarray) -> tuple[Numbers, Pairs]:
    """Return the columns of the linear model, of +1 and -1, a row a combination.

    They are the mean, the changes, then the products of two changes; the products that
    the combinations cannot tell apart share a column, and are listed together.
    """
    signs = np.where(has, 1.0, -1.0)
    by_column: dict[bytes, list[tuple[int, int]]] = {}
    products = []
    for pair in combinations(range(has.shape[1]), 2):
        product = signs[:, pair[0]] * signs[:, pair[1]]
        same = by_column.setdefault((product * product[0]).tobytes(), [])
        if not same:
            products.append(product)
        same.append(pair)
    columns = [np.ones(len(signs)), *signs.T, *products]
    return np.column_stack(columns), list(by_column.values())


def noise_of_seed(levels: Levels) -> tuple[Numbers, Numbers]:
    """Return each combination's variance of a seed, and its degrees of freedom.

    Sums over many combinations are made of these, so they are not moderated, which
    would take from the largest. A combination of one seed has the others' mean; if
    none has two, what the linear model of all means leaves over stands in: that holds
    what three changes add together, too. Then all share one number of degrees of
    freedom. NaN where nothing is left over.
    """
    if (levels.n > 1).any():
        alone = levels.n < 2
        variance = np.where(alone, np.nanmean(levels.variance), levels.variance)
        return variance, np.where(alone, 1, levels.n - 1)
    known = levels.n > 0
    matrix = model_matrix(levels.has)[0][known]
    model, _, rank, _ = np.linalg.lstsq(matrix, levels.mean[known], rcond=None)
    left = float(known.sum() - rank) or np.nan
    gap = levels.mean[known] - matrix @ model
    return np.full(len(known), (gap**2).sum() / left), np.array(left)
