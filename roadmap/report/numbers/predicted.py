"""The accuracy that measured combinations predict of any combination of the changes."""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

import numpy as np
from scipy import linalg, optimize

from roadmap.report.numbers.levels import Levels
from roadmap.report.numbers.statistics import Numbers

REACH = 1.96
"""Half a 95 % interval in standard deviations."""
LEAST = 1e-8
"""A variance's least share of that of all runs, so that the model can be computed."""


class Predicted(NamedTuple):
    """What is expected of combinations, (combinations,)."""

    mean: Numbers
    half: Numbers
    """Half the 95 % interval of one run."""


class Model(NamedTuple):
    """A model of measured runs, with an effect of each change and of every two."""

    signs: Numbers
    """(runs, changes): 1 where the run has the change, else -1."""
    variances: Numbers
    """Of the effect of a change, of that of two changes, and of the noise of a run."""
    mean: float
    precision: float
    """Of the mean."""
    weights: Numbers
    """The covariance's inverse times what the runs differ from the mean."""
    factor: tuple[Numbers, bool]
    """Of the covariance, by Cholesky."""
    likelihood: float
    """The log of the marginal likelihood."""


def model_of(levels: Levels) -> Model | None:
    """Return the model of all finished runs; None of fewer than three.

    The variances are those of the greatest marginal likelihood (empirical Bayes:
    Rasmussen and Williams, Gaussian Processes, 2006, sections 2.7 and 5.4): they say
    how far an effect is drawn towards 0.
    """
    done = ~np.isnan(levels.top1)
    top1 = levels.top1[done]
    if len(top1) < 3:
        return None
    signs = np.where(levels.has, 1.0, -1.0)[np.nonzero(done)[0]]
    spread, count = top1.var() or 1.0, signs.shape[1]
    found = optimize.minimize(
        lambda logs: -_model(signs, top1, np.exp(logs)).likelihood,
        np.log([spread / count, spread / count**2, spread / 4]),
        method="Nelder-Mead",
    )
    return _model(signs, top1, np.exp(found.x))


def _model(signs: Numbers, top1: Numbers, variances: Numbers) -> Model:
    variances = np.maximum(variances, LEAST * (top1.var() or 1.0))
    noise = variances[2] * np.eye(len(top1))
    factor = linalg.cho_factor(_covariance(signs, signs, variances) + noise)
    ones = linalg.cho_solve(factor, np.ones(len(top1)))
    precision = float(ones.sum())
    mean = float(ones @ top1 / precision)
    weights = linalg.cho_solve(factor, top1 - mean)
    log_det = 2 * np.log(np.diag(factor[0])).sum() + np.log(precision)
    likelihood = -float((top1 - mean) @ weights + log_det) / 2
    return Model(signs, variances, mean, precision, weights, factor, likelihood)


def predicted(levels: Levels, has: np.ndarray) -> Predicted:
    """Return what is expected of combinations, (combinations, changes).

    The best of thousands of predictions would be the luckiest: the model draws effects
    towards 0. All is NaN where fewer than three runs have finished.
    """
    model = model_of(levels)
    if model is None:
        return Predicted(*np.full((2, len(has)), np.nan))
    new = np.where(has, 1.0, -1.0)
    shared = _covariance(new, model.signs, model.variances)
    solved = linalg.cho_solve(model.factor, shared.T)
    known = np.einsum("ij,ji->i", shared, solved)
    of_mean = (1 - solved.sum(0)) ** 2 / model.precision
    own = _covariance(new[:1], new[:1], model.variances)[0, 0]
    spread = np.sqrt(own - known + of_mean + model.variances[2])
    return Predicted(model.mean + shared @ model.weights, REACH * spread)


def pairs(levels: Levels) -> tuple[Numbers, Numbers]:
    """Return what every two changes add together, and its sd, in points.

    Both are in the order of ``itertools.combinations``; NaN where fewer than three runs
    have finished.
    """
    every = list(combinations(range(levels.has.shape[1]), 2))
    model = model_of(levels)
    if model is None:
        return np.full(len(every), np.nan), np.full(len(every), np.nan)
    first, second = np.array(every).T
    of_two = model.variances[1]
    shared = of_two * model.signs[:, first] * model.signs[:, second]
    solved = linalg.cho_solve(model.factor, shared)
    left = of_two - np.einsum("ij,ij->j", shared, solved)
    return 4 * model.weights @ shared, 4 * np.sqrt(np.maximum(left, 0))


def _covariance(one: Numbers, other: Numbers, variances: Numbers) -> Numbers:
    """Return the covariance of combinations, given as signs, (one, other)."""
    same = one @ other.T  # changes alike, less those that differ
    pairs = (same**2 - one.shape[1]) / 2
    return variances[0] * same + variances[1] * pairs
