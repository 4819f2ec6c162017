"""What questions about changes answer, as the page has it: marks, cells, strings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from roadmap.explorer.studies import known, with_minus
from roadmap.lessons.effects import MEANS
from roadmap.report.answers import Answer, Question, answers
from roadmap.report.formats import by_study, cost_unit, interval, rows, with_sd
from roadmap.report.numbers.statistics import ALPHA
from roadmap.report.numbers.studies import Study

COMBINATION_NOTE = (
    f"{MEANS} The change is in percentage points against the combination named ± half "
    "of its 95 % interval, over seeds, on that test set."
)
"""What the numbers of a combination mean."""


def worth_data(answer: Answer) -> dict[str, Any]:
    """Return the worths of changes, as studies find them side by side.

    - ``changes``: each with its label, and whether the order decides its sign.
    - ``studies``: each with its name, its method and a mark a change.
    - ``unit``: of the costs in the marks.
    """
    table = answer.table
    unit, factor = cost_unit(table["gflops"].abs())
    decided = set(table.loc[table["order"] == "decides", "change"])
    return {
        "changes": [
            {"change": name, "label": _label(name), "decides": name in decided}
            for name in dict.fromkeys(table["change"])
        ],
        "studies": [_study(name, part, factor) for name, part in by_study(table)],
        "unit": unit,
    }


def answer_data(
    studies: Sequence[Study], questions: Sequence[Question | None]
) -> dict[str, Any]:
    """Return what studies of combinations answer.

    - ``worth``: as ``worth_data`` returns it; None where no study tells it.
    - ``pairs``: for each study that tells them, what two changes add together.
    - ``answers``: the tables, each with its heads, its cells and a note.
    - ``unfinished``: a line on each study that still runs.
    """
    found = answers(studies, questions)
    by_name = {answer.name: answer for answer in found}
    worth, pairs = by_name.get("effects"), by_name.get("interactions")
    return {
        "worth": worth and worth_data(worth),
        "pairs": [
            {"study": study, "cells": [_pair(row) for row in rows(part)]}
            for study, part in pairs.table.groupby("study", sort=False)
        ]
        if pairs
        else [],
        "answers": [_table(answer) for answer in found if answer.columns],
        "unfinished": " ".join(_unfinished(studies, questions)),
    }


def _table(answer: Answer) -> dict[str, Any]:
    lines = zip(*answer.columns.values(), strict=True)
    return {
        "heads": list(answer.columns),
        "cells": [[with_minus(cell) for cell in line] for line in lines],
        "note": answer.note,
    }


def _label(change: str) -> str:
    return change.replace("_", " ")


def _study(name: str, part: pd.DataFrame, factor: float) -> dict[str, Any]:
    marks = [
        {
            "change": row["change"],
            **{key: known(row[key]) for key in ("worth", "low", "high")},
            "cost": known(row["gflops"] * factor),
            "text": with_minus(with_sd(row["worth"], form="+z.2f")),
            "interval": with_minus(interval(row["low"], row["high"], "+.2f")),
        }
        for row in rows(part)
    ]
    return {"name": name, "method": str(part["method"].iloc[0]), "marks": marks}


def _pair(row: Any) -> dict[str, Any]:
    return {
        "change": row["change"],
        "other": row["other"],
        "worth": row["worth"],
        "told": bool(row["p_holm"] < ALPHA),
        "text": with_minus(f"{row['worth']:+z.1f}"),
        "interval": with_minus(interval(row["low"], row["high"], "+.2f")),
    }


def _unfinished(
    studies: Sequence[Study], questions: Sequence[Question | None]
) -> list[str]:
    """Return a line on each study of combinations whose runs are not all finished."""
    lines = []
    for (table, results), question in zip(studies, questions, strict=True):
        if question is not None and results is not None:
            done = int((results["status"] == "finished").sum())
            name = table["study"].iloc[0]
            if done < len(results):
                lines.append(f"{name}: {done} of {len(results)} runs have finished.")
    return lines
