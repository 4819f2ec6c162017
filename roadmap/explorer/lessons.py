"""Lessons as the page has them: text, diagrams, and tables of text."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from roadmap.lessons import Combination, Lesson, combination_lesson
from roadmap.lessons.cells import Cells, cost_cells, layer_cells, switch_cells
from roadmap.lessons.diagram import draw
from roadmap.report.formats import in_gflops
from roadmap.report.looks import STATUS

WORDS = ("title", "section", "parent", "what", "reason", "predict", "changes")
ROUNDED = 0.0051
"""GFLOPs within which the paper's two decimals agree with a count."""


def lesson_data(lesson: Lesson, printed: float | None) -> dict[str, Any]:
    """Return a lesson as JSON has it.

    ``printed`` is the paper's GFLOPs of the same network, None where it prints none.
    """
    own = lesson.own_panel
    # Every combination stands between the same two networks: see ``ends``.
    panels = [own] if lesson.combination else lesson.panels
    return {
        **{word: getattr(lesson, word) for word in WORDS},
        "status": STATUS.get(lesson.status, lesson.status),
        "command": lesson.command,
        "image_size": lesson.image_size,
        "diagrams": [{"step": panel.title, "svg": draw([panel])} for panel in panels],
        "layers": _layers(layer_cells(lesson), own.stressed),
        "costs": cost_cells(lesson)._asdict(),
        "combination": _combination(lesson.combination),
        "printed": "" if printed is None else _beside(printed, lesson.after.gflops),
    }


def combination_lessons(steps: Iterable[str], regime: str) -> list[Lesson]:
    """Return the lessons of combinations, but for changes that are not known here."""
    found = []
    for step in dict.fromkeys(steps):
        with suppress(ValueError):
            found.append(combination_lesson(step, regime))
    return found


def ends(lesson: Lesson) -> list[str]:
    """Return the diagrams between which every combination stands: start and end."""
    panels = lesson.panels[0], lesson.panels[-1]
    return [draw([panel._replace(stressed=frozenset())]) for panel in panels]


def _combination(combination: Combination | None) -> dict[str, Any] | None:
    if combination is None:
        return None
    return {
        "changes": [vars(one) for one in combination.changes],
        "left_out": combination.left_out,
        "switches": switch_cells(combination)._asdict(),
    }


def _layers(cells: Cells, stressed: frozenset[int]) -> dict[str, Any]:
    """Return the table of layers, and the rows of those that the step brings."""
    for i in stressed:
        cells.rows[i][1] += " *"
    return {**cells._asdict(), "new": sorted(stressed)}


def _beside(printed: float, counted: float) -> str:
    """Return the paper's GFLOPs beside our count, in words."""
    words = (
        f"The paper prints {in_gflops(printed)} GFLOPs; "
        f"this count is {in_gflops(counted)}."
    )
    if abs(counted - printed) < ROUNDED:
        return words
    return f"{words} The two differ, and the count is not bent to match."
