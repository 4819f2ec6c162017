"""Two-level plans: which of k changes each run has, so that every run counts for all.

A plan of full factorials, of resolution IV (no main effect is mixed up with an
interaction of two), or of 128 runs and strength 4 (no interaction of two with another).
"""

from __future__ import annotations

from itertools import combinations, product
from string import ascii_lowercase

import numpy as np

FRACTIONS = (16, 32, 64, 128)
"""Runs of the plans that are no full factorial."""


def sizes(changes: int) -> list[int]:
    """Return the numbers of runs that there is a plan of so many changes for."""
    full = [2**changes] if 2**changes <= max(FRACTIONS) else []
    return [n for n in FRACTIONS if 2 * changes <= n < 2**changes] + full


def two_level(changes: int, runs: int) -> list[tuple[bool, ...]]:
    """Return ``runs`` rows of ``changes`` values: whether the run has the change.

    The first row has none. ``runs`` is one of ``sizes(changes)``.
    """
    if runs == 2**changes:
        return list(product([False, True], repeat=changes))
    if runs == 128 and changes <= 15:
        rows = _strength_4()[:, :changes]
    else:
        rows = _resolution_4(changes, runs)
    return [tuple(map(bool, row)) for row in rows]


def _resolution_4(changes: int, runs: int) -> np.ndarray:
    """Return a regular fraction: further columns are products of three or five."""
    from pyDOE3 import fracfact

    base = ascii_lowercase[: runs.bit_length() - 1]
    odd = [word for size in (5, 3) for word in combinations(base, size)]
    words = ["".join(word) for word in [*base, *odd]]
    rows = fracfact(" ".join(words[:changes]))
    return rows != rows[0]


def _strength_4() -> np.ndarray:
    """Return 128 rows of 15 columns of strength 4, from the Nordstrom-Robinson code.

    That code is the Gray image of the octacode over the integers modulo 4 (Hammons et
    al., IEEE Transactions on Information Theory 40, 1994). It has 256 words of 16 bits
    and strength 5; those that begin with 0 have strength 4 in the other 15.
    """
    shifts = [[3, 1, 2, 1, 0, 0, 0], [0, 3, 1, 2, 1, 0, 0]]
    shifts += [[0, 0, 3, 1, 2, 1, 0], [0, 0, 0, 3, 1, 2, 1]]
    octacode = np.array([[*row, -sum(row) % 4] for row in shifts])
    words = np.array(list(product(range(4), repeat=4))) @ octacode % 4
    gray = np.stack([words >= 2, (words == 1) | (words == 2)], -1).reshape(256, 16)
    return gray[~gray[:, 0], 1:]
