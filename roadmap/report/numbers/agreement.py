"""How far a study agrees with the paper: signs and rank correlations, with intervals.

The honest measure is over the *changes*, the steps' deltas: most of a roadmap's levels
rise whatever the study, so rank correlations over *levels* flatter it. Only steps of
the path count: those adopted, the waypoints, and for levels the start. The steps that
the paper tried and did not adopt, and the reference, do not. The yardstick is the paper
with itself: Table 11 (`resnet200`) against Table 10 (`resnet50`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from roadmap.report.numbers.bootstrap import (
    SEED,
    Estimate,
    accuracies,
    drawn_means,
    estimate,
    kendall,
    pooled_sd,
    same_sign,
    spearman,
)
from roadmap.report.numbers.columns import KEYS
from roadmap.report.numbers.statistics import Numbers
from roadmap.report.numbers.studies import paper_table

REGIMES = {"resnet50": "Table 10", "resnet200": "Table 11"}
YARDSTICK = ("paper", "resnet200", "resnet50")
PATH = ["yes", "waypoint"]
FEWEST = 3


@dataclass(frozen=True)
class Agreement:
    """A regime of a study beside one of the paper's tables.

    `signs` is how many of the `changes` point the paper's way; `tau` and `rho` are
    Kendall's (b) and Spearman's over the changes, `level_tau` and `level_rho` over the
    accuracies of the `levels` steps themselves.
    """

    study: str
    regime: str
    against: str
    changes: int
    levels: int
    signs: Estimate
    tau: Estimate
    rho: Estimate
    level_tau: Estimate
    level_rho: Estimate

    @property
    def pair(self) -> str:
        """Who is compared: `Table 11 with Table 10`, `mine with Table 10`."""
        own = YARDSTICK[0] == self.study
        who = REGIMES[self.regime] if own else f"{self.study} {self.regime}"
        return f"{who} with {REGIMES[self.against]}"

    def brief(self) -> str:
        """Return the changes' agreement in a few words, for a caption."""
        return (
            f"{self.pair}: {self.signs:.0f} of {self.changes}, "
            f"τ {self.tau:.2f}, ρ {self.rho:.2f}"
        ).removeprefix(f"{self.study} ")

    def __str__(self) -> str:
        """Return one line: `Table 11 with Table 10, over 14 changes: ...`."""
        return (
            f"{self.pair}, over {self.changes} changes: same sign {self.signs:.0f}, "
            f"Kendall's τ {self.tau:.2f}, Spearman's ρ {self.rho:.2f}; "
            f"over {self.levels} levels: τ {self.level_tau:.2f}, "
            f"ρ {self.level_rho:.2f}"
        )


def agreement(
    table: pd.DataFrame, results: pd.DataFrame | None, paper_regime: str = "resnet50"
) -> Agreement:
    """Return how far a study's one regime agrees with the paper's `paper_regime`.

    Intervals are percentiles of 2000 bootstrap draws of both sides: seeds are drawn
    again within each measured step, whose mean is then spread by sqrt(n / (n - 1)) to
    make up for how narrow few seeds are; the paper, and a step of one seed, is drawn
    from a normal with the published sd / sqrt(n), or the pooled sd where it has none
    (Table 11 has no sd: there Table 10's). Noise lowers a rank correlation, so a value
    may lie at the upper end of its interval.

    Raises:
        ValueError: if the table has several regimes, or the paper lacks `paper_regime`.
    """
    _check(table, paper_regime)
    paper = paper_table()
    pooled = pooled_sd(paper[paper["regime"] == "resnet50"])
    ours, theirs = _shared(table, paper[paper["regime"] == paper_regime])
    seeds = accuracies(ours, results)
    random = np.random.default_rng(SEED)
    own = pooled_sd(table)
    if results is None and np.isnan(own):
        own = pooled
    draws = (
        drawn_means(ours, seeds, own, random),
        drawn_means(theirs, {}, pooled, random),
    )
    child, parent = _changes(ours, theirs)
    changes = [side[:, child] - side[:, parent] for side in draws]
    # Rounded, or the paper's equal changes (0.65 twice) would differ in the 14th digit.
    delta = [side["delta"].to_numpy()[None, child].round(9) for side in (ours, theirs)]
    level = [side["top1_mean"].to_numpy()[None] for side in (ours, theirs)]
    return Agreement(
        study=str(table["study"].iloc[0]),
        regime=str(table["regime"].iloc[0]),
        against=paper_regime,
        changes=len(child),
        levels=len(ours),
        signs=estimate(same_sign, delta, changes),
        tau=estimate(kendall, delta, changes),
        rho=estimate(spearman, delta, changes),
        level_tau=estimate(kendall, level, draws),
        level_rho=estimate(spearman, level, draws),
    )


