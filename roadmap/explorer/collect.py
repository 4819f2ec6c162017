"""What the explorer shows, as plain data: studies, curves, steps and combinations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from roadmap.base import config
from roadmap.explorer.lessons import combination_lessons, ends, lesson_data
from roadmap.explorer.studies import MEASURED, PRICE, series_of
from roadmap.explorer.worth import COMBINATION_NOTE, answer_data
from roadmap.lessons import course
from roadmap.lessons.effects import NOTE as EFFECT_NOTE
from roadmap.report.formats import arrows
from roadmap.report.looks import ABSENT
from roadmap.report.notes import NOTE
from roadmap.report.numbers.agreement import agreements, to_show
from roadmap.report.numbers.configs import settings_of
from roadmap.report.numbers.studies import (
    Study,
    find_study,
    load_question,
    load_study,
    paper_table,
)
from roadmap.report.numbers.tables import merge_rows


def collect(folders: Sequence[Path], root: Path) -> dict[str, Any]:
    """Return what the page shows of the studies in these folders, as JSON has it.

    - ``asked``: their names; the paper is always there to compare with.
    - ``steps``: all steps in the roadmap's order: step, label, section.
    - ``series``: one for each study and regime, as ``series_of`` yields them, with
      the name of its data set, None where it is not known, and of the question that it
      asks, None where it asks for steps.
    - ``worth`` and more: what questions answer, as ``answer_data`` returns it.
    - ``agreement``: one line for each study on how far it agrees with the paper.
    - ``lessons``: by regime and step, of the regimes asked for.
    - ``combinations``: in the same way, of the studies that ask a question; and
      ``ends``, the diagrams of the start and of the end, by regime.
    - ``words``: the strings that belong to no step.

    Raises:
        ValueError: one line, if two studies have one name: the page could not tell
            them apart.
        FileNotFoundError: if a folder is no study.

    """
    paper = find_study("paper", root)
    places = [*folders, *([] if paper in folders else [paper])]
    questions = [load_question(folder) for folder in places]
    asked_of = zip(places, questions, strict=True)
    studies = [load_study(folder, _base(question)) for folder, question in asked_of]
    series = list(_series(places, studies, questions))
    _check([(one["study"], one["regime"]) for one in series])
    tables = [study.table for study in studies]
    asked = pd.concat(tables[: len(folders)])
    found = to_show([agreements(*study) for study in studies])
    return {
        "asked": list(asked["study"].unique()),
        "steps": [
            {"step": step, "label": arrows(row["label"]), "section": row["section"]}
            for step, row in merge_rows(tables).iterrows()
        ],
        "series": series,
        **answer_data(studies[: len(folders)], questions[: len(folders)]),
        "agreement": [str(one) for one in found],
        **_lessons([one for one in series if one["study"] in set(asked["study"])]),
        "words": {
            "absent": ABSENT,
            "note": NOTE,
            "measured": MEASURED,
            "measured_note": EFFECT_NOTE,
            "combination_note": COMBINATION_NOTE,
            "price": PRICE,
        },
    }


def _check(names: list[tuple[str, str]]) -> None:
    for study, regime in names:
        if names.count((study, regime)) > 1:
            raise ValueError(f"study={study}: named twice; valid: each study once")


def _base(question: dict[str, Any] | None) -> str | None:
    """Return the combination that changes are measured from: the question's first."""
    return next(iter(question["combinations"])) if question else None


def _series(
    places: Sequence[Path],
    studies: Sequence[Study],
    questions: Sequence[dict[str, Any] | None],
) -> Iterator[dict[str, Any]]:
    for folder, study, question in zip(places, studies, questions, strict=True):
        data = (settings_of(folder) or {}).get("data.name")
        about = {"data": data, "question": question["name"] if question else None}
        for one in series_of(folder, *study):
            yield {**one, **about}


def _lessons(series: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what is explained of these studies: their steps, their combinations."""
    known = [one for one in series if one["regime"] in config.options("regime")]
    asking = [one for one in known if one["question"]]
    found = {
        regime: combination_lessons(
            [step for one in asking if one["regime"] == regime for step in one["rows"]],
            regime,
        )
        for regime in dict.fromkeys(one["regime"] for one in asking)
    }
    regimes = dict.fromkeys(one["regime"] for one in known if one not in asking)
    return {
        "lessons": {regime: _course(regime) for regime in regimes},
        "combinations": {
            regime: {one.step: lesson_data(one, None) for one in lessons}
            for regime, lessons in found.items()
        },
        "ends": {r: ends(lessons[0]) for r, lessons in found.items() if lessons},
    }


def _course(regime: str) -> dict[str, Any]:
    """Return the lessons of a regime by step, with the paper's GFLOPs beside ours."""
    paper = paper_table()
    own = paper[paper["regime"] == regime].set_index("step")["gflops"]
    printed = own.dropna().to_dict()
    return {one.step: lesson_data(one, printed.get(one.step)) for one in course(regime)}
