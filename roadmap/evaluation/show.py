"""The command from beginning to end: measure, print, write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import pandas as pd
from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from roadmap.base.files import write_atomic
from roadmap.evaluation import tables
from roadmap.evaluation.measure import MISSING, Score, measure
from roadmap.evaluation.models import Subject, open_subject
from roadmap.evaluation.sets import CLASSES, SETS, SEVERITIES, Part, indices
from roadmap.evaluation.settings import Evaluation


def evaluate(asked: Evaluation, parts: Sequence[Part]) -> int:
    """Measure all parts, write and print the tables; return 1 if one is not whole.

    Raises:
        ValueError: one line, where the network cannot be had, or the class folders are
            not its classes.
    """
    console = Console()
    subject = open_subject(asked)
    for part in parts:
        indices(part, subject.num_classes)  # refused before anything is measured
    absent = [Score(part, problem=MISSING) for part in parts if not part.classes]
    for line in _problems(absent):  # before the hours that the others may take
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    scores = [measure(subject, part, asked, console) for part in parts]
    shown, lines = _shown(asked, subject, scores), _lines(asked, subject, scores)
    folder = asked.folder(subject.image_size)
    csv = tables.to_frame(scores).to_csv(index=False, lineterminator="\n")
    write_atomic(folder / "evaluation.csv", csv.encode())
    write_atomic(folder / "evaluation.md", _markdown(shown, lines).encode())
    for title, frame in shown.items():
        console.print(_grid(title, frame))
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    console.print(f"tables: {folder}", markup=False, highlight=False, soft_wrap=True)
    return 1 if any(score.problem for score in scores) else 0


def _shown(
    asked: Evaluation, subject: Subject, scores: Sequence[Score]
) -> dict[str, pd.DataFrame]:
    """Return the tables to show by title; Table 8 is for networks of ImageNet-1K."""
    keys = dict.fromkeys(score.part.key for score in scores)
    found = {
        SETS[k].title: tables.severities(scores, k) for k in keys if SETS[k].baseline
    }
    if any(not score.part.corruption for score in scores):
        found = {"Accuracy": tables.sets(scores), **found}
    if subject.num_classes == CLASSES:
        size = subject.image_size
        found["Table 8"] = tables.table_8(Path(asked.model).name, size, scores)
    return found


def _lines(asked: Evaluation, subject: Subject, scores: Sequence[Score]) -> list[str]:
    """Return what was evaluated and how, and a line for each problem."""
    lines = [
        f"{asked.model}, weights: {subject.weights}; {subject.image_size} pixels, crop "
        f"{subject.crop_pct:g}, {asked.precision}, {asked.device}",
        *_problems(scores),
    ]
    if len(lines) > 1:
        lines.append(f"{tables.PARTIAL}: not of a whole set, so not beside Table 8")
    return lines


def _problems(scores: Sequence[Score]) -> list[str]:
    """Return a line for each problem of a set: ``ImageNet-C snow/5, fog: missing``."""
    found: dict[tuple[str, str], list[Part]] = {}
    for part, *_, problem in scores:
        if problem:
            found.setdefault((SETS[part.key].title, problem), []).append(part)
    return [
        f"{key}{_places(parts)}: {problem}" for (key, problem), parts in found.items()
    ]


def _places(parts: Sequence[Part]) -> str:
    """Return the corruptions, with their severities unless it is all of them."""
    places = []
    for name, some in groupby(parts, key=lambda part: part.corruption):
        numbers = [str(part.severity) for part in some]
        whole = len(numbers) == len(SEVERITIES) or not name
        places.append(name if whole else f"{name}/{','.join(numbers)}")
    return f" {', '.join(places)}".rstrip()


def _grid(title: str, frame: pd.DataFrame) -> Table:
    grid = Table(title=title, title_justify="left", box=SIMPLE, padding=(0, 1, 0, 0))
    for number, name in enumerate(frame):
        justify: Any = "right" if number else "left"
        grid.add_column(str(name), justify=justify, overflow="fold")
    for row in frame.itertuples(index=False):
        grid.add_row(*map(escape, row))
    return grid


def _markdown(shown: Mapping[str, pd.DataFrame], lines: Sequence[str]) -> str:
    parts = [
        f"## {title}\n\n{frame.to_markdown(index=False, disable_numparse=True)}"
        for title, frame in shown.items()
    ]
    return "\n\n".join(["# Evaluation", *parts, *lines]) + "\n"
