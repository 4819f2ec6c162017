"""The question ``keep``: which changes one needs, within a budget.

Studies that are measured predict every combination of their changes. The best of them
within the budget are trained on fresh seeds: what was predicted stands beside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from annotated_types import MinLen

from roadmap.base.settings import AtLeast1, Positive, refuse, settings
from roadmap.network.changes import name_of
from roadmap.studies.space import Count

if TYPE_CHECKING:
    import pandas as pd

PREDICT = ("factorial", "orders", "leave_one_out", "add_one_in")
"""Questions whose studies predict combinations."""
LEAST = 1e-3
"""The least share of images that is taken to be right, and to be wrong."""
BATCH = 32
"""Combinations whose GFLOPs are counted at once."""


@settings("budget")
class Budget:
    """What a combination may cost at most; None is no limit."""

    gflops: Positive | None = None
    seconds: Positive | None = None


@settings("")
class Keep:
    """A question about the best combinations, as ``conf/question/keep.yaml`` has it."""

    question: Literal["keep"] = "keep"
    of: str | Annotated[tuple[str, ...], MinLen(1)]
    """The studies that predict, under the same root: each a question about changes."""
    budget: Annotated[dict[str, Any], "budget.gflops=N, budget.seconds=N"]
    best: AtLeast1 = 5
    """Combinations that are trained, beside the end."""


def asked(
    question: Keep, root: Path, seeds: Sequence[int], count: Count
) -> dict[str, Any]:
    """Return what study.json keeps: the combinations, and what is predicted of each.

    Raises:
        ValueError: one line that names the wrong word and the valid ones.
    """
    budget = Budget(**question.budget)
    about, results = _measured(question, root)
    if {*results["seed"]} & {*seeds}:
        raise refuse("seeds", list(seeds), "seeds that no run of of= used")
    table = _predicted(about, results)
    if table["predicted"].isna().any():
        raise refuse("of", question.of, "studies with more runs finished")
    end = table["step"].iloc[-1]
    if budget == Budget():
        budget = Budget(gflops=count([end])[0])
    others = table.iloc[:-1].sort_values("predicted", ascending=False, kind="stable")
    if budget.seconds is not None:
        least = table["seconds"].min()
        others = others[others["seconds"] <= budget.seconds]
        if others.empty:
            valid = f"at least {least:.3g}, the quickest combination's"
            raise refuse("budget.seconds", budget.seconds, valid)
    best = _within(others["step"].tolist(), budget.gflops, question.best, count)
    chosen = table.set_index("step", drop=False).loc[[*best, end]]
    return {
        "name": "keep",
        "changes": about["changes"],
        "combinations": chosen["has"].to_dict(),
        "of": question.of,
        "budget": asdict(budget),
        "predicted": chosen.drop(columns="has").to_dict("records"),
    }


def _predicted(about: dict[str, Any], results: pd.DataFrame) -> pd.DataFrame:
    """Return what is predicted of every combination, the end last.

    Accuracies are modelled by their log odds: they stay below 100 %, and near it a
    point is worth more.
    """
    import pandas as pd
    from scipy.special import expit, logit

    from roadmap.report.numbers.levels import levels_of
    from roadmap.report.numbers.predicted import predicted

    changes = np.array(about["changes"])
    has = np.array(list(product([False, True], repeat=len(changes))))
    chosen = [changes[row].tolist() for row in has]
    share = (results["top1"] / 100).clip(LEAST, 1 - LEAST)
    logs = results.assign(odds=logit(share), seconds=np.log(results["train_seconds"]))
    odds = predicted(levels_of(about, logs, "odds"), has)
    seconds = predicted(levels_of(about, logs, "seconds"), has)
    return pd.DataFrame(
        {
            "step": list(map(name_of, chosen)),
            "has": chosen,
            "predicted": 100 * expit(odds.mean),
            "low": 100 * expit(odds.mean - odds.half),
            "high": 100 * expit(odds.mean + odds.half),
            "seconds": np.exp(seconds.mean),
        }
    )


def _measured(question: Keep, root: Path) -> tuple[dict[str, Any], pd.DataFrame]:
    """Return the combinations of the studies that predict, as one, and their runs.

    Raises:
        ValueError: one line, where a study asks nothing about changes, or where they do
            not go together.
    """
    from roadmap.report.numbers.levels import SAME, joined
    from roadmap.report.numbers.studies import load_question, load_results

    names = [question.of] if isinstance(question.of, str) else question.of
    asked: list[dict[str, Any]] = []
    runs: list[pd.DataFrame] = []
    for name in names:
        about, results = load_question(root / name), load_results(root / name)
        if about is None or about["name"] not in PREDICT or results is None:
            valid = f"a study in {root} of +question={', '.join(PREDICT)}"
            raise refuse("of", name, valid)
        asked.append(about)
        runs.append(results)
    both = joined(asked, runs)
    if both is None:
        valid = f"studies of the same changes, {', '.join(SAME)}"
        raise refuse("of", names, valid)
    return both


def _within(
    names: Sequence[str], most: float | None, best: int, count: Count
) -> list[str]:
    """Return the first names whose GFLOPs are within a limit.

    Raises:
        ValueError: one line, where none is.
    """
    if most is None:
        return list(names[:best])
    found: list[str] = []
    least = float("inf")
    for at in range(0, len(names), BATCH):
        some = names[at : at + BATCH]
        gflops = count(some)
        found += [n for n, cost in zip(some, gflops, strict=True) if cost <= most]
        least = min(least, *gflops)
        if len(found) >= best:
            return found[:best]
    if not found:
        valid = f"at least {least:.3g}, the cheapest combination's"
        raise refuse("budget.gflops", most, valid)
    return found
