"""A test that may be looked at after every seed: when to stop, and what is then known.

A t test at 5 % that is repeated after each new seed finds a difference that is not
there in far more than 5 % of cases. Here the number of seeds is fixed beforehand, and
each look spends a part of the 5 %: the square of its share of the information (K. Kim
and D. DeMets, Biometrika 74, 1987), a rule between Pocock's and O'Brien and Fleming's.

The rule is made for normal means of known variance. The level of each look is taken
over for Welch's t test (C. Jennison and B. Turnbull, Group Sequential Methods, 2000,
ch. 4.4), as few seeds know little of their variance. This errs more often, by up to
a third where the two variances differ, so only three quarters of the 5 % are spent:
``analysis/simulate_sequential.py`` counts what comes of it. The intervals are repeated
confidence intervals (ch. 9): over all looks together they miss the true difference in
at most 5 % of cases, whatever the reason to stop.

Libraries that were looked at in November 2026: ``confseq`` and ``savvi`` need bounded
values, a known variance or many observations, and are much wider at five seeds;
``gsdesign`` is an alpha version that has only the points of the integration;
``spotify-confidence`` has the bounds, but brings chartify and ipywidgets;
``statsmodels`` has none. So the bounds are computed here, and the tests compare them
with published tables.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from roadmap.report.numbers import statistics
from roadmap.report.numbers.statistics import ALPHA, Error, Numbers

SPENT = 0.75 * ALPHA
"""Over all looks; the rest makes up for few seeds."""
NODES = 96
"""Points of the integration, by Gauss and Legendre; 48 agree to six digits."""
MOST_SEEDS = 200
"""Beyond so many seeds a side ``seeds_to_find`` gives up."""


class Look(NamedTuple):
    """A difference of two means, new less base, as it is known at one look."""

    delta: float
    low: float
    high: float
    """The 95 % interval that holds under repeated looks; infinite with one seed."""
    seeds: tuple[int, int]
    """Finished seeds of base and new."""
    level: float
    """Two-sided level of this look's test."""
    sd: float
    """Root of the summed variances of a base's and a new's seed."""

    @property
    def told(self) -> bool:
        """Whether the difference is told from noise: the interval excludes 0."""
        return self.low > 0 or self.high < 0

    @property
    def half(self) -> float:
        """Half of the interval, in points."""
        return (self.high - self.low) / 2

    def is_enough(self, resolution: float) -> bool:
        """Return whether no more seeds are needed: it is told, or known so well."""
        return self.told or self.half <= resolution


def looks(first: int, most: int) -> list[int]:
    """Return the seeds a side at which the difference is looked at, up to ``most``.

    There is a look after every seed. Fewer looks would save training nothing.

    Raises:
        ValueError: unless 2 <= first <= most.
    """
    if not 2 <= first <= most:
        raise ValueError(f"first={first}: valid: an integer from 2 to seeds={most}")
    return list(range(first, most + 1))


def spent(share: float) -> float:
    """Return how much may be spent until this share of the information is there."""
    return SPENT * min(1.0, share) ** 2


@cache
def levels(shares: tuple[float, ...]) -> tuple[float, ...]:
    """Return the two-sided level of each look, by the information it has, up to 1.

    A single look at all of the information is an ordinary test at 5 %.

    Raises:
        ValueError: unless the shares rise, are above 0 and at most 1.
    """
    if not all(a < b for a, b in zip((0, *shares), (*shares, 1.001), strict=True)):
        raise ValueError(f"shares={list(shares)}: valid: rising, above 0, at most 1")
    if shares == (1.0,):
        return (ALPHA,)
    from scipy.special import ndtr

    found = [spent(shares[0])]
    bound = _quantile(found[0]) * math.sqrt(shares[0])
    points, weights = _nodes(bound)
    density = weights * _normal(points, math.sqrt(shares[0]))
    for before, now in pairwise(shares):
        sd = math.sqrt(now - before)
        bound = _boundary(points, density, sd, spent(now) - spent(before))
        found.append(float(2 * ndtr(-bound / math.sqrt(now))))
        new, weights = _nodes(bound)
        density = weights * (_normal(new[:, None] - points, sd) @ density)
        points = new
    return tuple(found)


