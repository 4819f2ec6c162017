"""Block diagrams like Figure 4's, drawn from the rows of a network's layers."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import groupby
from typing import NamedTuple

from roadmap.lessons.rows import LayerRow, Shape

# All in pixels. Widths of boxes: of the fewest channels, of the most, on a shortcut.
NARROW, WIDE, SIDE = 150, 236, 172
# Heights: of a layer with weights, of any other, of the wire between two layers.
TALL, FLAT, GAP = 30, 21, 11
# Around the diagram, to the residual wire, between panels; the width of a letter.
MARGIN, SKIP, BETWEEN, LETTER = 14, 26, 40, 7.0

# Okabe and Ito's colours, which colour-blind people can tell apart. The first key that
# is part of a layer's name gives its colour.
COLOURS = {
    "attention": "#CC79A7",
    "1×1": "#E69F00",
    "linear": "#E69F00",
    "conv": "#0072B2",
    "Norm": "#009E73",
}
GREY = "#8A8A8A"
CAPTIONS = {"downsampling": "downsampling, into stage 2"}


class Panel(NamedTuple):
    """A column of a diagram: layers of a network, some of them stressed."""

    title: str
    notes: tuple[str, ...]
    """Lines under the title."""
    place: str
    """The caption of the block: ``stage 1, block 2``."""
    rows: Sequence[LayerRow]
    stressed: frozenset[int] = frozenset()
    """Indices in ``rows`` of the layers that a step removes or adds."""


_Item = tuple[LayerRow, bool]  # a layer, and whether it is stressed
_OUTLINE = {"fill": "none", "stroke": "currentColor", "stroke_opacity": 0.7}


class _Column(NamedTuple):
    """Where a panel is drawn: x of its wires, and the most channels of its layers."""

    svg: ET.Element
    wire: float
    skip: float
    most: int


def label(row: LayerRow) -> str:
    """Return a layer's name, with its channels if it has a cost: ``1×1 conv, 96``."""
    return f"{row.name}, {row.shape_out[0]}" if row.gflops else row.name


def size(shape: Shape) -> str:
    """Return ``96 × 56 × 56``: channels, height, width."""
    return " × ".join(map(str, shape))


def compare(before: Panel, after: Panel) -> list[Panel]:
    """Return both panels; the layers that the other lacks are stressed."""
    a, b = (
        [(row.where, row.part, row.name) for row in p.rows] for p in (before, after)
    )
    blocks = SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks()
    pairs = [(m.a + i, m.b + i) for m in blocks for i in range(m.size)]
    if len(a) == len(b):  # the step replaces layers, one by one
        pairs = [(i, i) for i in range(len(a)) if a[i] == b[i]]
    same = [(i, j) for i, j in pairs if label(before.rows[i]) == label(after.rows[j])]
    return [
        before._replace(stressed=frozenset(range(len(a))) - {i for i, _ in same}),
        after._replace(stressed=frozenset(range(len(b))) - {j for _, j in same}),
    ]


def draw(panels: Sequence[Panel], standalone: bool = False) -> str:
    """Return panels side by side as an ``<svg>`` element.

    Text and lines have the colour of the page around them. With ``standalone`` they
    have colours of their own, for a light and for a dark background.
    """
    svg = ET.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "role": "img"})
    names = ", ".join(panel.title for panel in panels)
    _add(svg, "title").text = f"Block diagram: {names}"
    if standalone:
        _add(svg, "style").text = (
            "svg{color:#222;background:#fff}"
            "@media(prefers-color-scheme:dark){svg{color:#eee;background:#161616}}"
        )
    x, low = float(MARGIN), 0.0
    for panel in panels:
        forked = any(row.part == "shortcut" for row in panel.rows)
        wire = x + WIDE / 2
        skip = x + WIDE + SKIP + (SIDE / 2 if forked else 0)
        most = max([row.shape_out[0] for row in panel.rows if row.gflops], default=1)
        low = max(low, _panel(panel, _Column(svg, wire, skip, most)))
        x = skip + (SIDE / 2 if forked else 0) + BETWEEN
    width, height = round(x - BETWEEN + MARGIN), round(low + MARGIN)
    shape = {"viewBox": f"0 0 {width} {height}", "width": width, "height": height}
    for name, value in {**shape, "font-family": "sans-serif", "font-size": 12}.items():
        svg.set(name, str(value))
    return ET.tostring(svg, encoding="unicode")


