"""A study's table on the terminal, from strings alone: nothing heavy is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from rich.box import SIMPLE
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    import pandas as pd

WORDS = ["regime", "step", "change", "choice", "combination"]
"""Columns of words."""
WIDE = ["change", "adopted", "vs", "95 %", "p (Holm)", "params (M)"]
"""Columns that a terminal of 80 columns has no room for."""


class Printed(TypedDict):
    """A table as it is printed: plain data, which a report keeps in its stamp."""

    head: str
    columns: dict[str, list[str]]
    ends: list[bool]
    note: str


def printed(table: pd.DataFrame, head: str = "") -> Printed:
    """Return the columns that fit a terminal, as strings, and the notes under them.

    ``head`` stands above the table, where there are several.
    """
    from roadmap.report import notes, texts

    shown = {k: v for k, v in texts.columns(table).items() if k not in WIDE}
    if "paper (%)" in shown:
        shown["paper (%)"] = [cell.split(" ±")[0] for cell in shown["paper (%)"]]
    return {
        "head": head,
        "columns": _narrow(shown),
        "ends": texts.section_ends(table),
        "note": notes.note(table),
    }


def _narrow(columns: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return the columns; where all rows have the same seeds, they are in a heading."""
    seeds = set(columns["n"])
    if len(seeds) > 1:
        return columns
    heading = {"top-1 (%)": f"top-1 (%)\nn = {seeds.pop()}"}
    return {heading.get(k, k): v for k, v in columns.items() if k != "n"}


def printed_between(rows: pd.DataFrame) -> Printed:
    """Return the differences of two studies as they are printed."""
    from roadmap.report import notes, texts

    columns = texts.columns_between(rows)
    return {
        "head": texts.head_between(rows),
        "columns": {k: v for k, v in columns.items() if k not in WIDE},
        "ends": texts.section_ends(rows),
        "note": notes.note_between(rows),
    }


def printed_answer(columns: dict[str, list[str]], note: str) -> Printed:
    """Return an answer as it is printed: of several studies not what changes cost."""
    many = sum("FLOPs," in name for name in columns) > 1
    shown = {k: v for k, v in columns.items() if not (many and "FLOPs," in k)}
    first = next(iter(columns))
    shown[first] = [name.replace("_", " ") for name in columns[first]]  # to break it
    ends = [False] * len(columns[first])
    return {"head": "", "columns": shown, "ends": ends, "note": note}


def to_terminal(table: pd.DataFrame | Printed) -> Table:
    """Return the table for rich's console, with a rule between sections."""
    shown = table if isinstance(table, dict) else printed(table)
    grid = Table(box=SIMPLE, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    if shown["head"]:
        grid.title = Text(shown["head"], style="bold", justify="left")
    grid.caption, grid.caption_justify = shown["note"], "left"
    for name in shown["columns"]:
        grid.add_column(
            name.replace("paper ", "paper\n"),
            justify="left" if name in WORDS else "right",
            no_wrap=name in ("regime", "step", "Δ"),
        )
    lines = zip(*shown["columns"].values(), strict=True)
    for line, end in zip(lines, shown["ends"], strict=True):
        # Text, not str: rich would read a label's brackets as markup.
        broken = (Text(cell.replace(", ", ",\n")) for cell in line)
        grid.add_row(*broken, end_section=end)
    return grid
