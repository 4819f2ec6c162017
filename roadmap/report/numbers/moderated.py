"""Moderated variances: the noise of a step, estimated with the help of all steps.

A study has few seeds and many steps. The steps' variances over seeds give a prior, and
each variance is moved towards it: the moderated t of G. K. Smyth, Statistical
Applications in Genetics and Molecular Biology 3 (2004), as in the R package limma.

Three rules differ from limma's, because a study has 18 steps and not 10,000 genes.
`analysis/simulate_statistics.py` shows that they keep the error rate where variances
differ up to tenfold; docs/report.md has its table.

- The prior counts as at most `MOST_DF` degrees of freedom. From 18 variances its weight
  is often estimated as infinite though the variances differ.
- A change has the degrees of freedom of that step of its two which has fewer; not
  Satterthwaite's, which count the prior twice.
- A step whose variance is far above all others keeps its own variance, and the prior is
  that of the others: one step that hardly learns would otherwise decide how much the
  others' variances differ. (limma's robust prior, of Phipson et al. 2016, is for many.)

The last axis of every array is the steps, or the steps and the seeds.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from roadmap.report.numbers.statistics import ALPHA, Error, Numbers, known_error, welch

MOST_DF = 6.0
"""The most degrees of freedom that a prior counts as."""
MOST_DF_PAIRED = 4.0
"""The same where seeds are paired: what pairing leaves differs more between steps."""
SHARE = 1 / 3
"""A prior counts as at most this share of the degrees of freedom behind it."""
OUTLIER = 0.01
"""Chance of taking the noisiest step of a study that fits its prior for an outlier."""
FEWEST = 3
"""Variances that a prior takes, and seeds that a test of pairing takes."""


class Prior(NamedTuple):
    """The distribution of variances: its scale s0**2 and its degrees of freedom d0.

    `df` is 0 where there is no prior, and `variance` NaN. `outlier` says for each step
    whether the prior is not its own.
    """

    variance: Numbers
    df: Numbers
    outlier: np.ndarray[Any, np.dtype[np.bool_]]

    @property
    def df_of_steps(self) -> Numbers:
        """Return the degrees of freedom that the prior gives to each step."""
        return np.where(self.outlier, 0, self.df[..., None])


class Noise(NamedTuple):
    """What seeds show of each step: mean, variance over seeds, degrees of freedom.

    Where seeds are paired, what each seed adds to every step is taken off first.
    `paired` has no axis of steps.
    """

    mean: Numbers
    variance: Numbers
    df: Numbers
    paired: np.ndarray[Any, np.dtype[np.bool_]]


def fit_prior(variances: Any, df: Any, most: Any = MOST_DF) -> Prior:
    """Return the prior of the variances on the last axis, by their logs' moments.

    The largest does not count where it is an outlier among the others: where an F test
    by their prior, corrected for the number of steps, is below `OUTLIER`.
    """
    from scipy import special

    variances, df = np.broadcast_arrays(*map(_floats, (variances, df)))
    known = np.where(np.isfinite(variances), variances, -1)
    largest = known == known.max(-1, keepdims=True, initial=0)
    rest = _fit(np.where(largest, np.nan, variances), df, most)
    d0, scale = rest.df[..., None], rest.variance[..., None]
    with np.errstate(invalid="ignore"):
        p = special.fdtrc(np.maximum(df, 1), np.maximum(d0, 1e-9), variances / scale)
    far = largest & (p * variances.shape[-1] < OUTLIER) & (d0 > 0)
    return _fit(np.where(far, np.nan, variances), df, most)._replace(outlier=far)


def _fit(variances: Numbers, df: Numbers, most: Any) -> Prior:
    """Return the prior of all variances: limma's fitFDist, with d0 at most `most`.

    A variance that is NaN or 0 (seeds that agree to the last digit) does not count;
    fewer than `FEWEST` make no prior.
    """
    from scipy import special

    used = (variances > 0) & (df > 0)
    count = np.maximum(used.sum(-1), 1)
    half = np.where(used, df, 1) / 2
    logs = np.log(np.where(used, variances, 1)) - special.digamma(half) + np.log(half)
    center = np.where(used, logs, 0).sum(-1) / count
    squares = np.where(used, logs - center[..., None], 0) ** 2
    expected = np.where(used, special.polygamma(1, half), 0).sum(-1) / count
    spread = squares.sum(-1) / np.maximum(count - 1, 1) - expected
    half_prior = trigamma_inverse(spread)
    finite = np.where(np.isfinite(half_prior), half_prior, 1)
    scale = np.exp(center + special.digamma(finite) - np.log(finite))
    average = np.where(used, variances, 0).sum(-1) / count
    enough = used.sum(-1) >= FEWEST
    limit = np.minimum(most, SHARE * np.where(used, df, 0).sum(-1))
    return Prior(
        np.where(enough, np.where(spread > 0, scale, average), np.nan),
        np.where(enough, np.minimum(2 * half_prior, limit), 0),
        np.zeros(variances.shape, bool),
    )


def trigamma_inverse(x: Any) -> Numbers:
    """Return y with trigamma(y) = x, by Newton's method; infinity where x <= 0.

    The iteration is the appendix of Smyth (2004); it converges from below.
    """
    from scipy import special

    x = _floats(x)
    inside = np.clip(x, 1e-6, 1e6)
    y = 0.5 + 1 / inside
    for _ in range(20):
        trigamma = special.polygamma(1, y)
        y = y + trigamma * (1 - trigamma / inside) / special.polygamma(2, y)
    return np.where(x > 0, y, np.inf)


def posterior(variances: Any, df: Any, prior: Prior) -> Numbers:
    """Return the moderated variances; without a prior they are the variances."""
    variances, df = _floats(variances), _floats(df)
    d0 = prior.df_of_steps
    moved = np.where(d0 > 0, d0 * prior.variance[..., None], 0)
    return np.where(df > 0, (moved + df * variances) / (d0 + df), np.nan)


def error_of_means(variances: Any, n: Any, prior: Prior) -> Error:
    """Return the error of each step's mean over n seeds, with moderated variances."""
    n = _floats(n)
    variance = posterior(variances, n - 1, prior)
    df = np.where(n > 1, prior.df_of_steps + n - 1, np.nan)
    return known_error(np.sqrt(variance / np.maximum(n, 1)), df)