def _panel(panel: Panel, column: _Column) -> float:
    """Draw a panel; return the y of its lower end."""
    left, y = column.wire - WIDE / 2, MARGIN + 10.0
    _text(column.svg, left, y, panel.title, anchor="start", size=14, weight="bold")
    for line in panel.notes:
        y += 17
        _text(column.svg, left, y, line, anchor="start")
    items = [(row, i in panel.stressed) for i, row in enumerate(panel.rows)]
    for where, group in groupby(items, key=lambda item: item[0].where):
        section = list(group)
        caption = panel.place if where == "block" else CAPTIONS.get(where, where)
        _text(column.svg, left, y + 34, caption, anchor="start", weight="bold")
        y = _section(column, y + 56, section)
    return y


def _section(column: _Column, y: float, items: Sequence[_Item]) -> float:
    """Draw a block, or a row of layers, between its shapes; return its lower end."""
    _text(column.svg, column.wire, y, size(items[0][0].shape_in))
    shortcut = [item for item in items if item[0].part == "shortcut"]
    y += 5
    for part, group in groupby(items, key=lambda item: item[0].part):
        if part in ("", "output"):
            y = _boxes(column, y, list(group))
        elif part != "shortcut":
            y = _residual(column, y, list(group), shortcut)
    _line(column.svg, f"M{column.wire} {y}v{GAP}")
    main = [row for row, _ in items if row.part != "shortcut"]
    _text(column.svg, column.wire, y + GAP + 13, size(main[-1].shape_out))
    return y + GAP + 16


def _residual(
    column: _Column, y: float, branch: Sequence[_Item], shortcut: Sequence[_Item]
) -> float:
    """Draw a branch, the wire around it and their sum; return its lower end."""
    svg, wire, skip = column.svg, column.wire, column.skip
    top, radius = y + GAP / 2, 8
    _line(svg, f"M{wire} {top}H{skip}v{GAP / 2}")
    end = _boxes(column, y, branch)
    end_of_shortcut = _boxes(column._replace(wire=skip), y + GAP, shortcut, SIDE)
    centre = max(end, end_of_shortcut) + GAP + radius
    _line(svg, f"M{wire} {end}V{centre - radius}")
    _line(svg, f"M{skip} {end_of_shortcut}V{centre}H{wire + radius}")
    _line(svg, f"M{wire + radius + 6} {centre - 4}l-6 4l6 4")  # the arrow's head
    _add(svg, "circle", cx=wire, cy=centre, r=radius, **_OUTLINE)
    _line(svg, f"M{wire - 4} {centre}h8m-4 -4v8")
    return centre + radius


def _boxes(
    column: _Column, y: float, items: Sequence[_Item], width: float | None = None
) -> float:
    """Draw layers under each other; return the lower end of the last.

    The width of a layer with weights grows with its channels.
    """
    for row, stressed in items:
        words, tall = label(row), TALL if row.gflops else FLAT
        share = row.shape_out[0] / column.most
        wide = (width or NARROW + (WIDE - NARROW) * share) if row.gflops else 0
        wide = max(wide, len(words) * LETTER + 16)
        colour = next((c for word, c in COLOURS.items() if word in row.name), GREY)
        _line(column.svg, f"M{column.wire} {y}v{GAP}")
        _add(
            column.svg,
            "rect",
            x=column.wire - wide / 2,
            y=y + GAP,
            width=wide,
            height=tall,
            rx=4 if row.gflops else tall / 2,
            fill=colour,
            fill_opacity=0.45 if stressed else 0.12,
            stroke=colour,
            stroke_width=2.5 if stressed else 1,
        )
        _text(
            column.svg,
            column.wire,
            y + GAP + tall / 2 + 4,
            words,
        )
        y += GAP + tall
    return y


def _line(svg: ET.Element, path: str) -> None:
    _add(svg, "path", d=path, **_OUTLINE)


def _text(
    svg: ET.Element,
    x: float,
    y: float,
    words: str,
    anchor: str = "middle",
    size: int = 12,
    weight: str = "normal",
) -> None:
    _add(
        svg,
        "text",
        x=x,
        y=y,
        fill="currentColor",
        text_anchor=anchor,
        font_size=size,
        font_weight=weight,
    ).text = words


def _add(svg: ET.Element, tag: str, **attributes: object) -> ET.Element:
    named = {key.replace("_", "-"): _number(v) for key, v in attributes.items()}
    return ET.SubElement(svg, tag, named)


def _number(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
