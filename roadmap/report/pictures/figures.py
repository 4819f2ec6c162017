"""What every figure shares: its style, its files, and its data beside it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib import rc_context
from matplotlib.figure import Figure

from roadmap.base.files import write_atomic
from roadmap.report.formats import to_csv

COLUMN, PAGE = 3.25, 6.875
"""Inches: a column of a two-column page (CVPR), and both columns."""
DPI = 300
FORMS = ("png", "svg", "pdf")
# Okabe and Ito's colours, which the colour-blind can tell apart. In grey some of them
# meet, so no figure says by colour alone what it says.
COLOURS = {
    "start": "#D55E00",
    "macro design": "#56B4E9",
    "ResNeXt": "#009E73",
    "inverted bottleneck": "#CC79A7",
    "large kernel": "#E69F00",
    "micro design": "#0072B2",
    "reference": "#555555",
}
INK, PALE, GREY = "#222222", "#666666", "#C4C8CC"
RULE = "#E2E2E2"
Look = dict[str, Any]
"""Keywords of matplotlib's."""
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


def render(figure: Figure, form: str) -> bytes:
    """Return the figure as `png`, `svg` or `pdf`, equal bytes for equal figures."""
    content = io.BytesIO()
    dates = {"png": {}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}
    with rc_context(STYLE):
        figure.savefig(content, format=form, dpi=DPI, metadata=dates[form])
    return content.getvalue()


def write(figure: Figure, data: pd.DataFrame, out: Path, name: str) -> None:
    """Write the figure as PNG, SVG and PDF, and its data as a CSV of the same name."""
    write_atomic(out / f"{name}.csv", to_csv(data).encode())
    for form in FORMS:
        write_atomic(out / f"{name}.{form}", render(figure, form))
