"""What was predicted of the best combinations, and what was measured."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from roadmap.report.looks import INK, RULE
from roadmap.report.pictures.figures import PAGE, STYLE, Look, as_rows

ROW, FOOT, HEAD = 0.24, 0.38, 1.0
"""Inches: a combination, the axis, the names of the changes."""
PREDICTED, MEASURED = "#999999", "#0072B2"


def draw(table: pd.DataFrame) -> Figure:
    """Return the figure of ``kept``: a row a combination, predicted and measured.

    Left a dot for each change that the combination has, right its accuracy. The last
    row is the end of the roadmap, with all changes.
    """
    high = FOOT + HEAD + ROW * len(table)
    with rc_context(STYLE):
        figure = Figure(figsize=(PAGE, high))
        box = FOOT / high, ROW * len(table) / high
        has = figure.add_axes((0.02, box[0], 0.4, box[1]))
        points = figure.add_axes((0.46, box[0], 0.52, box[1]))
        _dots(has, [changes.split("+") for changes in table["changes"]])
        _points(points, table)
        for axes in (has, points):
            as_rows(axes, len(table))
        figure.legend(
            loc="upper right", ncols=2, frameon=False, fontsize=6, borderaxespad=0.2
        )
    return figure


def _dots(axes: Axes, combinations: list[list[str]]) -> None:
    changes = combinations[-1]
    x, y = np.meshgrid(range(len(changes)), range(len(combinations)))
    colours = [INK if c in one else RULE for one in combinations for c in changes]
    axes.scatter(x.ravel(), y.ravel(), s=14, c=colours)
    names = [change.replace("_", " ") for change in changes]
    turned: Look = {"rotation": 60, "ha": "left", "rotation_mode": "anchor"}
    axes.set_xticks(range(len(changes)), names, **turned)
    axes.xaxis.tick_top()
    axes.set_xlim(-0.5, len(changes) - 0.5)


def _points(axes: Axes, table: pd.DataFrame) -> None:
    y = np.arange(len(table))
    for shift, mean, low, high, colour, name in (
        (-0.15, "predicted", "low", "high", PREDICTED, "predicted, 95 % of one run"),
        (0.15, "top1", "top1_low", "top1_high", MEASURED, "measured, 95 % of the mean"),
    ):
        reach = np.stack([table[mean] - table[low], table[high] - table[mean]])
        look: Look = {"fmt": "o", "ms": 3, "lw": 0.9, "color": colour}
        axes.errorbar(table[mean], y + shift, xerr=reach, label=name, **look)
    axes.set_xlabel("top-1 (%)")
    axes.grid(axis="x")
