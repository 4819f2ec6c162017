"""A hint for a word that is nearly right."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(word: object, names: Iterable[str], at_least: float = 0.65) -> str:
    """Return ``did you mean gelu? `` for a word close to one of the names, or "".

    ``at_least`` is how close, from 0 to 1.
    """
    close = get_close_matches(str(word), list(names), n=1, cutoff=at_least)
    return f"did you mean {close[0]}? " if close else ""
