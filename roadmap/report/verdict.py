"""A comparison in words: its one sentence, and the page verdict.md."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from roadmap.base.files import write_atomic
from roadmap.report import formats
from roadmap.report.looks import FORMATS
from roadmap.report.numbers.sequential import MOST_SEEDS, Look, seeds_to_find
from roadmap.report.numbers.sides import Measured, Pair, by_class, costs, near_chance
from roadmap.report.numbers.sides import over_images as interval_over_images
from roadmap.report.texts import pipes, to_csv

NAME = "verdict"
"""Of the page and of the picture."""
HEADS = ("top-1 (%)", "seeds", "params (M)", "GFLOPs", "s/run", "images/s")


class EvaluatedOn(NamedTuple):
    """What both sides were evaluated on."""

    name: str
    """Of the data."""
    images: int
    """Of the test split."""
    chance: float
    """What always naming the largest class would score, in percent."""
    names: Sequence[str] = ()
    """The classes."""
    of_image: Sequence[int] = ()
    """The class of each test image; empty where it is not known."""


class Goal(NamedTuple):
    """What a comparison was asked for, and how it trains."""

    resolution: float
    """Points that the difference is to be known by."""
    first: int
    """Seeds a side at the first look."""
    workers: int
    """Runs that are trained at a time."""


def sentence(pair: Pair, on: EvaluatedOn, goal: Goal) -> str:
    """Return the verdict: the change, whether it is told from noise, and what more.

    More is what a difference of ``resolution`` points would take where this one is not
    told from noise, and whether both sides are near chance.
    """
    look = pair.look
    where = f"On {on.name}," + (f" at {pair.step}," if pair.step else "")
    change = f"{where} {pair.new.name} changes top-1 by {look.delta:+.2f} points"
    told = "told from noise" if look.told else "not told from noise"
    words = [f"{change} against {pair.base.name} ({_known(pair)}): {told}."]
    if not look.told:
        words.append(_would_take(pair, goal))
    words += [_unfinished(side) for side in (pair.base, pair.new)]
    if near_chance(pair, on.chance, on.images):
        chance = f"{on.chance:.3g} %"
        words.append(f"Both are near chance ({chance}): this says nothing yet.")
    return " ".join(word for word in words if word)


def _known(pair: Pair) -> str:
    """Return the interval and the seeds: ``95 % -2.70 to +1.30; 5 seeds each``."""
    base, new = pair.look.seeds
    each = f"{new} seeds each" if base == new else f"{new} and {base} seeds"
    return f"{known(pair.look)}; {each}"


def known(look: Look) -> str:
    """Return the interval of a difference: ``95 % -2.70 to +1.30``."""
    words = f"95 % {look.low:+.2f} to {look.high:+.2f}"
    return words if math.isfinite(look.low) else "no interval"


def _would_take(pair: Pair, goal: Goal) -> str:
    seeds = seeds_to_find(pair.look.sd, goal.resolution, goal.first)
    if math.isnan(seeds):
        return "Its noise is not known: it takes two seeds a side that differ."
    points = _points(goal.resolution)
    if math.isinf(seeds):
        return f"A difference of {points} would take more than {MOST_SEEDS} seeds each."
    more = [max(0.0, seeds - n) for n in pair.look.seeds]
    if not sum(more):
        return f"These seeds would find a difference of {points} (power 0.8)."
    each = [side.median("seconds") for side in (pair.base, pair.new)]
    total = sum(n * s for n, s in zip(more, each, strict=True)) / goal.workers
    time = f", about {duration(total)} more" if total > 0 else ""
    return f"A difference of {points} would take {seeds:.0f} seeds each{time}."


def _points(resolution: float) -> str:
    return f"{resolution:g} point" + ("s" if resolution != 1 else "")


def _unfinished(side: Measured) -> str:
    """Return what became of the runs that are left out."""
    others = side.rows["status"][side.rows["status"] != "finished"].value_counts()
    counts = ", ".join(f"{count} {status}" for status, count in others.items())
    return f"Left out of {side.name}: {counts}." if counts else ""


def duration(seconds: float) -> str:
    """Return a duration in the unit that suits it: ``40 seconds``, ``4 minutes``."""
    for unit, size in (("hour", 3600), ("minute", 60), ("second", 1)):
        if seconds >= size * 1.5 or size == 1:
            count = f"{seconds / size:.{0 if seconds / size >= 10 else 1}f}"
            count = count.removesuffix(".0")
            return f"{count} {unit}{'s' if count != '1' else ''}"
    raise AssertionError


def cost_rows(pair: Pair) -> list[list[str]]:
    """Return a row a side: name, top-1, seeds, params, GFLOPs, seconds, images/s."""
    rows = []
    for side in (pair.base, pair.new):
        cost, top1 = costs(side), side.finished["top1"]
        rows.append(
            [
                side.name,
                formats.with_sd(top1.mean(), top1.std(ddof=1)),
                str(len(top1)),
                formats.in_millions(cost["params"]),
                formats.in_gflops(cost["gflops"]),
                formats.with_sd(cost["seconds"], form=".3g"),
                formats.with_sd(cost["images_per_second"], form=",.0f"),
            ]
        )
    return rows


def write_verdict(
    folder: Path,
    pairs: Sequence[Pair],
    on: EvaluatedOn,
    goal: Goal,
    notes: Sequence[str],
    figures: Sequence[str],
) -> None:
    """Write ``verdict.md``, the picture in the formats of ``figures``, and its data."""
    from roadmap.report.pictures import estimation
    from roadmap.report.pictures.figures import render

    text = page(pairs, on, goal, notes)
    write_atomic(folder / f"{NAME}.md", text.encode())
    write_atomic(folder / f"{NAME}.csv", to_csv(estimation.data(pairs)).encode())
    figure = estimation.draw(pairs) if figures else None
    for form in FORMATS:
        path = folder / f"{NAME}.{form}"
        if figure and form in figures:
            write_atomic(path, render(figure, form))
        else:
            path.unlink(missing_ok=True)  # of an earlier verdict


def page(
    pairs: Sequence[Pair], on: EvaluatedOn, goal: Goal, notes: Sequence[str]
) -> str:
    """Return verdict.md: each pair's sentence, costs and classes, then the notes."""
    parts = []
    for pair in pairs:
        title = f"# {pair.new.name} against {pair.base.name}"
        parts += [title + (f": {pair.step}" if pair.step else "")]
        parts += [sentence(pair, on, goal), _table(("", *HEADS), cost_rows(pair))]
        if (ends := interval_over_images(pair)) is not None:
            low, high = ends
            parts.append(
                f"Over images, for these networks and another test set of this size: "
                f"95 % {low:+.2f} to {high:+.2f} points."
            )
        classes = on.of_image and by_class(pair, on.names, on.of_image)
        if isinstance(classes, pd.DataFrame):
            parts += ["## Classes", _class_table(classes), CLASS_NOTE]
    return "\n\n".join([*parts, *notes]) + "\n"


OVER = ("95 % over seeds", "95 % over images")
CLASS_NOTE = (
    "Accuracy by class in percent, the change in points. Each interval is of one class "
    "at one look: of many classes, some exclude 0 by chance."
)


def _class_table(classes: pd.DataFrame) -> str:
    heads = ("class", "images", "base", "new", "Δ", *OVER)
    rows = [
        [
            row["class"],
            str(row["images"]),
            f"{row['base']:.1f}",
            f"{row['new']:.1f}",
            f"{row['delta']:+.1f}",
            _ends(row["low"], row["high"]),
            _ends(row["images_low"], row["images_high"]),
        ]
        for row in formats.rows(classes)
    ]
    return _table(heads, rows)


def _ends(low: float, high: float) -> str:
    return formats.interval(low, high, "+.1f") if math.isfinite(low) else ""


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    columns = (list(cells) for cells in zip(*rows, strict=True))
    return pipes(dict(zip(heads, columns, strict=True)))
