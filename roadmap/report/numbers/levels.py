"""The accuracies of a study of combinations, and the linear model of all its runs."""

from __future__ import annotations

from itertools import combinations
from typing import Any, NamedTuple
from warnings import catch_warnings, simplefilter

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


Pairs = list[list[tuple[int, int]]]


class Fit(NamedTuple):
    """The linear model of all runs, in the order of ``model_matrix``.

    NaN is what the finished runs do not determine: a run that is missing leaves the
    parameters that it is needed for unknown.
    """

    params: Numbers
    se: Numbers
    """NaN, too, where the model takes every run, and none shows its noise."""
    df: float
    pairs: Pairs
    """The pairs of each column of two changes."""


def fit(levels: Levels) -> Fit:
    """Return the linear model of all finished runs."""
    from statsmodels.regression.linear_model import OLS

    matrix, pairs = model_matrix(levels.has)
    done = ~np.isnan(levels.top1)
    runs = matrix[np.repeat(np.arange(len(matrix)), done.sum(1))]
    params, se = np.full((2, matrix.shape[1]), np.nan)
    told = np.diag(np.linalg.pinv(runs) @ runs) > 1 - 1e-8
    if not told.any():
        return Fit(params, se, 0.0, pairs)
    with catch_warnings():  # of a singular matrix, which is what `told` is for
        simplefilter("ignore")
        model = OLS(levels.top1[done], runs).fit()
    params[told] = model.params[told]
    if not model.df_resid > 0:
        return Fit(params, se, 0.0, pairs)
    se[told] = model.bse[told]
    return Fit(params, se, float(model.df_resid), pairs)


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

    Where it has one seed, that is what the linear model of all means leaves over.
    """
    variance, df = levels.variance, levels.n - 1
    known = levels.n > 0
    matrix = model_matrix(levels.has)[0][known]
    model, _, rank, _ = np.linalg.lstsq(matrix, levels.mean[known], rcond=None)
    left = known.sum() - rank
    if left > 0:
        gap = levels.mean[known] - matrix @ model
        alone = np.isnan(variance)
        variance = np.where(alone, (gap**2).sum() / left, variance)
        df = np.where(alone, float(left), df)
    return variance, df
