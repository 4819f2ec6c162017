"""Two sides of a comparison, base and new, in numbers: costs, classes, images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from roadmap.report.numbers.bootstrap import SEED
from roadmap.report.numbers.images import resampled
from roadmap.report.numbers.sequential import Look, judge
from roadmap.report.numbers.statistics import ALPHA, Numbers
from roadmap.report.numbers.warnings import near_chance_until
from roadmap.runs.correct import Bits

ENDS = 3
"""Classes that are shown of those that win most, and of those that lose most."""


class Measured(NamedTuple):
    """A side with its runs."""

    name: str
    rows: pd.DataFrame
    """Rows of results.csv, with ``seconds``: what a run took, its evaluation too."""
    bits: Mapping[str, Bits]
    """Which images each run classifies correctly, by run id."""

    @property
    def finished(self) -> pd.DataFrame:
        """The rows of the runs that finished, their ``top1`` as numbers."""
        rows = self.rows[self.rows["status"] == "finished"]
        return rows.assign(top1=pd.to_numeric(rows["top1"]))

    @property
    def top1(self) -> Numbers:
        """The accuracies of the runs that finished, in percent."""
        return self.finished["top1"].to_numpy(float)

    def median(self, column: str) -> float:
        """Return the median of a column over the runs that finished; NaN without.

        The first run of a process takes longer than the others.
        """
        rows = self.finished
        return float(pd.to_numeric(rows[column]).median()) if column in rows else np.nan

    def correct(self) -> Numbers | None:
        """Return what each finished run gets right, (seeds, images); None if unknown.

        It is unknown where a run has no bits, or bits of another split.
        """
        found = [self.bits.get(run) for run in self.finished["run"]]
        known = [bits for bits in found if bits is not None]
        if (
            not known
            or len(known) < len(found)
            or len({len(bits) for bits in known}) > 1
        ):
            return None
        return np.stack(known).astype(float)


class Pair(NamedTuple):
    """Two sides, and the difference of new less base at the last look."""

    base: Measured
    new: Measured
    look: Look
    step: str = ""
    """The step that is compared, where two studies share several."""


def over_images(pair: Pair) -> tuple[float, float] | None:
    """Return the 95 % interval of the difference over images, in points.

    It says how far another test set of this size would move the difference of these
    very networks. None where it is unknown which images they get right.
    """
    base, new = pair.base.correct(), pair.new.correct()
    if base is None or new is None or base.shape[1] != new.shape[1]:
        return None
    return _interval(new.mean(0) - base.mean(0))


def by_class(
    pair: Pair, names: Sequence[str], of_image: Sequence[int]
) -> pd.DataFrame | None:
    """Return the difference of each class, those that win most first.

    Columns: ``class``, ``images``, ``base`` and ``new`` (percent), ``delta`` with its
    95 % intervals over seeds, ``low`` and ``high``, and over images, ``images_low`` and
    ``images_high`` (points). The intervals are of one class and one look each. Of more
    than six classes the three at either end. None where the images that the sides get
    right are unknown, or are not those of the labels.
    """
    base, new, labels = pair.base.correct(), pair.new.correct(), np.array(of_image)
    if base is None or new is None:
        return None
    if not base.shape[1] == new.shape[1] == len(labels):
        return None
    rows = []
    for number in np.unique(labels):
        ours, theirs = (side[:, labels == number] for side in (new, base))
        look = judge(100 * theirs.mean(1), 100 * ours.mean(1))
        images = _interval(ours.mean(0) - theirs.mean(0))
        means = 100 * theirs.mean(), 100 * ours.mean()
        count = ours.shape[1]
        rows.append([names[number], count, *means, *look[:3], *images])
    columns = ["class", "images", "base", "new", "delta", "low", "high"]
    table = pd.DataFrame(rows, columns=[*columns, "images_low", "images_high"])
    table = table.sort_values("delta", ascending=False, kind="stable")
    if len(table) > 2 * ENDS:
        table = pd.concat([table.head(ENDS), table.tail(ENDS)])
    return table.reset_index(drop=True)


def _interval(differences: Numbers) -> tuple[float, float]:
    """Return the interval of a mean over images drawn again, in points."""
    draws = 100 * resampled(differences[:, None], np.random.default_rng(SEED))
    low, high = np.quantile(draws, [ALPHA / 2, 1 - ALPHA / 2])
    return float(low), float(high)


def near_chance(pair: Pair, chance: float, images: int) -> bool:
    """Return whether both sides are about as good as always naming one class.

    ``chance`` is that class's share, in percent.
    """
    means = [side.top1.mean() for side in (pair.base, pair.new)]
    return bool(max(means) <= near_chance_until(chance, images))


def costs(side: Measured) -> dict[str, Any]:
    """Return params, GFLOPs, seconds a run and images a second, over the runs."""
    names = ("params", "gflops", "seconds", "images_per_second")
    return {name: side.median(name) for name in names}
