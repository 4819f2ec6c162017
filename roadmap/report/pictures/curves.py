"""Training curves: each step's accuracy and loss by epoch, over the seeds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from roadmap.report.formats import arrows
from roadmap.report.looks import COLOURS, GREY, INK, PALE
from roadmap.report.pictures.figures import PAGE, STYLE, Look

ACROSS = 3


def draw(curves: pd.DataFrame) -> Figure:
    """Return top-1 by epoch, a small panel a section, the other steps' in grey.

    Bands are ±1 sd. A curve of one epoch is a point with its ±1 sd. Raises ValueError
    if there are no curves.
    """
    if curves.empty:
        raise ValueError("nothing to draw: no run has a curve")
    sections = list(dict.fromkeys(curves["section"]))
    down = -(-len(sections) // ACROSS)
    with rc_context(STYLE):
        high = 1.4 * down + 0.35
        figure = Figure(figsize=(PAGE, high))
        grid = figure.subplots(down, ACROSS, sharex=True, sharey=True, squeeze=False)
        edges: Look = {"left": 0.06, "right": 0.99, "top": 1 - 0.16 / high}
        figure.subplots_adjust(**edges, bottom=0.3 / high, hspace=0.28, wspace=0.08)
        for axes in grid.flat[len(sections) :]:
            axes.set_visible(False)
        for axes, section in zip(grid.flat, sections, strict=False):
            _draw_section(axes, curves, section)
        for axes in grid[:, 0]:
            axes.set_ylabel("top-1 (%)", labelpad=2)
        for at in range(max(0, len(sections) - ACROSS), len(sections)):
            grid.flat[at].set_xlabel("epoch", labelpad=2)
            grid.flat[at].tick_params(labelbottom=True)
    return figure


STROKES: Sequence[Any] = ("-", (0, (4, 1)), (0, (1, 1)), (0, (6, 1, 1, 1)), "-.")
"""Line styles that differ without colour, in the order of a section's steps."""
MARKERS = "osD^v"
"""Their markers, where a curve is a point."""


def _draw_section(axes: Axes, curves: pd.DataFrame, section: str) -> None:
    keys = ["study", "regime", "step"]
    for _, other in curves[curves["section"] != section].groupby(keys, sort=False):
        grey: Look = {"color": GREY, "lw": 0.4, "zorder": 1}
        axes.plot(other["epoch"], other["top1_mean"], **grey, **_points(other, 2))
    colour = COLOURS.get(section, INK)
    mine = curves[curves["section"] == section].groupby(keys, sort=False)
    for at, (_, part) in enumerate(mine):
        label = arrows(part["label"].iloc[0])
        stroke = STROKES[at % len(STROKES)]
        mean, sd = part["top1_mean"], part["top1_std"].fillna(0)
        epoch = part["epoch"] + (0.07 * at if len(part) == 1 else 0)
        look: Look = {"color": colour, "lw": 1, "ls": stroke, "label": label}
        axes.plot(epoch, mean, **look, **_points(part, 3, MARKERS[at % 5]))
        if len(part) == 1:
            axes.errorbar(epoch, mean, sd, color=colour, lw=0.6, capsize=2)
        band = mean - sd, mean + sd
        axes.fill_between(epoch, *band, color=colour, alpha=0.13, lw=0)
    axes.set_title(section, loc="left", weight="bold", fontsize=7, color=INK, pad=3)
    axes.grid(True)
    epochs = curves["epoch"].unique()
    if len(epochs) == 1:
        axes.set(xticks=epochs, xlim=(epochs[0] - 0.3, epochs[0] + 1))
    else:
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    room: Look = {"frameon": False, "handlelength": 2.2, "labelspacing": 0.2}
    axes.legend(
        fontsize=6,
        loc="lower right",
        labelcolor=PALE,
        **room,
    )


def _points(curve: pd.DataFrame, size: float, marker: str = "o") -> Look:
    """Return the look of a curve that has no line, as it has one epoch."""
    return {"marker": marker, "markersize": size} if len(curve) == 1 else {}
