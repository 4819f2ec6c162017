"""What every two changes add together, beyond what each of them brings by itself."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from roadmap.report.numbers import statistics
from roadmap.report.numbers.levels import Levels, fit
from roadmap.report.numbers.predicted import pairs
from roadmap.report.numbers.statistics import Error

PAIRS = ["study", "change", "other", "worth", "low", "high", "p", "p_holm"]
MANY = 1e6
"""Degrees of freedom of a normal distribution, as good as."""


def interactions(study: str, question: dict[str, Any], levels: Levels) -> pd.DataFrame:
    """Return what every two changes add together, beyond what each brings, by pair.

    The mean over the combinations of all others, in points, a row a pair; only the
    pairs that the plan tells apart from all other pairs. The columns are ``PAIRS``.
    """
    changes = question["changes"]
    model = fit(levels)
    rows = []
    for at, same in enumerate(model.pairs, start=1 + len(changes)):
        if len(same) == 1 and not np.isnan(model.se[at]):
            one, other = (changes[change] for change in same[0])
            rows.append(
                (one, other, 4 * model.params[at], 4 * model.se[at], model.df[at])
            )
    return _table(study, pd.DataFrame(rows, columns=[*PAIRS[1:4], "se", "df"]))


def together(study: str, question: dict[str, Any], levels: Levels) -> pd.DataFrame:
    """Return the same of the runs of several studies, by the model of `predicted`.

    No plan says here which pairs are told apart: what the runs do not tell is drawn
    towards 0, with an interval as wide as the pairs spread.
    """
    frame = pd.DataFrame(combinations(question["changes"], 2), columns=PAIRS[1:3])
    frame["worth"], frame["se"] = pairs(levels)
    return _table(study, frame.dropna().assign(df=MANY))


def _table(study: str, pairs: pd.DataFrame) -> pd.DataFrame:
    """Return pairs with their intervals and p, from ``worth``, ``se`` and ``df``."""
    error = Error(pairs["se"].to_numpy(float), pairs["df"].to_numpy(float))
    low, high = statistics.interval(pairs["worth"], error)
    p = statistics.p_value(pairs["worth"], error)
    p_holm = statistics.holm(p)
    return pairs.assign(study=study, low=low, high=high, p=p, p_holm=p_holm)[PAIRS]
