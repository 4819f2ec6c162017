"""Tables on the terminal, from rows of words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence


def print_table(rows: Sequence[Mapping[str, str]], title: str = "") -> None:
    """Print rows under the names of the first one's columns.

    Columns whose cells begin with digits stand on the right. A column that is empty in
    all rows is left out.
    """
    from rich.console import Console  # not at the top: --help is quick
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title)
    columns = {k: [row.get(k, "") for row in rows] for k in rows[0]}
    shown = {k: cells for k, cells in columns.items() if any(cells)}
    for name, cells in shown.items():
        number = all(re.match(r"[+-]?[\d.]|$", cell) for cell in cells)
        justify = "right" if number else "left"
        table.add_column(name, justify=justify, overflow="fold")  # type: ignore
    for row in zip(*shown.values(), strict=True):
        table.add_row(*map(Text, row))
    Console().print(table)
