"""Which two changes help or hurt each other: a heat map of interactions."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.figure import Figure

from roadmap.report.looks import INK
from roadmap.report.numbers.statistics import ALPHA
from roadmap.report.pictures.figures import STYLE, Look

NAMES, CELL, EDGE = 1.1, 0.36, 0.05
"""Inches: the names of the changes, a pair, the rest."""


def draw(pairs: pd.DataFrame, table: pd.DataFrame) -> Figure:
    """Return the figure of ``interactions``: what two changes add together, in points.

    Blue helps, red hurts; bold is told from noise (t test, Holm over all pairs). A pair
    that the plan cannot tell apart from others is left empty.
    """
    changes = list(dict.fromkeys(table["change"]))
    names = [change.replace("_", " ") for change in changes]
    count = len(changes) - 1  # a change has no pair with itself
    values = np.full((count, count), np.nan)
    with rc_context(STYLE):
        side = NAMES + CELL * count + EDGE
        figure = Figure(figsize=(side, side))
        cells = CELL * count / side
        axes = figure.add_axes((NAMES / side, EDGE / side, cells, cells))
        for row in pairs.to_dict("records"):
            x, y = sorted(changes.index(row[key]) for key in ("change", "other"))
            values[y - 1, x] = row["worth"]
            look: Look = {"weight": "bold" if row["p_holm"] < ALPHA else "normal"}
            look |= {"ha": "center", "va": "center", "color": INK, "fontsize": 5.5}
            axes.text(x, y - 1, f"{row['worth']:+.1f}", **look)
        most = np.nanmax(np.abs(values))
        axes.imshow(values, cmap="RdBu", vmin=-most, vmax=most, alpha=0.6)
        axes.set_xticks(range(count), names[:-1], rotation=90)
        axes.xaxis.tick_top()
        axes.set_yticks(range(count), names[1:])
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
    return figure
