"""The tables of a lesson as text: its layers, and its costs before and after."""

from __future__ import annotations

from typing import NamedTuple

from roadmap.lessons.lesson import Combination, Lesson
from roadmap.lessons.view import View


class Cells(NamedTuple):
    """A table as text: the first ``words`` columns are names, the others numbers."""

    heads: list[str]
    rows: list[list[str]]
    words: int


def layer_cells(lesson: Lesson) -> Cells:
    """Return the layers of a lesson's network, a row each."""
    rows = [
        [
            row.where,
            row.name + (" (shortcut)" if row.part == "shortcut" else ""),
            "×".join(map(str, row.shape_in)),
            "×".join(map(str, row.shape_out)),
            f"{row.params:,}",
            _mflops(row.gflops),
        ]
        for row in lesson.after.layers
    ]
    return Cells(["where", "layer", "in", "out", "params", "MFLOPs"], rows, 2)


def cost_cells(lesson: Lesson) -> Cells:
    """Return params and MFLOPs of each part and of all, the networks side by side."""
    times = [f"\n{name}" if name else "" for name in lesson.views]
    costs = [_costs(view) for view in lesson.views.values()]
    parts = dict.fromkeys(name for cost in reversed(costs) for name in cost)
    names = [*(name for name in parts if name != "all"), "all"]
    rows = [
        [name, *(cost.get(name, ("", ""))[kind] for kind in (0, 1) for cost in costs)]
        for name in names
    ]
    heads = [what + time for what in ("params", "MFLOPs") for time in times]
    return Cells(["part", *heads], rows, 1)


def switch_cells(combination: Combination) -> Cells:
    """Return the switches in which a combination, its start and its end differ."""
    rows = [list(row) for row in combination.switches]
    return Cells(["switch", "start", "combination", "end"], rows, 4)


def _costs(view: View) -> dict[str, tuple[str, str]]:
    costs = {stage.name: (stage.params, stage.gflops) for stage in view.stages}
    costs["all"] = view.params, view.gflops
    return {name: (f"{p:,}", _mflops(flops)) for name, (p, flops) in costs.items()}


def _mflops(gflops: float) -> str:
    millions = gflops * 1e3
    return f"{millions:,.0f}" if millions >= 100 else f"{millions:.3g}"
