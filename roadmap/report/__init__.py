"""Tables, statistics and figures of a study, the paper's or a measured one.

Importing it is light: its names are loaded when they are taken.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from roadmap.report.numbers.agreement import Agreement, agreement
    from roadmap.report.numbers.changes import seeds_needed
    from roadmap.report.numbers.studies import (
        find_study,
        list_studies,
        load_results,
        load_table,
        paper_table,
    )
    from roadmap.report.numbers.tables import beside_paper, tabulate
    from roadmap.report.pictures.figure_2 import draw
    from roadmap.report.pictures.figures import render
    from roadmap.report.terminal import to_terminal
    from roadmap.report.texts import to_csv, to_latex, to_markdown
    from roadmap.report.write import write_report

__all__ = [
    "Agreement",
    "agreement",
    "beside_paper",
    "draw",
    "find_study",
    "list_studies",
    "load_results",
    "load_table",
    "paper_table",
    "render",
    "seeds_needed",
    "tabulate",
    "to_csv",
    "to_latex",
    "to_markdown",
    "to_terminal",
    "write_report",
]

_HOMES = {
    "numbers.agreement": ("Agreement", "agreement"),
    "numbers.changes": ("seeds_needed",),
    "numbers.studies": (
        "find_study",
        "list_studies",
        "load_results",
        "load_table",
        "paper_table",
    ),
    "numbers.tables": ("beside_paper", "tabulate"),
    "pictures.figure_2": ("draw",),
    "pictures.figures": ("render",),
    "terminal": ("to_terminal",),
    "texts": ("to_csv", "to_latex", "to_markdown"),
    "write": ("write_report",),
}


def __getattr__(name: str) -> Any:
    """Load one of the room's names (SPEC 1, lazy loading)."""
    for home, names in _HOMES.items():
        if name in names:
            value = getattr(import_module(f"{__name__}.{home}"), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