def _boundary(points: Numbers, density: Numbers, sd: float, spend: float) -> float:
    """Return the bound that a path inside until now leaves with this probability."""
    from scipy.optimize import brentq
    from scipy.special import ndtr

    def excess(bound: float) -> float:
        outside = ndtr((-bound - points) / sd) + ndtr((points - bound) / sd)
        return float(density @ outside) - spend

    return float(brentq(excess, 0.0, 20.0, xtol=1e-10))


def _nodes(bound: float) -> tuple[Numbers, Numbers]:
    points, weights = np.polynomial.legendre.leggauss(NODES)
    return bound * points, bound * weights


def _normal(x: Numbers, sd: float) -> Numbers:
    return np.exp(-((x / sd) ** 2) / 2) / (sd * math.sqrt(2 * math.pi))


def _quantile(level: float) -> float:
    from scipy.special import ndtri

    return float(-ndtri(level / 2))


def judge(
    base: Sequence[float] | Numbers,
    new: Sequence[float] | Numbers,
    before: Sequence[tuple[int, int]] = (),
    most: tuple[int, int] | None = None,
    tests: int = 1,
) -> Look:
    """Return what a look at the seeds' results finds, by Welch's t test.

    ``before`` are the finished seeds of both sides at the looks before this one, and
    ``most`` those at the last look that may come; without these it is a single test.
    Where ``tests`` differences are judged, all their intervals hold at once
    (Bonferroni). A side of fewer than two seeds, or two sides without noise, leave the
    interval infinite.

    Raises:
        ValueError: if a side has no seed.
    """
    counts = len(base), len(new)
    if not min(counts):
        raise ValueError("a side has no finished run: there is nothing to compare")
    level = level_of([*before, counts], most or counts) / tests
    delta = float(np.mean(new) - np.mean(base))
    if min(counts) < 2:
        return Look(delta, -math.inf, math.inf, counts, level, math.nan)
    sds = [float(np.std(side, ddof=1)) for side in (base, new)]
    own, other = (statistics.error_of(*x) for x in zip(sds, counts, strict=True))
    error = _welch(own, other)
    reach = float(statistics.critical(error.df, level) * error.se)
    reach = math.inf if math.isnan(reach) else reach
    return Look(delta, delta - reach, delta + reach, counts, level, math.hypot(*sds))


def _welch(own: Error, other: Error) -> Error:
    """Return Welch's error; of one side alone where the other shows no noise."""
    if math.isnan(own.se) or math.isnan(other.se):
        return other if math.isnan(own.se) else own
    return statistics.welch(own, other)


def level_of(counts: Sequence[tuple[int, int]], most: tuple[int, int]) -> float:
    """Return the level of the last of some looks, by the finished seeds of both sides.

    ``most`` are the seeds of both sides at the last look that may come. A look without
    a new seed spends nothing: it repeats the one before.
    """
    whole = 1 / most[0] + 1 / most[1]
    shares = {whole / (1 / base + 1 / new) for base, new in counts}
    return levels(tuple(sorted(shares)))[-1]


def seeds_to_find(sd: float, points: float, first: int = 3) -> float:
    """Return how many seeds a side find a difference of so many points, power 0.8.

    It is the most seeds of a comparison whose last look has that power, which is a
    little more than a single test takes. ``sd`` is that of a ``Look``. NaN where it is
    unknown or 0, infinity beyond ``MOST_SEEDS``.
    """
    if not sd > 0:
        return math.nan

    def enough(most: int) -> bool:
        level = level_of([(n, n) for n in looks(first, most)], (most, most))
        se, df = np.array(sd / math.sqrt(most)), np.array(2.0 * (most - 1))
        return float(statistics.resolvable(Error(se, df), level)) <= points

    seeds = range(first, MOST_SEEDS + 1)
    at = bisect.bisect_left(seeds, True, key=enough)
    return seeds[at] if at < len(seeds) else math.inf
