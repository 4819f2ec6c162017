"""The accuracy that measured combinations predict of any combination of the changes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import linalg, optimize

from roadmap.report.numbers.levels import Levels
from roadmap.report.numbers.statistics import Numbers

REACH = 1.96
"""Half a 95 % interval in standard deviations."""


class Predicted(NamedTuple):
    """What is expected of combinations, (combinations,)."""

    mean: Numbers
    half: Numbers
    """Half the 95 % interval of one run."""


def predicted(levels: Levels, has: np.ndarray) -> Predicted:
    """Return what is expected of combinations, (combinations, changes).

    The model has an effect of each change and of every two; the best of thousands of
    its predictions would be the luckiest, so effects are drawn towards 0. Their
    variances, and the noise of a run, are those of the greatest marginal likelihood
    (empirical Bayes: Rasmussen and Williams, Gaussian Processes, 2006, sections 2.7
    and 5.4). All is NaN where fewer than three runs have finished.
    """
    done = ~np.isnan(levels.top1)
    top1 = levels.top1[done]
    if len(top1) < 3:
        return Predicted(*np.full((2, len(has)), np.nan))
    signs = np.where(levels.has, 1.0, -1.0)[np.nonzero(done)[0]]
    new = np.where(has, 1.0, -1.0)
    spread = top1.var() or 1.0
    found = optimize.minimize(
        lambda logs: -_fit(signs, top1, np.exp(logs)).likelihood,
        np.log([spread / signs.shape[1], spread / signs.shape[1] ** 2, spread / 4]),
        method="Nelder-Mead",
    )
    variances = np.exp(found.x)
    fit = _fit(signs, top1, variances)
    shared = _covariance(new, signs, variances)
    mean = fit.mean + shared @ fit.weights
    solved = linalg.cho_solve(fit.factor, shared.T)
    known = np.einsum("ij,ji->i", shared, solved)
    of_mean = (1 - solved.sum(0)) ** 2 / fit.precision
    own = _covariance(new[:1], new[:1], variances)[0, 0]
    return Predicted(mean, REACH * np.sqrt(own - known + of_mean + variances[2]))


class _Fit(NamedTuple):
    likelihood: float
    mean: float
    weights: Numbers
    """The covariance's inverse times what the runs differ from the mean."""
    factor: tuple[Numbers, bool]
    precision: float
    """Of the mean."""


def _fit(signs: Numbers, top1: Numbers, variances: Numbers) -> _Fit:
    """Return the model of runs with given variances: of a change, of two, of a run."""
    noise = variances[2] * np.eye(len(top1))
    factor = linalg.cho_factor(_covariance(signs, signs, variances) + noise)
    ones = linalg.cho_solve(factor, np.ones(len(top1)))
    mean = float(ones @ top1 / ones.sum())
    weights = linalg.cho_solve(factor, top1 - mean)
    log_det = 2 * np.log(np.diag(factor[0])).sum() + np.log(ones.sum())
    likelihood = -((top1 - mean) @ weights + log_det) / 2
    return _Fit(float(likelihood), mean, weights, factor, float(ones.sum()))


def _covariance(one: Numbers, other: Numbers, variances: Numbers) -> Numbers:
    """Return the covariance of combinations, given as signs, (one, other)."""
    same = one @ other.T  # changes alike, less those that differ
    pairs = (same**2 - one.shape[1]) / 2
    return variances[0] * same + variances[1] * pairs
