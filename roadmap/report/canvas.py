"""Figure 2's paper, before the bars: rows, axes, names at the left, words around."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from roadmap.report.figures import COLOURS, COLUMN, INK, PALE
from roadmap.report.formats import NOISE

# Inches. A figure of one study fills a column; each further one adds a panel.
STARS, COUNTS, BETWEEN, EDGE = 0.36, 0.32, 0.12, 0.03
HEAD, AXIS, LINE = 0.46, 0.36, 0.085
NAMES = 25  # characters; a longer name takes two lines
CHARACTER = 0.0467  # of a name; numbers are a little smaller and wider
GAP = 0.72  # rows left free for the name of a section
NAME, SMALL = 5.8, 5.0  # points


def merge_rows(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the union of the tables' steps, in order: label, section, y; by step.

    A step that only a later table has stands where that table has it.
    """
    steps: list[str] = []
    for table in tables:
        place = 0
        for step in table["step"].unique():
            if step not in steps:
                steps.insert(place, step)
            place = steps.index(step) + 1
    first = pd.concat(list(tables)).drop_duplicates("step").set_index("step")
    rows = first.loc[steps, ["label", "section"]]
    section = rows["section"].ne(rows["section"].shift()).cumsum() - 1
    return rows.assign(block=section, y=[i + GAP * n for i, n in enumerate(section)])


def lanes(table: pd.DataFrame) -> list[tuple[pd.DataFrame, float, float]]:
    """Return a regime's rows, its bars' offset from y and their height, a regime each.

    The first regime's bars are the thickest; the others lie beneath.
    """
    parts = [part for _, part in table.groupby("regime", sort=False)]
    weights = [1.6] + [1.0] * (len(parts) - 1)
    unit = (0.72 if len(parts) == 1 else 0.9) / sum(weights)
    tops = [unit * (sum(weights[:i]) - sum(weights) / 2) for i in range(len(parts))]
    return [
        (part, top + unit * weight / 2, unit * weight)
        for part, top, weight in zip(parts, tops, weights, strict=True)
    ]


def _names_width(rows: pd.DataFrame) -> float:
    longest = rows["label"].map(lambda label: len(_lines(label)[0])).max()
    return float(CHARACTER * longest + 0.1)


def _lines(label: str) -> list[str]:
    """Return a label in lines, the longest first (it is only measured by that)."""
    return sorted(textwrap.wrap(label, NAMES), key=len, reverse=True) or [""]


def bars_width(rows: pd.DataFrame) -> float:
    """Return the inches that a panel has for its bars."""
    return COLUMN - _names_width(rows) - STARS - COUNTS - 2 * EDGE


def lay_out(
    rows: pd.DataFrame, tables: Sequence[pd.DataFrame], words: str
) -> tuple[Figure, list[tuple[Axes, Axes]]]:
    """Return a figure sized to its content and each panel's axes: bars, stars.

    One panel is a column wide. The caption `words` stands underneath.
    """
    regimes = max(table["regime"].nunique() for table in tables)
    top, bottom = -0.6 - GAP, rows["y"].max() + 0.6
    tall = (bottom - top) * (0.105 + 0.055 * regimes)
    left, bars = EDGE + _names_width(rows), bars_width(rows)
    panel = bars + STARS + COUNTS + BETWEEN
    wide = left + panel * len(tables) - BETWEEN + EDGE
    caption = textwrap.wrap(words, int((wide - 2 * EDGE) / 0.0392))
    foot = AXIS + LINE * len(caption)
    high = HEAD + tall + foot
    figure = Figure(figsize=(wide, high))
    text = {"color": PALE, "fontsize": SMALL, "va": "top", "linespacing": 1.15}
    at = EDGE / wide, (foot - AXIS + 0.02) / high
    figure.text(*at, "\n".join(caption), **text)

    def frame(x: float, width: float) -> Axes:
        axes = figure.add_axes((x / wide, foot / high, width / wide, tall / high))
        axes.set(ylim=(bottom, top), yticks=[])
        axes.spines[:].set_visible(False)
        axes.grid(axis="x")
        axes.tick_params(length=0, pad=1.5, labelsize=SMALL)
        return axes

    starts = [left + panel * i for i in range(len(tables))]
    return figure, [(frame(x, bars), frame(x + bars + 0.06, STARS)) for x in starts]


def write_names(axes: Axes, rows: pd.DataFrame) -> None:
    """Write the steps' names left of the first panel, the sections' above theirs."""
    across, inch = axes.get_yaxis_transform(), 1 / bars_width(rows)
    edge = -_names_width(rows) * inch
    name: dict[str, Any] = {"transform": across, "color": INK, "fontsize": NAME}
    for label, y in zip(rows["label"], rows["y"], strict=True):
        words = textwrap.fill(label.replace("->", "→"), NAMES)
        place = {"ha": "right", "va": "center", "linespacing": 0.95}
        axes.text(-0.05 * inch, y, words, **place, **name)
    # By block, not by name: a section that comes twice has two headings.
    for _, part in rows.groupby("block"):
        section, y = part["section"].iloc[0], part["y"].min() - 0.5
        colour = COLOURS.get(section, INK)
        axes.plot([edge, 0], [y, y], color=colour, lw=1, transform=across, clip_on=False)
        place = {"ha": "left", "va": "bottom", "weight": "bold"}
        axes.annotate(section, (edge, y), (0, 1.2), across, "offset points", **place)


def write_around(
    figure: Figure, tables: Sequence[pd.DataFrame], title: str | None
) -> None:
    """Write the title and each panel's name."""
    for axes, table in zip(figure.axes[::2], tables, strict=True):
        first, *others = table["regime"].unique()
        grey = f" (grey: {', '.join(others)})" if others else ""
        name = f"{table['study'].iloc[0]}: {first}{grey}"
        axes.set_title(name, loc="left", weight="bold", fontsize=NAME, color=INK, pad=9)
    if title:
        figure.text(0.01, 0.995, title, fontsize=7, weight="bold", color=INK, va="top")


def caption(tables: Sequence[pd.DataFrame], dotted: bool, *lines: str) -> str:
    """Return what the figure's marks mean, how many seeds it has, and the lines."""
    table = pd.concat(list(tables))
    who = table["study"] + " " + table["regime"]
    most = table["n"].groupby(who, sort=False).max()
    counts = [f"{n} ({who})" if len(most) > 1 else f"{n}" for who, n in most.items()]
    adopted = set(table["adopted"])
    parts = {
        "Bars: mean over n seeds.": True,
        "Whiskers: ±1 sd (ddof=1).": table["top1_std"].notna().any(),
        "Dots: single seeds.": dotted,
        "Hatched: not adopted.": "no" in adopted,
        "Pale: a waypoint, passed but not kept.": "waypoint" in adopted,
        f"n = {', '.join(counts)}, unless noted at the bar.": True,
        f"{NOISE}: the step's change is within noise (t test, Holm).": table[
            "within_noise"
        ]
        .eq("yes")
        .any(),
    }
    return " ".join([*(part for part, applies in parts.items() if applies), *lines])
