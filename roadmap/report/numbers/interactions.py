"""What every two changes add together, beyond what each of them brings by itself."""

from __future__ import annotations

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
            worth = 4 * model.params[at], 4 * model.se[at], model.df[at]
            rows.append((study, one, other, *worth))
    frame = pd.DataFrame(rows, columns=[*PAIRS[:4], "se", "df"])
    error = Error(frame["se"].to_numpy(float), frame["df"].to_numpy(float))
    low, high = statistics.interval(frame["worth"], error)
    p = statistics.p_value(frame["worth"], error)
    found = frame.assign(low=low, high=high, p=p, p_holm=statistics.holm(p))
    return found[PAIRS]


def together(study: str, question: dict[str, Any], levels: Levels) -> pd.DataFrame:
    """Return the same of the runs of several studies, by the model of `predicted`.

    No plan says here which pairs are told apart: what the runs do not tell is drawn
    towards 0, with an interval as wide as the pairs spread.
    """
    changes = question["changes"]
    worth, sd = pairs(levels)
    upper = np.triu_indices(len(changes), 1)
    mean, se = worth[upper], sd[upper]
    error = Error(se, np.full(len(se), MANY))
    low, high = statistics.interval(mean, error)
    p = statistics.p_value(mean, error)
    names = np.array(changes)
    found = pd.DataFrame(
        {
            "study": study,
            "change": names[upper[0]],
            "other": names[upper[1]],
            "worth": mean,
            "low": low,
            "high": high,
            "p": p,
            "p_holm": statistics.holm(p),
        }
    )
    return found.dropna(subset="worth")[PAIRS]
