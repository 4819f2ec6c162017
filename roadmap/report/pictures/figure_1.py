"""Figure 1: accuracy against GFLOPs, a bubble a step, its area the parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import ScaledTranslation

from roadmap.report.formats import arrows, cost_unit
from roadmap.report.looks import COLOURS, INK, PALE
from roadmap.report.numbers.tables import merge_rows
from roadmap.report.pictures.figures import COLUMN, STYLE, Look

BIGGEST, UNKNOWN = 90.0, 16.0
"""Areas, points squared: of the most parameters, and where they are unknown."""
MARKERS = "osD^v"
LOG_FROM = 20
LINE = 0.1  # inches
APART = 2.5  # points between the whiskers of two studies: the same costs are no rarity
NEAR = 2.3  # points that a number keeps from what is beside it
DIGITS = 3.2  # points: half a number
# Places for it: turns around the bubble, then further out (points from its edge).
TURNS = np.deg2rad([0, 180, 90, 270, 30, 150, 330, 210, 60, 120, 300, 240])
REACH = (4.5, 8, 13, 19, 26)


def data(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return what the figure shows, `number` as in its bubbles; none without GFLOPs."""
    shown = ["study", "regime", "step", "label", "section", "adopted", "n"]
    shown += ["parent", "gflops", "params", "top1_mean", "top1_low", "top1_high"]
    table = pd.concat([table[shown] for table in tables], ignore_index=True)
    numbers = {step: i for i, step in enumerate(merge_rows(tables).index, 1)}
    table.insert(0, "number", table["step"].map(numbers))
    return table.dropna(subset=["gflops", "top1_mean"]).reset_index(drop=True)


