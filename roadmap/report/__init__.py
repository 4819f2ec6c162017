"""Tables, statistics and figures of a study, the paper's or a measured one."""

from roadmap.report.formats import to_csv, to_latex, to_markdown, to_terminal
from roadmap.report.numbers.agreement import Agreement, agreement
from roadmap.report.numbers.studies import (
    find_study,
    list_studies,
    load_results,
    load_table,
    paper_table,
)
from roadmap.report.numbers.tables import beside_paper, seeds_needed, tabulate
from roadmap.report.pictures.figure_2 import draw
from roadmap.report.pictures.figures import render
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
