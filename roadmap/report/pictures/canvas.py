"""The layout of figure 2: its rows, its axes, the names of the steps, its caption."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from roadmap.report.formats import arrows, cost_unit, in_gflops, noise_mark, rows
from roadmap.report.looks import COLOURS, INK, NEARLY, NOISE, PALE
from roadmap.report.numbers.tables import merge_rows
from roadmap.report.pictures.figures import COLUMN, Look

# Inches. A figure of one study fills a column; each further one adds a panel.
STARS, DIGIT, BETWEEN, EDGE = 0.36, 0.0425, 0.14, 0.03
TITLE, HEAD, AXIS, LINE = 0.18, 0.17, 0.36, 0.095
NAMES = 25  # characters; a longer name takes two lines
CHARACTER = 0.0425  # of a name; numbers are a little smaller and wider
GAP = 0.88  # rows left free for the name of a section
NAME, SMALL = 7.0, 6.0  # points
PROXY = "proxy, not ImageNet"


def place_rows(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the rows of ``merge_rows`` with the y of each and its block of a section.

    A section that comes twice has two blocks.
    """
    rows = merge_rows(tables)
    block = rows["section"].ne(rows["section"].shift()).cumsum() - 1
    return rows.assign(block=block, y=[i + GAP * n for i, n in enumerate(block)])


def lanes(table: pd.DataFrame) -> list[tuple[pd.DataFrame, float, float]]:
    """Return of each regime its rows, the offset of its bars from y, and their height.

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
    lines = [line for label in rows["label"] for line in _fold(label).split("\n")]
    return CHARACTER * max(map(len, lines)) + 0.1


def _fold(label: str) -> str:
    """Return a name with real arrows, in two lines if it is long."""
    label = arrows(label)
    if len(label) > NAMES and " (" in label:
        return label.replace(" (", "\n(", 1)
    return textwrap.fill(label, NAMES)


def counts_width(tables: Sequence[pd.DataFrame]) -> float:
    """Return the width of the costs as text, in inches."""
    longest = max(
        len(in_gflops(cost * cost_unit(table["gflops"])[1]))
        for table in tables
        for cost in table["gflops"]
    )
    return 0.1 + DIGIT * longest


def bars_width(rows: pd.DataFrame, tables: Sequence[pd.DataFrame]) -> float:
    """Return the width of a panel's bars, in inches."""
    return COLUMN - _names_width(rows) - STARS - counts_width(tables) - 2 * EDGE


def lay_out(
    rows: pd.DataFrame,
    tables: Sequence[pd.DataFrame],
    words: str,
    title: str | None,
    proxies: Sequence[bool],
) -> tuple[Figure, list[tuple[Axes, Axes]]]:
    """Return a figure sized to its content and each panel's axes: bars, stars.

    One panel is a column wide; `proxies` need a line more above them. The caption
    `words` stands underneath, each of its lines folded to the figure's width.
    """
    regimes = max(table["regime"].nunique() for table in tables)
    top, bottom = -0.5 - GAP, rows["y"].max() + 0.6
    tall = (bottom - top) * (0.105 + 0.055 * regimes)
    left, bars = EDGE + _names_width(rows), bars_width(rows, tables)
    panel = bars + STARS + counts_width(tables) + BETWEEN
    wide = left + panel * len(tables) - BETWEEN + EDGE
    characters = int((wide - 2 * EDGE) / 0.0352)
    folded = [textwrap.fill(line, characters) for line in words.split("\n")]
    foot = AXIS + LINE * (1 + sum(line.count("\n") + 1 for line in folded))
    head = HEAD + (LINE if any(proxies) else 0) + (TITLE if title else 0)
    high = head + tall + foot
    figure = Figure(figsize=(wide, high))
    text: Look = {"color": PALE, "fontsize": SMALL, "va": "top", "linespacing": 1.15}
    at = EDGE / wide, (foot - AXIS + 0.02) / high
    figure.text(*at, "\n".join(folded), **text)

    def frame(x: float, width: float) -> Axes:
        axes = figure.add_axes((x / wide, foot / high, width / wide, tall / high))
        axes.set(ylim=(bottom, top), yticks=[])
        axes.spines[:].set_visible(False)
        axes.grid(axis="x")
        axes.tick_params(length=0, pad=1.5, labelsize=SMALL)
        return axes

    starts = [left + panel * i for i in range(len(tables))]
    return figure, [(frame(x, bars), frame(x + bars + 0.06, STARS)) for x in starts]


