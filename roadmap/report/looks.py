"""Colours, words and marks that the tables, figures, lessons and the explorer share."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

Format = Literal["png", "svg", "pdf"]
FORMATS = get_args(Format)
"""Formats that a figure can be written in."""
Formats = Annotated[tuple[Format, ...], "a list of png, svg, pdf"]
DEFAULT_FORMATS: tuple[Format, ...] = ("png", "svg")

# Okabe and Ito's colours, which the colour-blind can tell apart. In grey some of them
# meet, so no figure says by colour alone what it says.
COLOURS = {
    "start": "#D55E00",
    "macro design": "#56B4E9",
    "ResNeXt": "#009E73",
    "inverted bottleneck": "#CC79A7",
    "large kernel": "#E69F00",
    "micro design": "#0072B2",
    "reference": "#555555",
    "combination": "#0072B2",
}
"""The colour of each section of the roadmap."""
METHODS = {
    "path": ("#222222", "D"),
    "left out": ("#D55E00", "v"),
    "put in": ("#009E73", "^"),
    "factorial": ("#0072B2", "o"),
    "orders": ("#CC79A7", "s"),
}
"""The colour of each question about changes, and its marker in matplotlib's words."""
INK, PALE, GREY, RULE = "#222222", "#666666", "#C4C8CC", "#E2E2E2"
"""The colours of text, of text that matters less, of further bars, of grid lines."""

STATUS = {
    "start": "the start",
    "yes": "adopted",
    "waypoint": "passed on the way",
    "no": "tried, not adopted",
    "reference": "for comparison",
    "combination": "a combination of changes",
}
"""What the column ``adopted`` means, in words."""
UNFINISHED = {
    "diverged": ["diverged"],
    "failed": ["failed"],
    "pending": ["pending", "interrupted"],
}
"""Columns that count runs without a result, and the states that each counts."""
NOISE = "≈"
"""The mark of a change within noise."""
NEARLY = f"({NOISE})"
"""The same, where the change's own interval excludes 0: Holm's correction decides."""
ABSENT = "not in this study"
"""What stands in place of a step that a study lacks."""
