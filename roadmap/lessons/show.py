"""A lesson on the terminal: words, sketches of the blocks, and tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, zip_longest
from typing import Literal

from rich.box import SIMPLE
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from roadmap.lessons.cells import Cells, cost_cells, layer_cells, switch_cells
from roadmap.lessons.diagram import CAPTIONS, Panel, label, size
from roadmap.lessons.effects import MEANS, NOTE, Effect
from roadmap.lessons.lesson import Combination, Lesson
from roadmap.lessons.rows import LayerRow
from roadmap.network.changes import END, START
from roadmap.report.formats import change, with_sd
from roadmap.report.looks import STATUS

_Item = tuple[LayerRow, str]  # a layer, and its text


def show(lesson: Lesson, console: Console) -> None:
    """Print a lesson."""
    console.rule(Text(f"{lesson.step}: {lesson.title}", style="bold"))
    console.print(Text(_kind(lesson)))
    for heading, text in (
        ("What", lesson.what),
        ("Why", lesson.reason),
        ("Predict first", lesson.predict),
        ("Config", "" if lesson.combination else "\n".join(lesson.changes)),
    ):
        if text:
            _part(console, heading, Text(text))
    if lesson.combination:
        _show_combination(lesson.combination, console)
    side = f"{lesson.image_size}x{lesson.image_size}"
    star = "; * marks what differs" if lesson.before else ""
    if lesson.combination:
        star = "; * marks what the network before it lacks"
    heading = f"Network, for an image of {side}{star}"
    _part(console, heading, _sketches(lesson, console.width))
    _part(console, f"Layers of {lesson.step}", _table(layer_cells(lesson)))
    _part(console, "Cost", _table(cost_cells(lesson)))
    if lesson.effects:
        note = Text(MEANS if lesson.combination else NOTE, style="dim")
        heading = f"Measured ({lesson.whose})" if lesson.whose else "Measured"
        _part(console, heading, Group(_table(effect_cells(lesson.effects)), note))
    console.print(Text("\nTrain it", style="bold"))
    console.print(f"  {lesson.command}\n", soft_wrap=True, highlight=False)


def _kind(lesson: Lesson) -> str:
    """Return a line on what is explained: ``micro design, adopted, changes gelu``."""
    status = STATUS.get(lesson.status, lesson.status)
    if lesson.combination:
        return f"{status}, beside the start ({START}) and the end ({END})"
    follows = f", changes {lesson.parent}" if lesson.parent else ""
    return f"{lesson.section}, {status}{follows}"


def _show_combination(combination: Combination, console: Console) -> None:
    """Print the changes of a combination, each with its reason, and its switches."""
    for one in combination.changes:
        _part(console, f"{one.name}: {one.title}", Text(one.reason))
    if combination.left_out:
        _part(console, "Left out", Text(", ".join(combination.left_out)))
    _part(console, "Switches", _table(switch_cells(combination)))


def _part(console: Console, heading: str, content: RenderableType) -> None:
    console.print(Text(f"\n{heading}", style="bold"))
    console.print(Padding(content, (0, 0, 0, 2), expand=False))


def _sketches(lesson: Lesson, width: int) -> RenderableType:
    """Return the networks side by side where the width allows."""
    sketches = [Text("\n".join(sketch(panel))) for panel in lesson.panels]
    wide = sum(max(map(len, text.plain.splitlines())) for text in sketches)
    if wide + 4 * len(sketches) - 2 > width:
        return Group(*[part for text in sketches for part in (text, "")][:-1])
    grid = Table.grid(padding=(0, 4, 0, 0))
    grid.add_row(*sketches)
    return grid


def sketch(panel: Panel) -> Iterator[str]:
    """Yield the lines of a panel drawn in text; stressed layers have a star."""
    yield from (panel.title, *panel.notes)
    items = [
        (row, f"{'*' if i in panel.stressed else ' '}{label(row)}")
        for i, row in enumerate(panel.rows)
    ]
    for where, group in groupby(items, key=lambda item: item[0].where):
        section = list(group)
        yield ""
        yield panel.place if where == "block" else CAPTIONS.get(where, where)
        yield from _section(section)


def _section(items: Sequence[_Item]) -> Iterator[str]:
    shortcut = [item for item in items if item[0].part == "shortcut"]
    main = [item for item in items if item[0].part != "shortcut"]
    yield f"  {size(main[0][0].shape_in)}"
    for part, group in groupby(main, key=lambda item: item[0].part):
        if part in ("", "output"):
            yield from (f"  │{words}" for _, words in group)
        else:
            yield from _residual([words for _, words in group], shortcut)
    yield f"  {size(main[-1][0].shape_out)}"


def _residual(branch: list[str], shortcut: Sequence[_Item]) -> Iterator[str]:
    wide = max(len(words) for words in branch) + 2
    yield f"  ├{'─' * wide}╮"
    aside = [words for _, words in shortcut]
    for words, beside in zip_longest(branch, aside, fillvalue=""):
        yield f"  │{words:<{wide}}│{beside}".rstrip()
    yield f"  +{'─' * wide}╯"


def _table(cells: Cells) -> Table:
    """Return a table for the terminal, a rule before the row of sums."""
    grid = Table(box=SIMPLE, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for i, head in enumerate(cells.heads):
        justify: Literal["left", "right"] = "left" if i < cells.words else "right"
        grid.add_column(head, justify=justify, no_wrap=True)
    for row in cells.rows:
        if row[0] == "all":
            grid.add_section()
        grid.add_row(*row)
    return grid


def effect_cells(effects: Sequence[Effect]) -> Cells:
    """Return what the studies measured of a step, a row each; changes where known."""
    rows = [
        [
            effect.study,
            effect.regime,
            str(effect.n),
            with_sd(effect.top1_mean, effect.top1_std),
            change(vars(effect)),
        ]
        for effect in effects
    ]
    heads = ["study", "regime", "n", "top-1 (%)", "change"]
    shown = len(heads) if any(row[-1] for row in rows) else -1
    return Cells(heads[:shown], [row[:shown] for row in rows], 2)
