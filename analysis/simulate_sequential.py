"""Simulate comparisons that stop as soon as they may, and count how often they err.

``python analysis/simulate_sequential.py`` prints the table of docs/compare.md. A
comparison looks at both sides after 3, 4, ... 10 seeds and stops when the difference is
told from noise, as ``python -m roadmap.compare`` does. Per row:

- found: the share in which a difference is told from noise. Where there is none these
  are the false alarms: at most 5 % is wanted.
- coverage: the share of the reported intervals that hold the true difference.
- seeds: how many seeds a side the comparison takes on average.
- fixed: how many seeds a side one Welch test at 5 % takes to find as many.
- saved: the part of these that stopping early spares.

``every look at 5 %`` is the same with a plain t test at each look, and ``begun again``
goes on with a plan of 20 seeds after the one of 10 found nothing.
"""

from __future__ import annotations

import argparse
from typing import NamedTuple

import numpy as np

from roadmap.report.numbers.sequential import Look, judge, looks
from roadmap.report.numbers.statistics import Numbers

FIRST, MOST = 3, 10
EFFECTS = (0.0, 1.0, 1.5, 2.5)
"""True differences, in sds of a seed: mean of the two sides' variances 1."""
TAILS = ("normal", "heavy")
RATIOS = (1.0, 10.0)
"""Of the variances of new and base."""
NEVER = 0.0
"""A resolution that no interval reaches: stop when told from noise, else at the end."""


class Row(NamedTuple):
    """What comparisons of one kind do: shares in percent, and seeds a side."""

    found: float
    coverage: float
    seeds: float
    fixed: float

    @property
    def saved(self) -> float:
        """The seeds saved against a fixed number, in percent of these."""
        return 100 * (1 - self.seeds / self.fixed)


def draw(
    tail: str, ratio: float, repeats: int, most: int, random: np.random.Generator
) -> tuple[Numbers, Numbers]:
    """Return results of both sides without a difference, (repeats, most) each."""
    shape = (2, repeats, most)
    if tail == "normal":
        noise = random.standard_normal(shape)
    else:  # Student's t with 4 degrees of freedom, of variance 1
        noise = random.standard_t(4, shape) / np.sqrt(2)
    base = noise[0] * np.sqrt(2 / (1 + ratio))
    return base, noise[1] * np.sqrt(2 * ratio / (1 + ratio))


def follow(base: Numbers, new: Numbers, plain: bool = False) -> Look:
    """Return the look at which one comparison stops; ``plain``: a test at 5 % each."""
    most, before = (len(base), len(new)), []
    for n in looks(FIRST, len(base)):
        plan = ([], None) if plain else (before, most)
        look = judge(base[:n], new[:n], *plan)
        if look.is_enough(NEVER):
            break
        before.append((n, n))
    return look


def fixed_for(found: float, base: Numbers, new: Numbers) -> float:
    """Return how many seeds a side find so large a share by one test at 5 %."""
    pairs, before = list(zip(base, new, strict=True)), 0.0
    for n in range(2, base.shape[1] + 1):
        share = float(np.mean([judge(a[:n], b[:n]).told for a, b in pairs]))
        if share >= found:
            return n - (share - found) / max(share - before, 1e-9)
        before = share
    return base.shape[1]


def simulate(
    tail: str, ratio: float, effect: float, repeats: int, plain: bool = False
) -> Row:
    """Return the row of comparisons of one kind."""
    base, new = draw(tail, ratio, repeats, MOST, np.random.default_rng(0))
    new = new + effect
    ends = [follow(a, b, plain) for a, b in zip(base, new, strict=True)]
    found = float(np.mean([look.told for look in ends]))
    covered = np.mean([look.low <= effect <= look.high for look in ends])
    seeds = float(np.mean([look.seeds[0] for look in ends]))
    fixed = fixed_for(found, base, new) if effect else float(MOST)
    return Row(100 * found, 100 * float(covered), seeds, fixed)


def begun_again(repeats: int) -> float:
    """Return the false alarms, in percent, of a plan of 10 and then one of 20 seeds."""
    base, new = draw("normal", 1.0, repeats, 2 * MOST, np.random.default_rng(0))
    told = [
        follow(a[:MOST], b[:MOST]).told or follow(a, b).told
        for a, b in zip(base, new, strict=True)
    ]
    return 100 * float(np.mean(told))


def markdown(repeats: int) -> str:
    """Return the table: a row a kind of comparison, and the two plans that err more."""
    heads = ["tails", "variances", "difference (sd)", *Row._fields, "saved"]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for tail in TAILS:
        for ratio in RATIOS:
            for effect in EFFECTS:
                row = simulate(tail, ratio, effect, repeats)
                cells = [tail, f"1:{ratio:g}", f"{effect:g}"]
                cells += [f"{row.found:.1f} %", f"{row.coverage:.1f} %"]
                cells += [f"{row.seeds:.1f}", f"{row.fixed:.1f}", f"{row.saved:.0f} %"]
                lines.append(f"| {' | '.join(cells)} |")
    plain = simulate("normal", 1.0, 0.0, repeats, plain=True)
    lines += ["", f"False alarms of every look at 5 %: {plain.found:.1f} %; "]
    lines[-1] += f"of a comparison begun again: {begun_again(repeats):.1f} %."
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=2000)
    print(markdown(parser.parse_args().repeats))
