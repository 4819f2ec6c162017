"""What the explorer shows, as plain data: studies, curves, and the steps as lessons."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from roadmap.base import config
from roadmap.explorer.lessons import lesson_data
from roadmap.explorer.studies import MEASURED, series_of
from roadmap.lessons import course
from roadmap.lessons.effects import NOTE as EFFECT_NOTE
from roadmap.report.formats import arrows
from roadmap.report.looks import ABSENT
from roadmap.report.notes import NOTE
from roadmap.report.numbers.agreement import agreements, to_show
from roadmap.report.numbers.configs import settings_of
from roadmap.report.numbers.studies import find_study, load_study, paper_table
from roadmap.report.numbers.tables import merge_rows


def collect(folders: Sequence[Path], root: Path) -> dict[str, Any]:
    """Return what the page shows of the studies in these folders, as JSON has it.

    - ``asked``: their names; the paper is always there to compare with.
    - ``steps``: all steps in the roadmap's order: step, label, section.
    - ``series``: one for each study and regime, as ``series_of`` yields them, with
      the name of its data set, None where it is not known.
    - ``agreement``: one line for each study on how far it agrees with the paper.
    - ``lessons``: by regime and step, of the regimes asked for.
    - ``words``: the strings that belong to no step.

    Raises:
        ValueError: one line, if two studies have one name: the page could not tell
            them apart.
        FileNotFoundError: if a folder is no study.

    """
    paper = find_study("paper", root)
    places = [*folders, *([] if paper in folders else [paper])]
    studies = [load_study(folder) for folder in places]
    pairs = zip(places, studies, strict=True)
    series = [
        {**one, "data": (settings_of(folder) or {}).get("data.name")}
        for folder, study in pairs
        for one in series_of(folder, *study)
    ]
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
        "agreement": [str(one) for one in found],
        "lessons": {
            regime: _lessons(regime)
            for regime in asked["regime"].unique()
            if regime in config.options("regime")
        },
        "words": {
            "absent": ABSENT,
            "note": NOTE,
            "measured": MEASURED,
            "measured_note": EFFECT_NOTE,
        },
    }


def _check(names: list[tuple[str, str]]) -> None:
    for study, regime in names:
        if names.count((study, regime)) > 1:
            raise ValueError(f"study={study}: named twice; valid: each study once")


def _lessons(regime: str) -> dict[str, Any]:
    """Return the lessons of a regime by step, with the paper's GFLOPs beside ours."""
    paper = paper_table()
    own = paper[paper["regime"] == regime].set_index("step")["gflops"]
    printed = own.dropna().to_dict()
    return {one.step: lesson_data(one, printed.get(one.step)) for one in course(regime)}
