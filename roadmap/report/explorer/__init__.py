"""The explorer: a study as one HTML file, with Figure 2 to hover, click and sort."""

from roadmap.report.explorer.page import write_explorer

__all__ = ["write_explorer"]