def write_names(axes: Axes, rows: pd.DataFrame, inch: float) -> None:
    """Write the steps' names left of the first panel, the sections' above theirs.

    `inch` is one inch as a fraction of the width of the panel's bars.
    """
    across = axes.get_yaxis_transform()
    edge = -_names_width(rows) * inch
    name: Look = {"transform": across, "color": INK, "fontsize": NAME}
    for label, y in zip(rows["label"], rows["y"], strict=True):
        words = _fold(label)
        place: Look = {
            "ha": "right",
            "va": "center" if "\n" in words else "center_baseline",
        }
        axes.text(-0.05 * inch, y, words, linespacing=0.85, **place, **name)
    # By block, not by name: a section that comes twice has two headings.
    for _, part in rows.groupby("block"):
        section, y = part["section"].iloc[0], part["y"].min() - 0.5
        colour = COLOURS.get(section, INK)
        axes.plot(
            [edge, 0], [y, y], color=colour, lw=1, transform=across, clip_on=False
        )
        at: Look = {"ha": "left", "va": "bottom", "weight": "bold", "color": INK}
        axes.annotate(section, (edge, y), (0, 1.2), across, "offset points", **at)


def write_around(
    figure: Figure,
    tables: Sequence[pd.DataFrame],
    title: str | None,
    proxies: Sequence[bool],
) -> None:
    """Write the title, each panel's name, and whether it is a proxy's."""
    pad = 2 + (72 * LINE if any(proxies) else 0)
    for axes, table, proxy in zip(figure.axes[::2], tables, proxies, strict=True):
        if proxy:
            at: Look = {
                "xytext": (0, 2),
                "textcoords": "offset points",
                "va": "baseline",
            }
            look: Look = {"color": PALE, "fontsize": SMALL, "style": "italic"}
            axes.annotate(PROXY, (0, 1), xycoords="axes fraction", **at, **look)
        first, *others = table["regime"].unique()
        grey = f" (grey: {', '.join(others)})" if others else ""
        name = f"{table['study'].iloc[0]}: {first}{grey}"
        axes.set_title(
            name, loc="left", weight="bold", fontsize=NAME, color=INK, pad=pad
        )
    if title:
        figure.text(0.01, 0.99, title, fontsize=8, weight="bold", color=INK, va="top")


def caption(tables: Sequence[pd.DataFrame], dotted: bool, *lines: str) -> str:
    """Return the caption: what the marks mean, the number of seeds, and the lines."""
    table = pd.concat(list(tables))
    who = table["study"] + " " + table["regime"]
    most = table["n"].groupby(who, sort=False).max()
    counts = [f"{n} ({who})" if len(most) > 1 else f"{n}" for who, n in most.items()]
    adopted = set(table["adopted"])
    marks = [noise_mark(row) for row in rows(table)]
    parts = {
        "Bars: mean over n seeds.": True,
        "Whiskers: ±1 sd (ddof=1).": table["top1_std"].notna().any(),
        "Dots: single seeds.": dotted,
        "Hatched: not adopted.": "no" in adopted,
        "Pale: a waypoint, passed but not kept.": "waypoint" in adopted,
        f"n = {', '.join(counts)}, unless noted at the bar.": True,
        f"{NOISE}: the step's change is within noise (t test, Holm).": any(marks),
        f"{NEARLY}: so by Holm; its interval alone excludes 0.": NEARLY in marks,
    }
    words = " ".join(part for part, applies in parts.items() if applies)
    return "\n".join([words, *lines])