def error_of_changes(own: Error, other: Error, prior: Prior) -> Error:
    """Return the error of differences of two steps' means that have the same prior.

    Without a prior it is Welch's.
    """
    d0, plain = prior.df[..., None], welch(own, other)
    df = np.where(d0 > 0, np.minimum(own.df, other.df), plain.df)
    return known_error(plain.se, df)


def noise_of(top1: Any) -> Noise:
    """Return the noise of accuracies, (..., steps, seeds), and whether seeds pair.

    NaN is a missing run; a step needs two runs. Seeds pair where an F test finds, at
    `ALPHA`, that a seed moves all steps together. Then each accuracy is taken less what
    its seed adds on average over the steps (a two-way layout, steps by seeds). A step
    counts as one over its moderated variance, so that a noisy one does not decide.
    """
    top1 = _floats(top1)
    mean: Numbers = np.nanmean(top1, -1)
    residuals = top1 - mean[..., None]
    df = _floats((~np.isnan(top1)).sum(-1) - 1)
    variance = np.nansum(residuals**2, -1) / df
    shared = ~np.isnan(top1).any(axis=tuple(range(top1.ndim - 1)))
    scale = posterior(variance, df, fit_prior(variance, df))
    paired = seed_p(residuals[..., shared], scale) < ALPHA
    weight = np.divide(1, scale, out=np.zeros_like(scale), where=scale > 0)
    alone = top1 - _seed_effects(residuals, weight[..., None])
    mean_alone: Numbers = np.nanmean(alone, -1)
    total = weight.sum(-1, keepdims=True)
    share = weight / np.where(total > 0, total, np.inf)
    left = df * np.maximum(1 - share, 1e-9)
    rest = np.nansum((alone - mean_alone[..., None]) ** 2, -1) / left
    by_step = paired[..., None]
    return Noise(
        _floats(np.where(by_step, mean_alone, mean)),
        _floats(np.where(by_step, rest, variance)),
        df,
        paired,
    )


def _seed_effects(residuals: Numbers, weight: Numbers) -> Numbers:
    """Return what each seed adds on average, (..., 1, seeds)."""
    total = np.where(np.isnan(residuals), 0, weight).sum(-2, keepdims=True)
    sums = np.nansum(residuals * weight, -2, keepdims=True)
    return np.divide(sums, total, out=np.zeros_like(sums), where=total > 0)


def seed_p(residuals: Numbers, scale: Numbers) -> Numbers:
    """Return the p value of an F test that seeds move no steps together.

    `residuals`, (..., steps, seeds), have no gaps. They are divided by the roots of
    `scale`, the steps' moderated variances, so that a noisy step does not decide alone.
    1 where fewer than `FEWEST` steps or seeds are known.
    """
    from scipy import special

    steps, seeds = residuals.shape[-2:]
    if min(steps, seeds) < FEWEST:
        return np.ones(residuals.shape[:-2])
    even = residuals - residuals.mean(-1, keepdims=True)
    even = even / np.sqrt(np.where(scale > 0, scale, 1))[..., None]
    between = steps * (even.mean(-2) ** 2).sum(-1)
    within = (even**2).sum((-2, -1)) - between
    ratio = (steps - 1) * between / np.where(within > 0, within, np.nan)
    p = special.fdtrc(seeds - 1, (steps - 1) * (seeds - 1), ratio)
    return np.asarray(np.where(np.isnan(p), 1, p))


def _floats(values: Any) -> Numbers:
    return np.asarray(values, float)
