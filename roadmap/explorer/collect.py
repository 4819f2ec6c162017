"""What the explorer shows, as plain data: studies, curves, and the steps as lessons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from roadmap.base import config
from roadmap.lessons import Lesson, View, course
from roadmap.lessons.diagram import draw
from roadmap.report.numbers.agreement import agreements, to_show
from roadmap.report.numbers.studies import find_study, load_results, load_study
from roadmap.report.numbers.tables import merge_rows
from roadmap.runs.store import read_record

RUN = ["seed", "status", "top1", "top5", "loss", "train_seconds", "device", "error"]
METRICS = ["epoch", "top1", "loss", "train_loss"]
DIGITS = 5
"""Significant digits of a curve's numbers: more than a picture can show."""


def collect(folders: Sequence[Path], root: Path) -> dict[str, Any]:
    """Return what the page shows of the studies in these folders, as JSON has it.

    - ``asked``: their names; the paper is always there to compare with.
    - ``steps``: all steps in the roadmap's order: step, label, section.
    - ``series``: one for each study and regime, with its ``rows`` of ``table.csv`` and
      its ``runs`` and their curves by step (accuracies in percent, deltas in points).
    - ``agreement``: a line each of how far a study agrees with the paper.
    - ``lessons``: by regime and step, of the regimes asked for.

    Raises:
        ValueError: one line, if two studies have one name: the page could not tell
            them apart.
        FileNotFoundError: if a folder is no study.
    """
    paper = find_study("paper", root)
    places = [*folders, *([] if paper in folders else [paper])]
    studies = [load_study(folder) for folder in places]
    tables = [study.table for study in studies]
    series = [
        one
        for folder, table in zip(places, tables, strict=True)
        for one in _series(folder, table)
    ]
    _check([(one["study"], one["regime"]) for one in series])
    asked = pd.concat(tables[: len(folders)])
    steps = merge_rows(tables)
    return {
        "asked": list(asked["study"].unique()),
        "steps": [
            {"step": step, "label": row["label"], "section": row["section"]}
            for step, row in steps.iterrows()
        ],
        "series": series,
        "agreement": [
            str(one) for one in to_show([agreements(*study) for study in studies])
        ],
        "lessons": {
            regime: {one.step: _lesson(one) for one in course(regime)}
            for regime in asked["regime"].unique()
            if regime in config.options("regime")
        },
    }


def _check(names: list[tuple[str, str]]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"study={name[0]}: html=true takes a study only once")


def _series(folder: Path, table: pd.DataFrame) -> Iterable[dict[str, Any]]:
    results = load_results(folder)
    for (study, regime), part in table.groupby(["study", "regime"], sort=False):
        runs: dict[str, Any] = {}
        if results is not None:
            own = results[(results["study"] == study) & (results["regime"] == regime)]
            runs = {
                str(step): _runs(folder.parent, group)
                for step, group in own.groupby("step", sort=False)
            }
        yield {
            "study": study,
            "regime": regime,
            "published": results is None,
            "rows": {row["step"]: row for row in _plain(part)},
            "runs": runs,
        }


def _runs(root: Path, runs: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a step's runs, each with its curve; null where no record is left."""
    shown = runs[[name for name in RUN if name in runs]]
    curves = [_curve(root, run) for run in runs["run"]]
    return [
        {**row, "curve": curve}
        for row, curve in zip(_plain(shown), curves, strict=True)
    ]


def _curve(root: Path, run: str) -> dict[str, list[float | None]] | None:
    points = (read_record(root, run) or {}).get("curve")
    if not points:
        return None
    return {name: [_short(point.get(name)) for point in points] for name in METRICS}


def _short(number: float | None) -> float | None:
    if number is None or number != number or abs(number) == float("inf"):
        return None  # JSON has no such numbers
    return float(f"{number:.{DIGITS}g}")


def _plain(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a table's rows, empty cells as None."""
    objects = table.astype(object)
    filled = objects.where(table.notna(), None)
    names = [str(name) for name in filled]
    return [dict(zip(names, row, strict=True)) for row in filled.to_numpy()]


def _lesson(one: Lesson) -> dict[str, Any]:
    panels = one.panels
    stressed = panels[-1].stressed
    layers = [
        {**asdict(row), "new": i in stressed} for i, row in enumerate(one.after.layers)
    ]
    words = ["title", "section", "status", "parent", "what", "reason", "predict"]
    return {
        **{word: getattr(one, word) for word in words},
        "changes": one.changes,
        "command": one.command,
        "image_size": one.image_size,
        "diagrams": [{"step": panel.title, "svg": draw([panel])} for panel in panels],
        "layers": layers,
        "costs": _costs(one.before, one.after),
    }


def _costs(before: View | None, after: View) -> list[dict[str, Any]]:
    """Return params and GFLOPs of each stage and of all, before and after."""

    def costs(view: View) -> list[tuple[str, int, float]]:
        parts = [(one.name, one.params, one.gflops) for one in view.stages]
        return [*parts, ("all", view.params, view.gflops)]

    old = {name: numbers for name, *numbers in costs(before)} if before else {}
    return [
        {"name": name, "before": old.get(name), "after": numbers}
        for name, *numbers in costs(after)
    ]
