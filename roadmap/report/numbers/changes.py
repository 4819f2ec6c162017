"""The change of each step: how large it is, and whether seeds tell it from noise.

The intervals and tests are about seeds, on this test set: what other seeds of the same
steps would give on the same images.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from roadmap.report.numbers import moderated, statistics
from roadmap.report.numbers.columns import (
    COLUMNS,
    KEYS,
    against_rows,
    regime_rows,
    with_against,
)
from roadmap.report.numbers.moderated import Prior
from roadmap.report.numbers.statistics import ALPHA, Error, Numbers

MODERATED, PAIRED, WELCH = "moderated", "moderated, paired", "Welch"
"""What the column ``test`` says."""


def judge(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table's columns, the change of each step judged against noise.

    `table` has a row a step with, besides its own columns, `level` and `noise_std` (the
    mean and the sd over seeds that changes are made of), `paired` (whether what a seed
    adds to every step was taken off them), `against` (the step that the change is
    measured from, see `columns.with_against`) and `comparable` (with that step).

    Adds the 95 % intervals over seeds `top1_low`, `top1_high` and `delta_low`,
    `delta_high`; `df`, the degrees of freedom of the change; the two-sided `p` of the
    change, and `p_holm`, adjusted for all changes that the study tests in the regime;
    `within_noise`, `yes` where `p_holm` is not below 0.05; `resolvable`, the smallest
    change that so many seeds find with power 0.8; and `test`: ``moderated`` (see
    `moderated`), ``moderated, paired`` or, where a regime has fewer than three steps
    with noise, ``Welch``.
    """
    others = against_rows(table)
    known = table["comparable"].to_numpy(bool) & (others >= 0)
    level = table["level"].to_numpy(float)
    delta = np.where(known, level - level[others], np.nan)
    error, means, test = _errors(table, np.where(known, others, -1))
    p = pd.Series(statistics.p_value(delta, error), table.index)
    holm = p.groupby([table["study"], table["regime"]]).transform(statistics.holm)
    top1_low, top1_high = statistics.interval(table["top1_mean"], means)
    delta_low, delta_high = statistics.interval(delta, error)
    return table.assign(
        delta=delta,
        delta_std=table["delta_std"].where(known),
        top1_low=top1_low,
        top1_high=top1_high,
        delta_low=delta_low,
        delta_high=delta_high,
        df=error.df,
        p=p,
        p_holm=holm,
        within_noise=np.select([holm.isna(), holm < ALPHA], ["", "no"], "yes"),
        resolvable=statistics.resolvable(error),
        test=np.where(p.isna(), "", test),
    )[COLUMNS]


def from_summaries(published: pd.DataFrame, baseline: str = "") -> pd.DataFrame:
    """Return a published table (means, sds, n) with its changes judged.

    No single seeds are known, so none are paired and `delta_std` is empty. Only the
    changes that were published are there, from a step's parent, unless a baseline is
    named, see `columns.with_against`.
    """
    return judge(
        with_against(published, baseline).assign(
            level=published["top1_mean"],
            noise_std=published["top1_std"],
            delta_std=np.nan,
            paired=False,
            comparable=True,
            differs="",
        )
    )


def _errors(table: pd.DataFrame, others: Numbers) -> tuple[Error, Error, Numbers]:
    """Return the errors of the changes and of the means, and the changes' tests.

    The variances of each regime are moderated by a prior of its own.
    """
    changes, means, levels = np.full((3, 2, len(table)), np.nan)
    test = np.full(len(table), "", dtype=object)
    for rows in regime_rows(table):
        part = table.iloc[rows]
        n = part["n"].to_numpy(float)
        paired = bool(part["paired"].iloc[0])
        prior, means[:, rows] = _of_regime(part["top1_std"], n, moderated.MOST_DF)
        if paired:
            most = moderated.MOST_DF_PAIRED
            prior, levels[:, rows] = _of_regime(part["noise_std"], n, most)
        else:
            levels[:, rows] = means[:, rows]
        others_of = np.where(others[rows] >= 0, levels[:, others[rows]], np.nan)
        own, other = Error(*levels[:, rows]), Error(*others_of)
        changes[:, rows] = moderated.error_of_changes(own, other, prior)
        test[rows] = WELCH if prior.df == 0 else PAIRED if paired else MODERATED
    return Error(*changes), Error(*means), test


def _of_regime(sd: pd.Series, n: Numbers, most: float) -> tuple[Prior, Error]:
    variances = sd.to_numpy(float) ** 2
    prior = moderated.fit_prior(variances, n - 1, most)
    return prior, moderated.error_of_means(variances, n, prior)


def seeds_needed(table: pd.DataFrame, resolution: float) -> pd.DataFrame:
    """Return how many seeds a change of `resolution` points takes, a row a change.

    Columns: study, regime, step, n, resolvable (with the seeds there are), seeds (inf
    beyond a million). Only changes whose noise is known; the sd of few seeds is itself
    a rough guess, see `statistics.sd_factors`. Raises ValueError for no number above 0.
    """
    own = table["n"].to_numpy(float)
    other = own[against_rows(table)]
    fewest = np.minimum(own, other)
    both = 2 * own * other / np.maximum(own + other, 1)
    df = table["df"].to_numpy(float)
    reach = (table["delta_high"] - table["delta"]).to_numpy(float)
    sd = np.sqrt(both) * reach / statistics.critical(df)
    welch = (table["test"] == WELCH).to_numpy()
    prior_df = np.where(welch, 0, df - (fewest - 1))
    per_seed = np.where(welch, df / (fewest - 1), 1)
    answer = table[[*KEYS, "n", "resolvable"]].assign(
        seeds=[
            statistics.seeds_for(s, resolution, d, d0)
            for s, d, d0 in zip(sd, per_seed, prior_df, strict=True)
        ]
    )
    return answer[answer["resolvable"].notna()].reset_index(drop=True)
