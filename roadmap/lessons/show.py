"""A lesson on the terminal: words, sketches of the blocks, and tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, zip_longest

from rich.box import SIMPLE
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from roadmap.lessons.diagram import CAPTIONS, Panel, label, size
from roadmap.lessons.layers import LayerRow
from roadmap.lessons.lesson import Effect, Lesson
from roadmap.report.formats import with_sd
from roadmap.report.looks import STATUS

_Item = tuple[LayerRow, str]  # a layer, and how it is printed


def show(lesson: Lesson, console: Console) -> None:
    """Print a lesson."""
    console.rule(Text(f"{lesson.step}: {lesson.title}", style="bold"))
    follows = f", changes {lesson.parent}" if lesson.parent else ""
    status = STATUS.get(lesson.status, lesson.status)
    console.print(Text(f"{lesson.section}, {status}{follows}"))
    for heading, text in (
        ("What", lesson.what),
        ("Why", lesson.reason),
        ("Predict first", lesson.predict),
        ("Config", "\n".join(lesson.changes)),
    ):
        if text:
            _part(console, heading, Text(text))
    side = f"{lesson.image_size}x{lesson.image_size}"
    star = "; * marks what differs" if lesson.before else ""
    heading = f"Network, for an image of {side}{star}"
    _part(console, heading, _sketches(lesson, console.width))
    _part(console, f"Layers of {lesson.step}", _layers(lesson.after.layers))
    _part(console, "Cost", _costs(lesson))
    if lesson.effects:
        _part(console, "Measured", Group(_effects(lesson.effects), EFFECTS))
    console.print(Text("\nTrain it", style="bold"))
    console.print(f"  {lesson.command}\n", soft_wrap=True, highlight=False)


def _part(console: Console, heading: str, content: RenderableType) -> None:
    console.print(Text(f"\n{heading}", style="bold"))
    console.print(Padding(content, (0, 0, 0, 2), expand=False))


def _sketches(lesson: Lesson, width: int) -> RenderableType:
    """Return the networks before and after, side by side where they fit."""
    sketches = [Text("\n".join(sketch(panel))) for panel in lesson.panels]
    wide = sum(max(map(len, text.plain.splitlines())) for text in sketches)
    if wide + 6 > width:
        return Group(*[part for text in sketches for part in (text, "")][:-1])
    grid = Table.grid(padding=(0, 4, 0, 0))
    grid.add_row(*sketches)
    return grid


def sketch(panel: Panel) -> Iterator[str]:
    """Yield the lines of a panel drawn with letters; stressed layers have a star."""
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


def _grid(*names: str, left: int) -> Table:
    """Return an empty table whose first columns are words."""
    grid = Table(box=SIMPLE, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for i, name in enumerate(names):
        grid.add_column(name, justify="left" if i < left else "right", no_wrap=True)
    return grid


def _layers(rows: Sequence[LayerRow]) -> Table:
    grid = _grid("where", "layer", "in", "out", "params", "MFLOPs", left=2)
    for row in rows:
        aside = " (shortcut)" if row.part == "shortcut" else ""
        grid.add_row(
            row.where,
            row.name + aside,
            *("×".join(map(str, shape)) for shape in (row.shape_in, row.shape_out)),
            f"{row.params:,}",
            _mflops(row.gflops),
        )
    return grid


def _costs(lesson: Lesson) -> Table:
    """Return params and MFLOPs of each part, before and after the step."""
    views = [view for view in (lesson.before, lesson.after) if view]
    times = ["\nbefore", "\nafter"] if len(views) == 2 else [""]
    heads = [what + time for what in ("params", "MFLOPs") for time in times]
    grid = _grid("part", *heads, left=1)
    for stages in zip(*(view.stages for view in views), strict=True):
        params = [f"{stage.params:,}" for stage in stages]
        flops = [_mflops(stage.gflops) for stage in stages]
        grid.add_row(stages[0].name, *params, *flops)
    grid.add_section()
    params = [f"{view.params:,}" for view in views]
    grid.add_row("all", *params, *(_mflops(view.gflops) for view in views))
    return grid


def _effects(effects: Sequence[Effect]) -> Table:
    grid = _grid("study", "regime", "n", "top-1 (%)", "change", left=2)
    for effect in effects:
        grid.add_row(
            effect.study,
            effect.regime,
            str(effect.n),
            with_sd(effect.top1_mean, effect.top1_std),
            with_sd(effect.delta, effect.delta_std, "+z.2f"),
        )
    return grid


EFFECTS = Text(
    "Mean ± sd over n seeds (ddof=1). The change is in percentage points against the "
    "step it changes; its ± is the sd of the differences seed by seed.",
    style="dim",
)


def _mflops(gflops: float) -> str:
    millions = gflops * 1e3
    return f"{millions:,.0f}" if millions >= 100 else f"{millions:.3g}"
