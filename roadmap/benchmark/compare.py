"""Two sides measured in turn, and the ratio of their figures."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from rich.console import Console


def print_ratio(
    console: Console,
    title: str,
    ours: Sequence[float],
    other: str,
    theirs: Sequence[float],
    target: float,
) -> None:
    """Print both medians with their ranges, and our ratio beside its target."""
    both = f"ours {_spread(ours)}, {other} {_spread(theirs)}"
    line = f"{title}: {both}: ratio {ratio(ours, theirs):.2f} (target {target:.2f})"
    console.print(line)


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return the median of the ratios of figures that were measured in turn.

    A machine's speed changes more over minutes than the two sides differ.
    """
    return median(a / b for a, b in zip(ours, theirs, strict=True))


def _spread(values: Sequence[float]) -> str:
    return f"{median(values):.4g} ({min(values):.4g} to {max(values):.4g})"
