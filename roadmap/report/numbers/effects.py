"""What each change is worth, by the question that a study asks.

A study of combinations gives each change a *worth* in points of top-1, with a 95 %
interval over seeds on this test set:

- ``left out``: the end less the end without the change;
- ``put in``: the start with the change less the start;
- ``factorial``: the mean over all combinations of the others, from a linear model;
- ``orders``: the Shapley value, the mean over random orders of the path (A. E. Roth
  (ed.), The Shapley Value, 1988);
- ``path``: the change of the step on the roadmap, given all steps before it.

A cost is attributed by the same sums: ``gflops`` is the change's worth in GFLOPs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from roadmap.report.numbers import statistics
from roadmap.report.numbers.interactions import PAIRS, interactions, together
from roadmap.report.numbers.levels import (
    Levels,
    fit,
    joined,
    levels_of,
    model_matrix,
    noise_of_seed,
    satterthwaite,
)
from roadmap.report.numbers.moderated import (
    error_of_changes,
    error_of_means,
    fit_prior,
)
from roadmap.report.numbers.statistics import Error, Numbers
from roadmap.report.numbers.studies import Study

QUESTIONS = {
    "path": "path",
    "leave_one_out": "left out",
    "add_one_in": "put in",
    "factorial": "factorial",
    "orders": "orders",
}
"""What the column ``method`` says of a study's question; on the path there is none."""
COLUMNS = ["study", "method", "change", "worth", "low", "high", "df", "n", "gflops"]


def effects(study: str, question: dict[str, Any], levels: Levels) -> pd.DataFrame:
    """Return the worth of each change, a row a change, with the columns ``COLUMNS``.

    A worth is NaN where a run that it needs is missing; its interval is NaN where one
    seed, or too few combinations, show no noise.
    """
    by_question = {
        "leave_one_out": _one_by_one,
        "add_one_in": _one_by_one,
        "factorial": _main_effects,
        "orders": _shapley,
    }
    worth, error, gflops = by_question[question["name"]](question, levels)
    low, high = statistics.interval(worth, error)
    return pd.DataFrame(
        {
            "study": study,
            "method": QUESTIONS[question["name"]],
            "change": question["changes"],
            "worth": worth,
            "low": low,
            "high": high,
            "df": error.df,
            "n": int(np.nansum(levels.n)),
            "gflops": gflops,
        }
    )[COLUMNS]


def of_path(table: pd.DataFrame, changes: Sequence[str]) -> pd.DataFrame:
    """Return the worth of each change on the path, from the table of a study of steps.

    That is the column ``delta`` where it is measured from the step before.
    """
    rows = table[(table["against"] == table["parent"]) & table["parent"].ne("")]
    rows = rows[rows["step"].isin(changes)]
    gflops = table.set_index(["regime", "step"])["gflops"]
    before = [gflops[key] for key in zip(rows["regime"], rows["parent"], strict=True)]
    names = {"step": "change", "delta": "worth", "delta_low": "low"}
    found = rows.rename(columns={**names, "delta_high": "high"})
    return found.assign(method="path", gflops=rows["gflops"] - before)[COLUMNS]


Answer = tuple[Numbers, Error, Numbers]
"""Worths, their errors, and what the changes add in GFLOPs, a number a change."""


def _one_by_one(question: dict[str, Any], levels: Levels) -> Answer:
    """Return the worths where each change is put in, or left out, by itself."""
    sign = -1.0 if question["name"] == "leave_one_out" else 1.0
    count = levels.has.sum(1)
    base = int(np.argmax(count == (levels.has.shape[1] if sign < 0 else 0)))
    apart = levels.has != levels.has[base]
    rows = np.array(
        [
            np.flatnonzero(apart[:, at] & (apart.sum(1) == 1))[0]
            for at in range(levels.has.shape[1])
        ]
    )
    prior = fit_prior(levels.variance, levels.n - 1)
    means = error_of_means(levels.variance, levels.n, prior)
    base_rows = np.full(len(rows), base)
    error = error_of_changes(
        Error(means.se[rows], means.df[rows]),
        Error(means.se[base_rows], means.df[base_rows]),
        prior._replace(outlier=prior.outlier[rows]),
    )
    change = sign * (levels.mean[rows] - levels.mean[base])
    return change, error, sign * (levels.gflops[rows] - levels.gflops[base])


