"""Simulate studies without and with changes, and count how often the tests are wrong.

``python analysis/simulate_statistics.py`` prints the table of docs/report.md. A study
has the 18 steps of the roadmap, each with its own variance, and the 16 changes that the
report tests. Per cell of the table:

- error: the share of studies without any change in which Holm's correction over the
  path finds one; at most 5 % is wanted.
- coverage: the share of 95 % intervals that hold the true change; 93 to 97 %.
- power: the share of changes found, by Holm, where each is three times the root of the
  mean variance of its two steps.

``moderated`` is what the report does, ``Welch`` and ``paired`` are the plain tests.
"""

from __future__ import annotations

import argparse
from typing import NamedTuple

import numpy as np

from roadmap.report.numbers import moderated, statistics
from roadmap.report.numbers.statistics import ALPHA, Error, Numbers

STEPS = 18
PARENTS = np.array([0, 1, 2, 3, 4, 5, 6, 7, 7, 7, 7, 9, 12, 13, 14, 15])
"""The parent of steps 1 to 16; the first and the last (Swin) have none."""
CHILDREN = np.arange(1, 17)
RATIO = 10.0
"""The largest ratio of two steps' variances."""
EFFECT = 3.0
TAILS = ("normal", "heavy")
FAR = 400.0
"""The variance of a step that hardly learns, as Swin in the recorded study."""
VARIANCES = ("equal", "log-uniform", "two values", "one step", "far step")
SEEDS = (2, 3, 5)
CORRELATIONS = (0.0, 0.5)
METHODS = ("moderated", "Welch", "paired")
WANTED = "error <= 5, coverage 93 to 97"


class Cell(NamedTuple):
    """What a method does in one kind of study, in percent."""

    error: float
    coverage: float
    power: float

    @property
    def ok(self) -> bool:
        """Whether it is within the targets."""
        return self.error <= 5 and 93 <= self.coverage <= 97


def variances(kind: str, repeats: int, random: np.random.Generator) -> Numbers:
    """Return the variance of each step, (repeats, steps): 1 to `RATIO`, or `FAR`."""
    shape = (repeats, STEPS)
    if kind == "equal":
        return np.ones(shape)
    if kind == "log-uniform":
        return RATIO ** random.uniform(size=shape)
    if kind == "two values":
        return np.where(random.uniform(size=shape) < 0.5, 1.0, RATIO)
    alone = np.arange(STEPS) == random.integers(1, STEPS - 1, (repeats, 1))
    return np.where(alone, FAR if kind == "far step" else RATIO, 1.0)


def noise(tail: str, shape: tuple[int, ...], random: np.random.Generator) -> Numbers:
    """Return noise of variance 1: normal, or Student's t with 4 degrees of freedom."""
    if tail == "normal":
        return random.standard_normal(shape)
    return random.standard_t(4, shape) / np.sqrt(2)


def by_moderated(top1: Numbers) -> tuple[Numbers, Error]:
    """Return the changes and their errors as the report has them."""
    found = moderated.noise_of(top1)
    most = np.where(found.paired, moderated.MOST_DF_PAIRED, moderated.MOST_DF)
    prior = moderated.fit_prior(found.variance, found.df, most)
    means = moderated.error_of_means(found.variance, found.df + 1, prior)
    own, other = (Error(*(x[:, at] for x in means)) for at in (CHILDREN, PARENTS))
    delta = found.mean[:, CHILDREN] - found.mean[:, PARENTS]
    return delta, moderated.error_of_changes(own, other, prior)


def by_welch(top1: Numbers) -> tuple[Numbers, Error]:
    """Return the changes with the errors of Welch's test."""
    n, sd = top1.shape[-1], top1.std(-1, ddof=1)
    own, other = (statistics.error_of(sd[:, at], n) for at in (CHILDREN, PARENTS))
    mean = top1.mean(-1)
    return mean[:, CHILDREN] - mean[:, PARENTS], statistics.welch(own, other)


def by_paired(top1: Numbers) -> tuple[Numbers, Error]:
    """Return the changes with the errors of the paired t test."""
    pairs = top1[:, CHILDREN] - top1[:, PARENTS]
    return pairs.mean(-1), statistics.error_of(pairs.std(-1, ddof=1), top1.shape[-1])


TESTS = {"moderated": by_moderated, "Welch": by_welch, "paired": by_paired}


def simulate(
    tail: str, kind: str, n: int, correlation: float, repeats: int, seed: int = 0
) -> dict[str, Cell]:
    """Return each method's cell for studies of `n` seeds of one kind."""
    random = np.random.default_rng(seed)
    variance = variances(kind, repeats, random)
    own = noise(tail, (repeats, STEPS, n), random)
    shared = noise(tail, (repeats, 1, n), random)
    unit = np.sqrt(1 - correlation) * own + np.sqrt(correlation) * shared
    top1 = unit * np.sqrt(variance)[..., None]
    pair = (variance[:, CHILDREN] + variance[:, PARENTS]) / 2
    effect = EFFECT * np.sqrt(pair)
    return {name: _cell(*test(top1), effect) for name, test in TESTS.items()}


def _cell(delta: Numbers, error: Error, effect: Numbers) -> Cell:
    none = statistics.holm(statistics.p_value(delta, error)) < ALPHA
    some = statistics.holm(statistics.p_value(delta + effect, error)) < ALPHA
    low, high = statistics.interval(delta, error)
    covered = (low <= 0) & (high >= 0)
    return Cell(*(100 * part.mean() for part in (none.any(-1), covered, some)))


def markdown(repeats: int) -> str:
    """Return the table: a row a kind of study; error / coverage / power by method."""
    heads = ["seeds", "correlation", "tails", "variances", *METHODS]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    missed = []
    for n in SEEDS:
        for correlation in CORRELATIONS:
            for tail in TAILS:
                for kind in VARIANCES:
                    cells = simulate(tail, kind, n, correlation, repeats)
                    shown = [
                        f"{c.error:.1f} / {c.coverage:.1f} / {c.power:.0f}"
                        for c in (cells[name] for name in METHODS)
                    ]
                    words = [str(n), f"{correlation:g}", tail, kind]
                    lines.append(f"| {' | '.join([*words, *shown])} |")
                    if not cells["moderated"].ok:
                        missed.append(" ".join([f"n={n},", *words[1:]]))
    note = "; ".join(missed) or "none"
    return "\n".join([*lines, "", f"Outside of {WANTED} (moderated): {note}."])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=4000)
    print(markdown(parser.parse_args().repeats))
