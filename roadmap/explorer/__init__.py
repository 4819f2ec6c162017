"""The explorer: a study as one HTML file, with Figure 2 to hover, click and sort."""

from roadmap.explorer.page import require_library, write_explorer

__all__ = ["require_library", "write_explorer"]