def _main_effects(question: dict[str, Any], levels: Levels) -> Answer:
    """Return the mean worth of each change over the combinations of the others."""
    count = levels.has.shape[1]
    model = fit(levels)
    error = Error(2 * model.se[1 : count + 1], model.df[1 : count + 1])
    by_column = np.linalg.lstsq(model_matrix(levels.has)[0], levels.gflops, rcond=None)
    gflops = np.asarray(2 * by_column[0][1 : count + 1], float)
    return 2 * model.params[1 : count + 1], statistics.known_error(*error), gflops


def _shapley(question: dict[str, Any], levels: Levels) -> Answer:
    """Return the Shapley values, from random orders in pairs.

    Their error has two parts: the noise of the combinations, as each counts in the
    mean, and what orders differ in beyond that noise.
    """
    weights = _weights(question, levels.has)
    count, total = len(weights), weights.sum(0)
    missing = np.isnan(levels.mean)
    by_pair = weights @ np.where(missing, 0, levels.mean)
    lost = (weights[..., missing] != 0).any((0, 2))
    worth = np.where(lost, np.nan, by_pair.mean(0))
    variance, df = noise_of_seed(levels)
    each = variance / np.maximum(levels.n, 1)
    parts = total**2 * each / count**2
    noise, noise_df = parts.sum(1), satterthwaite(parts, df)
    # The noise that the pairs' own variance has: combinations that pairs share move
    # them together, and so move their mean more than their differences.
    apart = ((weights**2).sum(0) - total**2 / count) @ each / (count * (count - 1))
    orders = np.maximum(by_pair.var(0, ddof=1) / count - apart, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        own = (noise + orders) ** 2 / (noise**2 / noise_df + orders**2 / (count - 1))
    error = statistics.known_error(np.sqrt(noise + orders), own)
    return worth, error, weights.mean(0) @ levels.gflops


def _weights(question: dict[str, Any], has: np.ndarray) -> Numbers:
    """Return what each combination counts in each change's worth, by pair of orders.

    The shape is (pairs, changes, combinations).
    """
    changes = list(question["changes"])
    place = {row.tobytes(): at for at, row in enumerate(has)}
    found = np.zeros((len(question["orders"]), len(changes), len(has)))
    for weights, order in zip(found, question["orders"], strict=True):
        now = np.zeros(len(changes), bool)
        before = place[now.tobytes()]
        for change in order:
            at = changes.index(change)
            now[at] = True
            after = place[now.tobytes()]
            weights[at, after] += 1
            weights[at, before] -= 1
            before = after
    return (found[0::2] + found[1::2]) / 2


def all_effects(
    studies: Sequence[Study], questions: Sequence[dict[str, Any] | None]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the worths that studies find, and the interactions that they tell apart.

    A study of steps beside studies of combinations adds the worths on its path.
    The column ``order`` says ``decides`` where two intervals of a change exclude 0 with
    different signs. Both tables are empty where no study asks about changes.
    """
    found, runs = [], []
    asked = [q for q in questions if q and q["name"] in QUESTIONS]
    for study, question in zip(studies, questions, strict=True):
        name = str(study.table["study"].iloc[0])
        if question is None and asked:
            found.append(of_path(study.table, asked[0]["changes"]))
        elif question in asked and study.results is not None:
            levels = levels_of(question, study.results)
            if not levels.n.any():
                continue
            found.append(effects(name, question, levels))
            runs.append((name, question, study.results))
    if not found:
        return pd.DataFrame(columns=COLUMNS), pd.DataFrame(columns=PAIRS)
    table = pd.concat(found, ignore_index=True)
    sign = np.where(table["low"] > 0, 1, np.where(table["high"] < 0, -1, 0))
    both = pd.Series(sign).groupby(table["change"]).agg(lambda s: {*s} >= {1, -1})
    decides = table["change"].map(both).to_numpy(bool)
    table["order"] = np.where(decides, "decides", "")
    return table, _interactions(runs)


def _interactions(
    runs: Sequence[tuple[str, dict[str, Any], pd.DataFrame]],
) -> pd.DataFrame:
    """Return what two changes add together, of a factorial or of several studies.

    Empty for one study of another question, which has too few combinations, and for
    studies that do not go together.
    """
    kinds = {question["name"] for _, question, _ in runs}
    if len(runs) == 1 and kinds == {"factorial"}:
        ((name, question, results),) = runs
        return interactions(name, question, levels_of(question, results))
    if len(runs) > 1 and kinds & {"factorial", "orders"}:
        names, questions, several = zip(*runs, strict=True)
        if (both := joined(questions, several)) is not None:
            return together("+".join(names), both[0], levels_of(*both))
    return pd.DataFrame(columns=PAIRS)
