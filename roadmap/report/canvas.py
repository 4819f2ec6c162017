"""Figure 2's paper, before the bars: rows, axes, names at the left, words around."""

import textwrap
from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Okabe and Ito's colours, which the colour-blind can tell apart.
COLOURS = {
    "start": "#D55E00",
    "macro design": "#56B4E9",
    "ResNeXt": "#009E73",
    "inverted bottleneck": "#CC79A7",
    "large kernel": "#E69F00",
    "micro design": "#0072B2",
    "reference": "#555555",
}
INK, PALE, GREY = "#222222", "#6E6E6E", "#C4C8CC"

# Inches, except GAP: the rows left free between sections.
SECTION, BARS, STARS, COUNTS, BETWEEN = 0.95, 3.9, 0.9, 0.45, 0.3
HEAD, FOOT, GAP = 0.75, 0.55, 0.4
CHARACTER = 0.073


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


def lay_out(
    rows: pd.DataFrame, tables: Sequence[pd.DataFrame]
) -> tuple[Figure, list[tuple[Axes, Axes]]]:
    """Return a figure sized to its content and each panel's axes: bars, stars."""
    regimes = max(table["regime"].nunique() for table in tables)
    top, bottom = -0.65, rows["y"].max() + 0.65
    tall = (bottom - top) * (0.20 + 0.10 * regimes)
    left = SECTION + _label_width(rows)
    panel = BARS + STARS + COUNTS + BETWEEN
    wide, high = left + panel * len(tables), HEAD + tall + FOOT
    figure = Figure(figsize=(wide, high))

    def frame(x: float, width: float) -> Axes:
        axes = figure.add_axes((x / wide, FOOT / high, width / wide, tall / high))
        axes.set(ylim=(bottom, top), yticks=[], axisbelow=True)
        axes.spines[:].set_visible(False)
        axes.grid(axis="x", color="#E6E6E6", linewidth=0.6)
        axes.tick_params(length=0, labelcolor=PALE, labelsize=8)
        return axes

    starts = [left + panel * i for i in range(len(tables))]
    return figure, [(frame(x, BARS), frame(x + BARS + 0.1, STARS)) for x in starts]


def _label_width(rows: pd.DataFrame) -> float:
    return float(CHARACTER * rows["label"].str.len().max() + 0.25)


def write_names(axes: Axes, rows: pd.DataFrame) -> None:
    """Write the steps' and the sections' names left of the first panel."""
    across, inch = axes.get_yaxis_transform(), 1 / BARS
    rule = -_label_width(rows) * inch
    place: dict[str, Any] = {
        "ha": "right",
        "va": "center",
        "transform": across,
        "color": INK,
    }
    for label, y in zip(rows["label"], rows["y"], strict=True):
        axes.text(-0.1 * inch, y, label.replace("->", "→"), **place)
    # By block, not by name: a section that comes twice has two rules.
    for _, part in rows.groupby("block"):
        section = part["section"].iloc[0]
        ends = part["y"].min() - 0.42, part["y"].max() + 0.42
        (line,) = axes.plot([rule, rule], ends, transform=across, clip_on=False)
        line.set(color=COLOURS.get(section, INK), linewidth=3)
        words = section.replace(" ", "\n")
        axes.text(rule - 0.1 * inch, sum(ends) / 2, words, weight="bold", **place)


def write_around(
    figure: Figure, tables: Sequence[pd.DataFrame], dotted: bool, title: str | None
) -> None:
    """Write the title, each panel's name and the caption."""
    for axes, table in zip(figure.axes[::2], tables, strict=True):
        first, *others = table["regime"].unique()
        grey = f" (grey: {', '.join(others)})" if others else ""
        name = f"{table['study'].iloc[0]}: {first}{grey}"
        axes.set_title(name, loc="left", weight="bold", fontsize=10, color=INK, pad=14)
    if title:
        figure.text(0, 1, title, fontsize=13, weight="bold", color=INK, va="top")
    width = int(figure.get_figwidth() / 0.057)
    words = textwrap.fill(_caption(tables, dotted), width)
    figure.text(0, 0, words, color=PALE, fontsize=8, va="top")


def _caption(tables: Sequence[pd.DataFrame], dotted: bool) -> str:
    table = pd.concat(list(tables))
    usual = (
        (table["study"] + " " + table["regime"]).to_frame("who").assign(n=table["n"])
    )
    most = usual.groupby("who", sort=False)["n"].max()
    counts = [f"{n} ({who})" if len(most) > 1 else f"{n}" for who, n in most.items()]
    adopted = set(table["adopted"])
    parts = {
        "Bars: mean over n seeds.": True,
        "Whiskers: ±1 sd (ddof=1).": table["top1_std"].notna().any(),
        "Dots: single seeds.": dotted,
        "Hatched: not adopted.": "no" in adopted,
        "Pale: a waypoint, passed but not kept.": "waypoint" in adopted,
        f"n = {', '.join(counts)}, unless noted at the bar.": True,
    }
    return " ".join(part for part, applies in parts.items() if applies)
