"""Statistics for few seeds: intervals, tests, what n seeds resolve, how many it takes.

Every change is (delta, standard error, degrees of freedom), from `moderated` variances
or by Welch; one t distribution answers the rest. All functions take arrays, NaN where a
number is unknown, and give NaN where the answer is. A standard error of 0 counts as
unknown: seeds that agree to the last digit show no noise to measure by, which is not to
say that there is none.

The t distribution is taken from scipy.special, in the functions that need it:
scipy.stats, which calls the same functions, takes half a second to import.
"""

from __future__ import annotations

import bisect
import math
from typing import Any, NamedTuple

import numpy as np

ALPHA = 0.05
"""Two-sided level of the tests; intervals are 1 - ALPHA."""
POWER = 0.8
"""Chance to see a change of the size called resolvable (Cohen's convention)."""
MOST = 1_000_000
"""Beyond so many seeds `seeds_for` gives up."""

Numbers = np.ndarray[Any, np.dtype[np.float64]]


class Error(NamedTuple):
    """The standard error of a mean or a difference, and its degrees of freedom."""

    se: Numbers
    df: Numbers


def error_of(sd: Any, n: Any) -> Error:
    """Return the error of a mean of n values, or of n paired differences."""
    sd, n = np.asarray(sd, float), np.asarray(n, float)
    return known_error(sd / np.sqrt(np.maximum(n, 1)), n - 1)


def welch(own: Error, other: Error) -> Error:
    """Return the error of a difference of two independent means with these errors.

    Unequal variances: B. L. Welch, Biometrika 34 (1947), with Satterthwaite's degrees
    of freedom.
    """
    total = own.se**2 + other.se**2
    df = total**2 / (own.se**4 / own.df + other.se**4 / other.df)
    return known_error(np.sqrt(total), df)


def known_error(se: Numbers, df: Numbers) -> Error:
    """Return the error, NaN where either number is unknown or not above 0."""
    known = (se > 0) & (df > 0)
    return Error(np.where(known, se, np.nan), np.where(known, df, np.nan))


def interval(mean: Any, error: Error) -> tuple[Numbers, Numbers]:
    """Return the ends of the 95 % t interval around a mean or a change."""
    reach = critical(error.df) * error.se
    return np.asarray(mean, float) - reach, np.asarray(mean, float) + reach


def p_value(delta: Any, error: Error) -> Numbers:
    """Return the two-sided p of a t test that the change is 0."""
    from scipy import special

    t = np.abs(np.asarray(delta, float)) / error.se
    return np.asarray(2 * special.stdtr(error.df, -t))


def holm(p: Any) -> Numbers:
    """Return p adjusted for as many tests as are known, by Holm's step-down rule.

    S. Holm, Scandinavian Journal of Statistics 6 (1979). The tests are on the last
    axis. NaN stays NaN and counts for no test.
    """
    p = np.asarray(p, float)
    order = np.argsort(p, -1)  # NaN sorts last
    ranked = np.take_along_axis(p, order, -1)
    left = np.isfinite(p).sum(-1, keepdims=True) - np.arange(p.shape[-1])
    steps = np.minimum(np.maximum.accumulate(left * ranked, -1), 1)
    adjusted = np.empty_like(p)
    np.put_along_axis(adjusted, order, steps, -1)
    return adjusted


def resolvable(error: Error, level: float = ALPHA) -> Numbers:
    """Return the smallest change that the t test finds with a chance of `POWER`.

    In the units of the error, two-sided at `level`: the noncentral t's parameter
    with power 0.8 (J. Cohen, Statistical Power Analysis, 1988), the other tail's
    share, under 1e-6, left out.
    """
    from scipy import special

    found = special.nctdtrinc(error.df, 1 - POWER, critical(error.df, level))
    return np.asarray(found) * error.se


def critical(df: Numbers, level: Any = ALPHA) -> Numbers:
    """Return the t above which the two-sided test at ``level`` rejects."""
    from scipy import special

    return -special.stdtrit(df, level / 2)


def seeds_for(
    sd: float, resolution: float, df_per_seed: float = 1.0, prior_df: float = 0.0
) -> float:
    """Return how many seeds a step make a change of `resolution` resolvable.

    `sd` is that of a change from one seed: the root of the two steps' summed variances.
    A test with n seeds a step has ``prior_df + df_per_seed * (n - 1)`` degrees of
    freedom. NaN where the sd is unknown or 0, infinity beyond `MOST`.

    Raises:
        ValueError: if the resolution is no number above 0.
    """
    if not (isinstance(resolution, int | float) and 0 < resolution < math.inf):
        raise ValueError(f"seeds_for={resolution}: valid: a number of points above 0")
    if not sd > 0:
        return math.nan

    def enough(n: int) -> bool:
        df = prior_df + df_per_seed * (n - 1)
        error = Error(np.array(sd / math.sqrt(n)), np.array(df))
        return float(resolvable(error)) <= resolution

    n = 2 + bisect.bisect_left(range(2, MOST + 1), True, key=enough)
    return n if n <= MOST else math.inf


def sd_factors(df: float) -> tuple[float, float]:
    """Return what to multiply an sd by for its own 95 % interval.

    `df` are its degrees of freedom: n - 1 for n seeds, more where it is moderated.
    """
    from scipy import special

    # Quantiles of the chi-squared distribution.
    ends = np.array([1 - ALPHA / 2, ALPHA / 2])
    low, high = 2 * special.gammaincinv(df / 2, ends)
    return math.sqrt(df / low), math.sqrt(df / high)
