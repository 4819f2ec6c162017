"""What each change is worth, by question, side by side: points, and multiply-adds."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from roadmap.report.formats import by_study, cost_unit
from roadmap.report.looks import INK, METHODS, PALE, RULE
from roadmap.report.pictures.figures import PAGE, STYLE, Look, as_rows

ROW, FOOT, HEAD = 0.36, 0.38, 0.3
"""Inches: a change, the axis, the legend."""


def draw(table: pd.DataFrame) -> Figure:
    """Return the figure of ``effects``: a row a change, a mark a study.

    Left the worth in points with its 95 % interval over seeds, right what the change
    adds in GFLOPs or MFLOPs. A star at its name marks a change whose sign the order
    decides.
    """
    changes = list(dict.fromkeys(table["change"]))
    studies = by_study(table)
    high = FOOT + HEAD + ROW * len(changes)
    with rc_context(STYLE):
        figure = Figure(figsize=(PAGE, high))
        box = FOOT / high, ROW * len(changes) / high
        points = figure.add_axes((0.2, box[0], 0.52, box[1]))
        costs = figure.add_axes((0.76, box[0], 0.22, box[1]))
        unit, factor = cost_unit(table["gflops"].abs())
        for at, (name, part) in enumerate(studies):
            colour, marker = METHODS[part["method"].iloc[0]]
            y = np.array([changes.index(change) for change in part["change"]])
            y = y + 0.7 * ((at + 0.5) / len(studies) - 0.5)
            reach = np.stack(
                [part["worth"] - part["low"], part["high"] - part["worth"]]
            )
            look: Look = {"color": colour, "fmt": marker, "ms": 3.2, "lw": 0.9}
            points.errorbar(part["worth"], y, xerr=reach, label=name, **look)
            costs.plot(factor * part["gflops"], y, marker, color=colour, ms=3.2)
        _frame(points, changes, "worth in points of top-1, 95 % over seeds")
        _frame(costs, changes, unit)
        decided = set(table.loc[table["order"] == "decides", "change"])
        names = [c.replace("_", " ") + (" *" if c in decided else "") for c in changes]
        points.set_yticks(range(len(changes)), names, color=INK)
        figure.legend(
            loc="upper left", ncols=5, frameon=False, fontsize=6, borderaxespad=0.2
        )
        if decided:
            words = "*: the order decides the sign"
            figure.text(0.01, 0.02, words, fontsize=6, color=PALE)
    return figure


def _frame(axes: Axes, changes: list[str], name: str) -> None:
    as_rows(axes, len(changes))
    axes.set_xlabel(name)
    axes.axvline(0, color=PALE, lw=0.6)
    axes.grid(axis="x")
    for y in np.arange(0.5, len(changes) - 1):
        axes.axhline(y, color=RULE, lw=0.4)