def _changes(ours: pd.DataFrame, theirs: pd.DataFrame) -> tuple[Numbers, Numbers]:
    """Return the places of the steps whose change both know, and of their parents."""
    steps = list(ours.index)
    pairs = [
        (at, steps.index(row["parent"]))
        for at, row in enumerate(ours.to_dict("records"))
        if row["adopted"] in PATH and row["against"] == row["parent"]
        if row["parent"] in steps
        if not np.isnan([row["delta"], theirs["delta"].iloc[at]]).any()
    ]
    child, parent = np.array(pairs, int).reshape(-1, 2).T
    return child, parent


def _check(table: pd.DataFrame, paper_regime: str) -> None:
    count = len(table[KEYS[:2]].drop_duplicates())
    if count != 1:
        raise ValueError(f"agreement of {count} regimes: valid: one at a time")
    if paper_regime not in REGIMES:
        raise ValueError(f"paper_regime={paper_regime}: valid: {', '.join(REGIMES)}")


def _shared(
    table: pd.DataFrame, paper: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the path's steps that both sides have a level of, in the same order."""
    paper = paper[paper["adopted"].isin([*PATH, "start"])].set_index("step")
    table = table[table["top1_mean"].notna()].set_index("step")
    steps = [step for step in paper.index if step in table.index]
    return table.loc[steps].assign(adopted=paper.loc[steps, "adopted"]), paper.loc[
        steps
    ]


def agreements(table: pd.DataFrame, results: pd.DataFrame | None) -> list[Agreement]:
    """Return each regime's agreement with both of the paper's tables.

    Of the paper's own, only what is not with itself: Table 11 with Table 10.
    """
    return [
        agreement(part, results, paper_regime)
        for (study, regime), part in table.groupby(KEYS[:2], sort=False)
        for paper_regime in REGIMES
        if study != YARDSTICK[0] or (study, regime, paper_regime) == YARDSTICK
    ]


def to_frame(found: Sequence[Agreement]) -> pd.DataFrame:
    """Return a row a measure, as `agreement.csv` has it: value, low and high."""
    rows = [
        {
            "study": one.study,
            "regime": one.regime,
            "against": one.against,
            "over": over,
            "n": one.changes if over == "changes" else one.levels,
            "measure": measure,
            **estimate._asdict(),
        }
        for one in found
        for over, measure, estimate in (
            ("changes", "same_sign", one.signs),
            ("changes", "kendall_tau", one.tau),
            ("changes", "spearman_rho", one.rho),
            ("levels", "kendall_tau", one.level_tau),
            ("levels", "spearman_rho", one.level_rho),
        )
    ]
    names = ["study", "regime", "against", "over", "n", "measure", *Estimate._fields]
    return pd.DataFrame(rows, columns=names)


def to_show(every: Sequence[Sequence[Agreement]]) -> list[Agreement]:
    """Return the studies' agreements worth showing, and the paper's own, once.

    Below three changes in common, ranks and signs say nothing.
    """
    found = [one for some in every for one in some if one.changes >= FEWEST]
    own = yardstick()
    return [*(one for one in found if one != own), own] if found else []


@cache
def yardstick() -> Agreement:
    """Return the paper's agreement with itself: Table 11 with Table 10."""
    paper = paper_table()
    return agreement(paper[paper["regime"] == YARDSTICK[1]], None, YARDSTICK[2])
