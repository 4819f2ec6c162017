"""What became of the combinations that were predicted to be best."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from roadmap.report.numbers import statistics
from roadmap.report.numbers.levels import levels_of
from roadmap.report.numbers.moderated import error_of_means, fit_prior

COLUMNS = [
    *("study", "step", "label", "changes", "gflops", "seconds"),
    *("predicted", "low", "high", "n", "top1", "top1_low", "top1_high"),
]


def kept(study: str, question: dict[str, Any], results: pd.DataFrame) -> pd.DataFrame:
    """Return what was predicted of each combination, and what was measured, a row each.

    ``changes`` are joined by +; ``low`` and ``high`` are the 95 % interval of one run,
    ``top1_low`` and ``top1_high`` that of the mean over the fresh seeds; ``seconds``
    are those of one run's training, as predicted. The last row is the end. The columns
    are ``COLUMNS``.
    """
    levels = levels_of(question, results)
    prior = fit_prior(levels.variance, levels.n - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = error_of_means(levels.variance, levels.n, prior)
    low, high = statistics.interval(levels.mean, error)
    table = pd.DataFrame(question["predicted"])
    labels = results.groupby("step")["label"].first()
    return table.assign(
        study=study,
        label=[labels.get(step, step) for step in table["step"]],
        changes=["+".join(c) for c in question["combinations"].values()],
        gflops=levels.gflops,
        n=levels.n.astype(int),
        top1=levels.mean,
        top1_low=low,
        top1_high=high,
    )[COLUMNS]
