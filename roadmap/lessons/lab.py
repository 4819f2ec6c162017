"""Tools of a lecture: short trainings, a comparison of seeds, checked answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from roadmap.runs.execute import execute
from roadmap.runs.place import Place
from roadmap.studies.plan import plan_sweep
from roadmap.studies.questions import Question, asked
from roadmap.studies.results import write_results, write_study

SHORT = (
    "data.train_size=2000",
    "data.test_size=500",
    "data.clutter=0",
    "data.rotation=5",
    "recipe.epochs=1",
)
"""Overrides that shorten a proxy run to seconds: easier digits, one epoch."""


def measure(
    steps: Sequence[str] | Question,
    seeds: int | Sequence[int] = 1,
    words: Sequence[str] = (),
    root: Path = Path("outputs"),
    study: str = "course",
) -> pd.DataFrame:
    """Train the runs that have no record yet, one by one; return all runs.

    The frame has one row for each run, with the columns of ``results.csv``;
    ``roadmap.report.tabulate`` takes it.

    Args:
        steps: their names, or a question, which names combinations.
        seeds: a count or a list, as a sweep takes them.
        words: further overrides, as ``network.kernel_size=9``.
        root: the folder of records and results, as ``root=`` of a command.
        study: the name of the folder of results, under ``root``.

    Raises:
        ValueError: one line that names the wrong word and the valid ones.

    """
    about = None
    if isinstance(steps, Question):
        about = asked(steps)
        steps = list(about["combinations"])
    said = [f"+step=[{','.join(steps)}]", *SHORT, *words]
    planned = plan_sweep(said, seeds)
    for one in planned:
        execute(one.run, Place(root=str(root)))
    write_study(root / study, planned, said, about)
    return write_results(root / study, root)


def compare_seeds(results: pd.DataFrame, step: str, base: str) -> dict[str, float]:
    """Return the difference of a step from another over the seeds that both have.

    ``n`` is the number of common seeds that finished, ``delta`` the mean difference in
    percentage points, ``sd`` its sample deviation over seeds, ``p`` of a paired t-test
    (two-sided; NaN below two seeds).
    """
    from scipy.stats import ttest_rel

    runs = results[results["status"] == "finished"]
    top1 = runs.pivot_table(index="seed", columns="step", values="top1")
    pairs = top1[[step, base]].dropna()
    differences = pairs[step] - pairs[base]
    p = ttest_rel(pairs[step], pairs[base]).pvalue if len(pairs) > 1 else None
    return {
        "n": len(pairs),
        "delta": float(differences.mean()),
        "sd": float(differences.std(ddof=1)),
        "p": float("nan") if p is None else float(p),
    }


def check(answer: Any, truth: Any, hint: str, tolerance: float = 0.0) -> str:
    """Return whether an answer is right, as text, with a hint if it is not.

    Numbers are right within ``tolerance``, other answers if they are equal; None means
    no answer yet.
    """
    if answer is None:
        return "no answer yet: write yours in place of None and run the cell again"
    number = not isinstance(truth, bool | str) and isinstance(answer, int | float)
    right = abs(answer - truth) <= tolerance if number else answer == truth
    if not right:
        return f"not yet: {hint}"
    return f"right: {truth:.3g}" if isinstance(truth, float) else f"right: {truth}"
