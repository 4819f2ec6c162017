"""The accuracy that a factorial predicts of any combination of its changes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import stats

from roadmap.report.numbers.levels import Levels, fit
from roadmap.report.numbers.statistics import ALPHA, Numbers


class Predicted(NamedTuple):
    """What is expected of combinations."""

    mean: Numbers
    """(combinations,)."""
    half: float
    """Half the 95 % interval of one run, the same for all."""


def predicted(levels: Levels, has: np.ndarray) -> Predicted:
    """Return what is expected of combinations, (combinations, changes), of a factorial.

    The effects of changes, and of every two that the plan tells apart, are shrunk
    towards 0 by how far they spread beyond their noise (empirical Bayes: James and
    Stein, 1961), for the best of thousands is else the luckiest. Effects of two that
    share a column are taken as 0, with the same spread.
    """
    model = fit(levels)
    if np.isnan(model.se).any():  # too few runs have finished
        return Predicted(np.full(len(has), np.nan), np.nan)
    variance, pairs = model.se**2, model.pairs
    count = levels.has.shape[1]
    at_pairs = np.arange(1 + count, len(model.params))
    single = np.array([len(same) == 1 for same in pairs], bool)
    mains, own = np.arange(1, 1 + count), at_pairs[single]
    signs = np.where(has, 1.0, -1.0)
    mean, spread = np.full(len(has), model.params[0]), variance[0]
    for columns, products in [
        (mains, signs),
        (own, _products(signs, [s[0] for s in pairs if len(s) == 1])),
    ]:
        effects, noise = model.params[columns], variance[columns]
        prior = max(0.0, float(np.mean(effects**2 - noise))) if len(columns) else 0.0
        share = prior / (prior + noise) if prior else np.zeros(len(columns))
        mean = mean + products @ (share * effects)
        spread = spread + (share * noise).sum()
    shared = at_pairs[~single]
    if len(shared):
        of_column = float(np.mean(model.params[shared] ** 2 - variance[shared]))
        spread += max(0.0, of_column) * len(shared)
    of_one = float(np.sqrt(spread + model.noise))
    return Predicted(mean, float(stats.t.isf(ALPHA / 2, model.df)) * of_one)


def _products(signs: Numbers, pairs: list[tuple[int, int]]) -> Numbers:
    columns = [signs[:, one] * signs[:, other] for one, other in pairs]
    return np.column_stack(columns) if columns else np.zeros((len(signs), 0))
