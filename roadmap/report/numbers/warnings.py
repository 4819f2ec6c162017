"""What a reader of a study should know before they trust it: a plain sentence each.

docs/report.md has the rules. Nothing is said of what is not known: studies of earlier
versions lack the size of the largest class, and those without records lack curves.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from roadmap.report.numbers.configs import Settings
from roadmap.report.numbers.studies import Study

RISE = 1.0
"""Points in the last fifth of training, above which a step still rises."""
LAST = 0.2
"""That share of the epochs."""
OWN = ("folder", "timm")
"""Data sets that are the user's own; the paper's ImageNet numbers are no yardstick."""
SHOWN = 3
"""Steps that a sentence names; more are counted."""


def warnings(
    study: Study, curves: pd.DataFrame, settings: Settings | None
) -> list[str]:
    """Return the warnings about a measured study, none for a published one.

    `curves` is the study's ``curves.csv``, empty where it has none.
    """
    if study.results is None:
        return []
    return [
        *_near_chance(study.table, study.results),
        *_still_rising(curves),
        *_small_test_set(study.table, study.results),
        *_seeds_that_disagree(study.table, study.results),
        *_without_paper(settings),
    ]


def is_own(settings: Settings | None) -> bool:
    """Return whether the data are the user's own: the paper is not shown beside."""
    return settings is not None and settings["data.name"] in OWN


def chance_line(results: pd.DataFrame) -> tuple[float, float] | None:
    """Return the share of the test set's largest class, in percent, and near to it.

    None where the runs do not say what they were evaluated on, or say different things.
    """
    majority, images = (_only(results, name) for name in ("majority", "eval_images"))
    if majority is None or images is None:
        return None
    return majority, near_chance_until(majority, images)


def near_chance_until(majority: float, images: float) -> float:
    """Return the accuracy up to which a network may only name the largest class.

    It is that class's share, in percent, and two binomial SDs, at least one point.
    """
    return majority + max(1.0, 2 * binomial_sd(majority, images))


def binomial_sd(percent: float, images: float) -> float:
    """Return the SD of an accuracy over test sets of so many images, in points."""
    return float(np.sqrt(percent * (100 - percent) / images))


def _near_chance(table: pd.DataFrame, results: pd.DataFrame) -> Iterator[str]:
    if (chance := chance_line(results)) is None:
        return
    known = table[table["top1_mean"].notna()]
    near = known.loc[known["top1_mean"] <= chance[1], "step"].unique()
    if len(near):
        who = "All steps" if len(near) == known["step"].nunique() else _names(near)
        yield (
            f"{who}: at or near chance ({chance[0]:.1f} %, the largest class of the "
            "test set), so these numbers say nothing yet."
        )


def _still_rising(curves: pd.DataFrame) -> Iterator[str]:
    if curves.empty:
        return
    groups = curves.groupby(["regime", "step"], sort=False)
    rises = groups[["epoch", "top1_mean"]].apply(_rise).droplevel("regime")
    if rises.isna().all():
        yield "Training took one epoch: nothing shows whether it has converged."
    high = rises[rises > RISE]
    if len(high):
        yield (
            f"Training has not converged: in the last {LAST:.0%} of the epochs "
            f"{len(high)} of {len(rises)} steps still rise by more than {RISE:g} point "
            f"({high.idxmax()}: {high.max():+.1f}). More epochs may change the order."
        )


def _rise(curve: pd.DataFrame) -> float:
    """Return by how many points a curve rises at its end; NaN of a single epoch."""
    curve = curve.sort_values("epoch")
    last = curve["epoch"].iloc[-1]
    before = curve[curve["epoch"] <= last - max(1, round(LAST * last))]
    start = before["top1_mean"].iloc[-1] if len(before) else np.nan
    return float(curve["top1_mean"].iloc[-1] - start)


def _small_test_set(table: pd.DataFrame, results: pd.DataFrame) -> Iterator[str]:
    images = _only(results, "eval_images")
    judged = table[table["within_noise"] != ""]
    if images is None or judged.empty:
        return
    told = (judged["within_noise"] == "no").to_numpy()
    size = np.where(told, judged["delta"].abs(), judged["resolvable"])
    level = float(table["top1_mean"].mean())
    sd = binomial_sd(level, images)
    if small := int((size < sd).sum()):
        yield (
            f"The test set is small: with {images:.0f} images an accuracy of "
            f"{level:.0f} % has a binomial SD of {sd:.2f} points. For {small} of "
            f"{len(judged)} changes that is more than what the seeds tell from noise, "
            "or could tell."
        )


def _seeds_that_disagree(table: pd.DataFrame, results: pd.DataFrame) -> Iterator[str]:
    for row in table[(table["n"] > 0) & (table["diverged"] > 0)].to_dict("records"):
        seeds = row["n"] + row["diverged"]
        yield f"{row['step']}: {row['diverged']} of {seeds} seeds diverged."
    if (chance := chance_line(results)) is None:
        return
    finished = results[results["status"] == "finished"]
    top1 = pd.to_numeric(finished["top1"])
    for step, seeds in top1.groupby(finished["step"], sort=False):
        low = int((seeds <= chance[1]).sum())
        if low and seeds.mean() > chance[1]:
            yield f"{step}: {low} of {len(seeds)} seeds stayed at chance."


def _without_paper(settings: Settings | None) -> Iterator[str]:
    if settings is not None and is_own(settings):
        yield (
            "The paper's numbers are left out: they are of ImageNet, and "
            f"data={settings['data.name']} is data of your own."
        )


def _only(results: pd.DataFrame, name: str) -> float | None:
    """Return the one value that all finished runs have in a column, else None."""
    if name not in results:
        return None
    values = results.loc[results["status"] == "finished", name]
    numbers: Any = pd.to_numeric(values, errors="coerce").unique()
    known = len(numbers) == 1 and np.isfinite(numbers[0])
    return float(numbers[0]) if known else None


def _names(steps: Any) -> str:
    more = len(steps) - SHOWN
    listed = ", ".join(steps[:SHOWN])
    return f"{listed} and {more} more" if more > 0 else listed
