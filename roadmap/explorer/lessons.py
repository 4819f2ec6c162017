"""Lessons as the page has them: text, diagrams, and tables of text."""

from __future__ import annotations

from typing import Any

from roadmap.lessons import Lesson
from roadmap.lessons.cells import Cells, cost_cells, layer_cells
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
    panels = lesson.panels
    return {
        **{word: getattr(lesson, word) for word in WORDS},
        "status": STATUS.get(lesson.status, lesson.status),
        "command": lesson.command,
        "image_size": lesson.image_size,
        "diagrams": [{"step": panel.title, "svg": draw([panel])} for panel in panels],
        "layers": _layers(layer_cells(lesson), panels[-1].stressed),
        "costs": cost_cells(lesson)._asdict(),
        "printed": "" if printed is None else _beside(printed, lesson.after.gflops),
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