def draw(tables: Sequence[pd.DataFrame]) -> Figure:
    """Return the bubble plot of the studies, a column wide, a marker a regime.

    Whiskers are 95 % intervals over seeds. Where two steps follow each other on the
    path, a line joins them; pale bubbles are off it. The axis of GFLOPs is logarithmic
    where they span more than a factor of `LOG_FROM`. Raises ValueError if no step has
    an accuracy.
    """
    shown = data(tables)
    if shown.empty:
        raise ValueError("nothing to draw: no step has an accuracy and GFLOPs")
    unit, scale = cost_unit(shown["gflops"])
    shown["gflops"] *= scale
    areas = BIGGEST * shown["params"] / shown["params"].max()
    shown["area"] = areas.fillna(UNKNOWN)
    names = shown.drop_duplicates("number").sort_values("number")
    lines = -(-len(names) // 2)
    foot = 0.42 + LINE * (lines + 1)
    parts = list(shown.groupby(["study", "regime"], sort=False))
    head = 0.1 + LINE * -(-len(parts) // 2)
    with rc_context(STYLE):
        figure = Figure(figsize=(COLUMN, foot + 2.2 + head))
        high = figure.get_figheight()
        axes = figure.add_axes((0.12, foot / high, 0.85, 2.2 / high))
        for at, (who, part) in enumerate(parts):
            name = ": ".join(map(str, who))
            _draw_part(axes, part, MARKERS[at % 5], name, at - (len(parts) - 1) / 2)
        _finish(axes, len(parts), shown["gflops"])
        axes.set_xlabel(f"{unit} (multiply-adds)", labelpad=2)
        _number(axes, shown)
        _write_names(figure, names, lines)
        size = "Area: params" if shown["params"].notna().any() else "Params unknown"
        words = f"{size}. Lines: the path; pale: off it. Whiskers: 95 % over seeds."
        figure.text(0.02, 0.03 / high, words, color=PALE, fontsize=6)
    return figure


def _draw_part(
    axes: Axes, part: pd.DataFrame, marker: str, name: str, place: float
) -> None:
    """Draw a regime; its whiskers stand at their place beside those of the others."""
    for step, parent in _neighbours(part):
        ends = part.loc[[parent, step]]
        axes.plot(ends["gflops"], ends["top1_mean"], color=PALE, lw=0.5, zorder=1)
    colours = part["section"].map(COLOURS).fillna(INK)
    seen = part[part["top1_low"].notna()]
    reach = seen["top1_low"], seen["top1_high"]
    look: Look = {"colors": colours[seen.index].tolist(), "lw": 0.8, "zorder": 1}
    aside = ScaledTranslation(place * APART / 72, 0, axes.figure.dpi_scale_trans)
    look["transform"] = axes.transData + aside
    axes.vlines(seen["gflops"], *reach, **look)
    for (
        end
    ) in reach:  # another transform than the axes' leaves their limits as they are
        axes.update_datalim(np.column_stack([seen["gflops"], end]))
    strength: Any = np.where(part["adopted"].isin(["no", "waypoint"]), 0.3, 0.85)
    axes.scatter(
        part["gflops"],
        part["top1_mean"],
        s=part["area"],
        c=colours,
        alpha=strength,
        marker=marker,
        edgecolors=INK,
        linewidths=0.4,
        zorder=2,
    )
    axes.scatter([], [], s=18, marker=marker, color=PALE, label=name)


def _neighbours(part: pd.DataFrame) -> list[tuple[int, int]]:
    """Return the places of each step of the path and of the step that it changes."""
    path = part[part["adopted"].isin(["start", "yes"])]
    place = dict(zip(path["step"], path.index, strict=True))
    parents = zip(path.index, path["parent"], strict=True)
    return [(step, place[parent]) for step, parent in parents if parent in place]


def _number(axes: Axes, shown: pd.DataFrame) -> None:
    """Write each bubble's number beside it, clear of other bubbles and numbers.

    The first free place of a few around the bubble is taken. adjustText was tried: it
    takes 100 times as long, and leaves numbers inside of bubbles.
    """
    places = shown[["gflops", "top1_mean"]].to_numpy()
    points = axes.transData.transform(places) * 72 / axes.figure.dpi
    radii = np.sqrt(shown["area"].to_numpy() / np.pi)
    taken, room = list(points), list(radii)
    numbers = zip(shown["number"], places, points, radii, strict=True)
    for number, place, point, radius in numbers:
        spots = point + [
            ((radius + r) * np.cos(a), (radius + r) * np.sin(a))
            for r in REACH
            for a in TURNS
        ]
        free = (spot for spot in spots if _gap(spot, taken, room) > NEAR)
        spot = next(free, spots[0])
        taken.append(spot)
        room.append(DIGITS)
        _write(axes, str(number), place, spot - point, radius)


def _write(
    axes: Axes, text: str, place: np.ndarray, offset: np.ndarray, radius: float
) -> None:
    far = np.hypot(*offset) > radius + REACH[0] + 1
    line = {"arrowstyle": "-", "lw": 0.3, "color": PALE, "shrinkA": 2}
    axes.annotate(
        text,
        tuple(place),
        xytext=tuple(offset),
        textcoords="offset points",
        fontsize=5.8,
        ha="center",
        va="center_baseline",
        color=INK,
        arrowprops={**line, "shrinkB": radius} if far else None,
    )


def _gap(spot: np.ndarray, taken: Sequence[np.ndarray], room: Sequence[float]) -> float:
    """Return the points from a spot to the edge of what is nearest to it."""
    # Two digits are wider than high.
    away = (spot - np.array(taken)) * [0.75, 1]
    return float((np.hypot(*away.T) - room).min())


def _finish(axes: Axes, parts: int, gflops: pd.Series) -> None:
    axes.grid(True)
    axes.margins(0.09)
    if gflops.max() > LOG_FROM * gflops.min() > 0:
        axes.set_xscale("log")
        axes.xaxis.set_minor_formatter("")
    else:
        axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_ylabel("top-1 (%)", labelpad=2)
    if parts > 1:
        look: Look = {"fontsize": 6, "frameon": False, "labelcolor": INK}
        look |= {"borderpad": 0, "borderaxespad": 0.4, "labelspacing": 0.2}
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, **look)
    else:
        name = axes.get_legend_handles_labels()[1][0]
        axes.set_title(name, loc="left", weight="bold", fontsize=7, color=INK, pad=3)


def _write_names(figure: Figure, names: pd.DataFrame, lines: int) -> None:
    """Write the key, number and name of each step, in two columns under the axes."""
    wide, high = figure.get_size_inches()
    for at, row in enumerate(names.itertuples()):
        x = 0.02 + 0.49 * (at // lines)
        y = (0.1 + LINE * (lines - at % lines)) / high
        label = f"{row.number}  {arrows(str(row.label))}"
        colour = COLOURS.get(str(row.section), INK)
        figure.text(x, y, "■", color=colour, fontsize=6)
        figure.text(x + 0.1 / wide, y, label, color=INK, fontsize=6)
