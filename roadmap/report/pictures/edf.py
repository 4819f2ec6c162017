"""How the errors of sampled designs are distributed, by choice: EDFs as for RegNet."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from roadmap.report.formats import p_value
from roadmap.report.looks import INK
from roadmap.report.numbers.statistics import ALPHA
from roadmap.report.pictures.figures import PAGE, STYLE

TICKS = [0.1, 0.2, 0.5, 1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100]
ACROSS, HIGH = 4, 1.35
"""Panels in a row; inches of a panel."""
HAS, LACKS = "#0072B2", "#D55E00"
"""The colours of designs with a value, and of the others."""


def draw(curves: pd.DataFrame, table: pd.DataFrame) -> Figure:
    """Return the figure of ``edf``: a panel a choice, a curve a group of designs.

    A curve that is further left has better designs. Over it the choice, bold where the
    two groups are told apart (Kolmogorov-Smirnov, Holm over all choices).
    """
    down = -(-len(table) // ACROSS)
    with rc_context(STYLE):
        figure = Figure(figsize=(PAGE, HIGH * down), layout="constrained")
        panels = figure.subplots(down, ACROSS, sharex=True, sharey=True, squeeze=False)
        for axes in panels.flat[len(table) :]:
            axes.set_visible(False)
        for axes, row in zip(panels.flat, table.to_dict("records"), strict=False):
            _panel(axes, row, curves[curves["choice"] == row["choice"]])
        for axes in panels.flat[max(0, len(table) - ACROSS) : len(table)]:
            axes.tick_params(labelbottom=True)  # nothing stands below
        if not curves.empty:
            ends = curves["error"].min(), curves["error"].max()
            shown = [tick for tick in TICKS if ends[0] <= tick <= ends[1]]
            axes = panels[0, 0]
            axes.set_xscale("log")
            axes.xaxis.set_major_locator(FixedLocator(shown))
            axes.xaxis.set_major_formatter("{x:g}")
            axes.xaxis.set_minor_locator(NullLocator())
        figure.supxlabel("error (%)", fontsize=7, color=INK)
        figure.supylabel("share of designs", fontsize=7, color=INK)
    return figure


def _panel(axes: Axes, row: dict[Any, Any], curves: pd.DataFrame) -> None:
    """Draw the curves of one choice's two groups."""
    for group, colour in ((row["value"], HAS), (row["other"], LACKS)):
        error = curves.loc[curves["group"] == group, "error"].to_numpy()
        if len(error):
            axes.ecdf(error, color=colour, lw=1, label=f"{group} ({len(error)})")
    title = f"{row['choice'].replace('_', ' ')}, p {p_value(row['p_holm'])}"
    weight = "bold" if row["p_holm"] < ALPHA else "normal"
    axes.set_title(title, fontsize=6.5, color=INK, fontweight=weight)
    if axes.has_data():
        axes.legend(fontsize=5.5, frameon=False, loc="lower right")
    axes.grid(lw=0.4)
