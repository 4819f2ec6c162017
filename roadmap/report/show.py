"""Tables on the terminal and files on disk, of one study or of several together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from roadmap.report import figure_2
from roadmap.report.studies import load_results, load_table, paper_table, write_report
from roadmap.report.tables import beside_paper, to_terminal


def show(folders: Sequence[Path], out: Path, console: Console) -> None:
    """Print each study's table; write its files, and for several one figure to ``out``.

    A published study (the paper's) has a table and no runs: its figure goes to ``out``.
    """
    tables = []
    for folder in folders:
        results = load_results(folder)
        measured = results is not None and folder == out
        table = write_report(folder) if measured else load_table(folder)
        beside = table if results is None else beside_paper(table, paper_table())
        console.print(to_terminal(beside))
        tables.append(table)
    if len(folders) > 1 or load_results(folders[0]) is None or folders[0] != out:
        figure = figure_2.draw(tables, [load_results(f) for f in folders])
        out.mkdir(parents=True, exist_ok=True)
        for kind in ("png", "svg"):
            path = out / f"figure_2.{kind}"
            path.write_bytes(figure_2.render(figure, kind))
    console.print(f"figure: {out / 'figure_2.png'}", soft_wrap=True)
