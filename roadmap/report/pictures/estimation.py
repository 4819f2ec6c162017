"""A comparison as an estimation plot: every seed, and the difference on its own axis.

After M. Gardner and D. Altman (BMJ 292, 1986): the data themselves stand beside the
difference with its interval, and no p value takes their place. Here both lie on their
side, so that long names can be read.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from roadmap.report.formats import interval
from roadmap.report.looks import COLOURS, GREY, INK, PALE
from roadmap.report.numbers.sides import Measured, Pair
from roadmap.report.pictures.figures import STYLE, Look

SEEDS, DIFFERENCE = 1.35, 1.1
"""Inches: the width of both axes; the names stand left of them."""
LETTER, LETTERS = 0.05, 28
"""Inches of a letter of a name, and the letters of a line."""
ROW, FOOT, HEAD, EDGE, BETWEEN = 0.75, 0.36, 0.3, 0.08, 0.16
"""Inches: of a pair, below the last one, above each, at the sides, between axes."""
BASE, NEW = PALE, COLOURS["micro design"]


def data(pairs: Sequence[Pair]) -> pd.DataFrame:
    """Return what is drawn: a row a seed, and a row a difference with its interval."""
    rows: list[dict[Any, Any]] = []
    for pair in pairs:
        for side in (pair.base, pair.new):
            seeds = side.finished[["seed", "top1"]].rename(columns={"top1": "value"})
            about = {"step": pair.step, "side": side.name, "what": "top1"}
            rows += [{**about, **row} for row in seeds.to_dict("records")]
        look = pair.look
        about = {"step": pair.step, "side": "difference", "what": "delta"}
        rows.append(about | {"value": look.delta, "low": look.low, "high": look.high})
    columns = ["step", "side", "what", "seed", "value", "low", "high"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.astype({"seed": "Int64"})


def draw(pairs: Sequence[Pair]) -> Figure:
    """Return the plot, a row of two axes a pair: the seeds, and the difference."""
    high = (HEAD + ROW) * len(pairs) + FOOT
    sides = [(side, pair) for pair in pairs for side in (pair.base, pair.new)]
    lines = [line for side in sides for line in _name(*side).split("\n")]
    names = 2 * EDGE + LETTER * max(map(len, lines))
    wide = names + SEEDS + BETWEEN + DIFFERENCE + EDGE
    with rc_context(STYLE):
        figure = Figure(figsize=(wide, high))
        grid = figure.subplots(
            len(pairs), 2, sharex="col", squeeze=False, width_ratios=(SEEDS, DIFFERENCE)
        )
        edges: Look = {"left": names / wide, "right": 1 - EDGE / wide}
        edges |= {"bottom": FOOT / high, "top": 1 - HEAD / high, "hspace": HEAD / ROW}
        figure.subplots_adjust(**edges, wspace=2 * BETWEEN / (SEEDS + DIFFERENCE))
        for (left, right), pair in zip(grid, pairs, strict=True):
            _draw_seeds(left, pair)
            _draw_difference(right, pair)
        grid[-1, 0].set_xlabel("top-1 (%), a dot a seed", labelpad=2)
        grid[-1, 1].set_xlabel("difference (points), 95 %", labelpad=2)
    return figure


def _draw_seeds(axes: Axes, pair: Pair) -> None:
    """Draw each side's seeds as dots, the same seed joined, and a bar at the mean."""
    base, new = (side.finished.set_index("seed")["top1"] for side in pair[:2])
    for seed in base.index.intersection(new.index):
        axes.plot([base[seed], new[seed]], [1, 0], color=GREY, lw=0.6, zorder=1)
    for y, top1, colour in ((1, base, BASE), (0, new, NEW)):
        mark = "o" if y else "D"  # not by colour alone
        look: Look = {"color": colour, "marker": mark, "ls": "", "zorder": 3}
        axes.plot(top1, [y] * len(top1), ms=3.4, mec="white", mew=0.3, **look)
        mean = top1.mean()
        axes.plot([mean, mean], [y - 0.26, y + 0.26], color=colour, lw=1.4, zorder=2)
    names = [_name(pair.new, pair), _name(pair.base, pair)]
    axes.set(ylim=(-0.6, 1.6), yticks=[0, 1], yticklabels=names)
    axes.tick_params(axis="y", length=0, labelcolor=INK, labelsize=7, pad=4)
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    axes.margins(x=0.06)
    axes.grid(axis="x")
    axes.spines["left"].set_visible(False)


def _name(side: Measured, pair: Pair) -> str:
    name = f"{side.name}: {pair.step}" if pair.step else side.name
    lines = [
        textwrap.fill(word, LETTERS, break_on_hyphens=False) for word in name.split()
    ]
    return "\n".join(lines)


def _draw_difference(axes: Axes, pair: Pair) -> None:
    """Draw the difference with its interval, on an axis of its own."""
    look = pair.look
    axes.axvline(0, color=PALE, lw=0.6, ls=(0, (4, 2)), zorder=1)
    axes.plot([look.delta], [0.5], color=NEW, marker="D", ms=4, zorder=3)
    words = f"{look.delta:+.2f}"
    if look.half < float("inf"):
        axes.plot([look.low, look.high], [0.5, 0.5], color=NEW, lw=1.6, zorder=2)
        words += f" ({interval(look.low, look.high, '+.2f')})"
    words += "\ntold from noise" if look.told else "\nnot told from noise"
    axes.set_title(words, fontsize=7, color=INK, pad=1, linespacing=1.1)
    axes.set(ylim=(-0.6, 1.6), yticks=[])
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    axes.margins(x=0.18)
    axes.grid(axis="x")
    axes.spines["left"].set_visible(False)
