"""Figure 2: a bar a step, coloured by section, with GFLOPs as a line of stars.

The first regime of a study has the coloured bars, any further one a grey bar beneath.
Several studies stand side by side and share the rows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from roadmap.report import formats
from roadmap.report.formats import Row, is_known, why_empty, with_sd
from roadmap.report.looks import ABSENT, COLOURS, GREY, INK, PALE
from roadmap.report.pictures import canvas
from roadmap.report.pictures.figures import STYLE, Look

SIZES = (6.4, 6.0)  # points: numbers of the first regime, of the others
REFERENCE = "reference"  # the section of networks that are not the roadmap's
DOTS = 30  # seeds of a step; more would hide each other


class Bar(NamedTuple):
    """A bar: its row of the table, its place, its seeds and the text at its end."""

    row: Row
    lane: int
    y: float
    height: float
    seeds: list[float]
    text: str


def draw(
    tables: Sequence[pd.DataFrame],
    results: Sequence[pd.DataFrame | None] | None = None,
    title: str | None = None,
    lines: Sequence[str] = (),
    proxies: Sequence[bool] | None = None,
    one_axis: bool = False,
) -> Figure:
    """Return Figure 2 of the studies, a panel a table, without touching pyplot.

    `results`, as many as tables, adds each seed as a dot (up to 30 a step). Steps
    without a finished run keep an empty row that says why; a change within noise has
    its number marked. `lines` are added to the caption. A panel whose place in
    `proxies` is true says that it is not ImageNet's. With `one_axis` all panels have
    the same axis of accuracies. One panel is a column (3.25 inches) wide. Raises
    ValueError if a table has no rows.
    """
    if not tables or any(table.empty for table in tables):
        raise ValueError("nothing to draw: a study has no runs")
    rows = canvas.place_rows(tables)
    proxies = proxies or [False] * len(tables)
    runs = [_by_step(one) for one in results or [None] * len(tables)]
    words = canvas.caption(tables, any(runs), *lines)
    with rc_context(STYLE):
        inches = canvas.bars_width(rows, tables)
        figure, panels = canvas.lay_out(rows, tables, words, title, proxies)
        canvas.write_names(panels[0][0], rows, 1 / inches)
        drawn = [_bars(rows, *both) for both in zip(tables, runs, strict=True)]
        every = [bar for part in drawn for bar in part]
        for (bars, stars), table, part in zip(panels, tables, drawn, strict=True):
            left = _scale(bars, every if one_axis else part, inches)
            _draw_bars(bars, part, left)
            _draw_stars(stars, rows, table)
            for y in rows.loc[~rows.index.isin(table["step"]), "y"]:
                _write(bars, left, y, ABSENT, 0, empty=True)
        canvas.write_around(figure, tables, title, proxies)
    return figure


def data(
    tables: Sequence[pd.DataFrame], results: Sequence[pd.DataFrame | None]
) -> pd.DataFrame:
    """Return what the figure shows, a row a bar, `seeds` as the dots' accuracies."""
    shown = ["study", "regime", "step", "label", "section", "adopted", "n"]
    shown += ["top1_mean", "top1_std", "gflops", "within_noise", "differs"]
    parts = []
    for table, runs in zip(tables, results, strict=True):
        dots = _by_step(runs)
        keys = zip(table["regime"], table["step"], strict=True)
        seeds = [" ".join(f"{x:.10g}" for x in dots.get(key, [])) for key in keys]
        parts.append(table[shown].assign(seeds=seeds))
    return pd.concat(parts)


def _by_step(results: pd.DataFrame | None) -> dict[tuple[Any, ...], list[float]]:
    """Return each step's accuracies by (regime, step), of those to draw as dots."""
    if results is None:
        return {}
    finished = results[results["status"] == "finished"]
    top1 = pd.to_numeric(finished["top1"], errors="coerce").dropna()
    groups = top1.groupby([finished["regime"], finished["step"]])
    return {(*key,): part.tolist() for key, part in groups if len(part) <= DOTS}


def _bars(
    rows: pd.DataFrame,
    table: pd.DataFrame,
    seeds: dict[tuple[Any, ...], list[float]],
) -> list[Bar]:
    ys, bars = rows["y"].to_dict(), []
    for lane, (part, offset, height) in enumerate(canvas.lanes(table)):
        usual = part["n"].max()
        for row in formats.rows(part):
            mine = seeds.get((row["regime"], row["step"]), [])
            y, text = ys[row["step"]] + offset, _text(row, usual)
            bars.append(Bar(row, lane, y, height, mine, text))
    return bars


def _text(row: Row, usual: int) -> str:
    if not is_known(row["top1_mean"]):
        return why_empty(row)
    number = with_sd(row["top1_mean"], row["top1_std"])
    number = f"{number} {formats.noise_mark(row)}".rstrip()
    return number if row["n"] == usual else f"{number} (n={row['n']})"


def _ends(bar: Bar) -> tuple[float, float]:
    """Return from where to where a bar's whisker and dots reach."""
    mean, sd = bar.row["top1_mean"], bar.row["top1_std"]
    sd = sd if is_known(sd) else 0.0
    reach = [mean - sd, mean + sd, *bar.seeds]
    return min(reach), max(reach)


