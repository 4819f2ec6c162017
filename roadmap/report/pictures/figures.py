"""What every figure shares: its size, its style, and how it becomes a file."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, NamedTuple

import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from roadmap.report.looks import INK, PALE, RULE

COLUMN, PAGE = 3.25, 6.875
"""Inches: a column of a two-column page (CVPR), and both columns."""
DPI = 300
Look = dict[str, Any]
"""Keyword arguments of matplotlib."""
STYLE: dict[Any, Any] = {
    # Times-like, as the page around it; comes with matplotlib, quick to embed.
    "font.family": "STIXGeneral",
    "font.size": 7,
    "axes.edgecolor": PALE,
    "axes.linewidth": 0.5,
    "axes.labelcolor": INK,
    "axes.labelsize": 7,
    "axes.axisbelow": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "grid.color": RULE,
    "grid.linewidth": 0.4,
    "xtick.color": PALE,
    "ytick.color": PALE,
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "xtick.major.size": 2,
    "ytick.major.size": 2,
    "xtick.major.width": 0.5,
    "ytick.major.width": 0.5,
    "xtick.minor.size": 0,
    "hatch.linewidth": 0.5,
    "svg.hashsalt": "roadmap",
    "pdf.fonttype": 42,  # TrueType: some conferences refuse matplotlib's Type 3
    "text.parse_math": False,
}


class Picture(NamedTuple):
    """A figure that can be drawn: its file's name, its data, and how."""

    name: str
    data: pd.DataFrame
    draw: Callable[[], Figure]


def as_rows(axes: Axes, count: int) -> None:
    """Make axes of so many rows, the first on top, without ticks and without edges."""
    axes.set(ylim=(count - 0.5, -0.5), yticks=[])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def render(figure: Figure, form: str) -> bytes:
    """Return the figure as png, svg or pdf; equal figures give equal bytes."""
    content = io.BytesIO()
    dates = {"png": {}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}
    with rc_context(STYLE):
        figure.savefig(content, format=form, dpi=DPI, metadata=dates[form])
    return content.getvalue()
