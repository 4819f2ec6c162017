"""Tables and Figure 2 of a study, the paper's or a measured one, from its records."""

from roadmap.report.figure_2 import draw, render
from roadmap.report.studies import (
    find_study,
    list_studies,
    load_results,
    load_table,
    paper_table,
    write_report,
)
from roadmap.report.tables import beside_paper, tabulate, to_markdown, to_terminal

__all__ = [
    "beside_paper",
    "draw",
    "find_study",
    "list_studies",
    "load_results",
    "load_table",
    "paper_table",
    "render",
    "tabulate",
    "to_markdown",
    "to_terminal",
    "write_report",
]