def _scale(axes: Axes, bars: list[Bar], inches: float) -> float:
    """Zoom the accuracy axis to the bars and their numbers; return where it starts.

    A reference that lies further below the other bars than these lie apart is left out:
    one such bar would hide what the roadmap's steps do.
    """
    seen = [(*_ends(bar), bar) for bar in bars if _is_drawn(bar)]
    count = len(seen)
    path = [ends for *ends, bar in seen if bar.row["section"] != REFERENCE]
    if path:
        lowest = min(low for low, _ in path)
        far = 2 * lowest - max(high for _, high in path)
        seen = [one for one in seen if one[1] >= far]
    low = min((low for low, _, _ in seen), default=0.0)
    high = max((high for _, high, _ in seen), default=100.0)
    span = max(high - low, 0.5)
    unit = 10 ** math.floor(math.log10(span)) / 2
    left = max(0.0, math.floor((low - 0.08 * span) / unit) * unit)
    right = high
    for _, end, bar in seen:
        text = min((canvas.DIGIT * len(bar.text) + 0.06) / inches, 0.7)
        right = max(right, left + (end - left) / (1 - text))
    ticks = MaxNLocator(4, steps=[1, 2, 5, 10]).tick_values(left, high)
    axes.set_xticks([tick for tick in ticks if left <= tick <= min(high, 100)])
    axes.set_xlim(left, right)
    below = "; ‹ below" if len(seen) < count else ""
    axes.set_xlabel(f"top-1 (%), starts at {left:g}{below}", labelpad=2)
    return left


def _is_drawn(bar: Bar) -> bool:
    return is_known(bar.row["top1_mean"])


def _draw_bars(axes: Axes, bars: list[Bar], left: float) -> None:
    for bar in bars:
        drawn = _is_drawn(bar)
        if drawn and _ends(bar)[1] < left:
            _write(axes, left, bar.y, f"‹ {bar.text}", bar.lane)
            continue
        if drawn:
            _draw_bar(axes, bar, left)
            _draw_spread(axes, bar)
        end = _ends(bar)[1] if drawn else left
        _write(axes, end, bar.y, bar.text, bar.lane, empty=not drawn)


def _draw_bar(axes: Axes, bar: Bar, left: float) -> None:
    colour = GREY if bar.lane else COLOURS.get(bar.row["section"], INK)
    strength = {"no": 0.15, "waypoint": 0.5}.get(bar.row["adopted"], 1.0)
    face = tuple(1 - strength * (1 - channel) for channel in to_rgb(colour))
    hatched = bar.row["adopted"] == "no"
    axes.barh(
        bar.y,
        bar.row["top1_mean"] - left,
        0.95 * bar.height,
        left,
        color=face,
        edgecolor=colour if hatched else face,
        hatch="///////" if hatched else None,
        linewidth=0.4,
    )


def _draw_spread(axes: Axes, bar: Bar) -> None:
    """Draw ±1 sd and each seed."""
    mean, sd, seeds = bar.row["top1_mean"], bar.row["top1_std"], bar.seeds
    if is_known(sd):
        thin: Look = {"lw": 0.6, "capsize": 1.2, "capthick": 0.6}
        axes.errorbar(mean, bar.y, xerr=sd, color=INK, zorder=3, **thin)
    # Spread over the bar's height, or equal accuracies would hide each other.
    slots = [(i + 0.5) / len(seeds) - 0.5 for i in range(len(seeds))]
    ys = [bar.y + 0.5 * bar.height * slot for slot in slots]
    axes.scatter(seeds, ys, s=2.6, color="white", edgecolor=INK, lw=0.35, zorder=4)


def _write(
    axes: Axes, x: float, y: float, text: str, lane: int, empty: bool = False
) -> None:
    axes.annotate(
        text,
        (x, y),
        xytext=(2.5, 0),
        textcoords="offset points",
        va="center_baseline",
        fontsize=SIZES[lane > 0],
        color=PALE if lane or empty else INK,
        style="italic" if empty else "normal",
    )


def _draw_stars(axes: Axes, rows: pd.DataFrame, table: pd.DataFrame) -> None:
    """Draw the first regime's cost as stars, and every regime's as numbers."""
    unit, scale = formats.cost_unit(table["gflops"])
    table = table.assign(gflops=table["gflops"] * scale)
    first = table[table["regime"] == table["regime"].iloc[0]]
    at = first["step"].map(rows["y"])
    look: Look = {"markersize": 4, "markeredgewidth": 0, "linewidth": 0.5}
    axes.plot(first["gflops"], at, "*-", color=INK, **look)
    if first["gflops"].notna().any():
        axes.set_xlim(0, 1.12 * first["gflops"].max())
    axes.xaxis.set_major_locator(MaxNLocator(2, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_xlabel(f"★ {unit}", labelpad=2)
    edge = axes.get_xlim()[1]
    for lane, (part, offset, _) in enumerate(canvas.lanes(table)):
        ys = part["step"].map(rows["y"]) + offset
        for y, gflops in zip(ys, part["gflops"], strict=True):
            _write(axes, edge, y, formats.in_gflops(gflops), lane)
