"""The explorer: a study as one HTML file, with Figure 2 to hover, click and sort."""

from roadmap.report.explorer.collect import collect
from roadmap.report.explorer.page import page, write_explorer

__all__ = ["collect", "page", "write_explorer"]
