"""Intervals over images: how far another test set from the same source would move.

Seeds say how much a repetition of the training would change a result on this test set.
All runs share the test set, and its images are a sample, too. Here the images are drawn
again with replacement, the same ones for all steps, and the networks stay as they are:
the bootstrap of B. Efron, Annals of Statistics 7 (1979), paired by image.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from roadmap.report.numbers.bootstrap import DRAWS, SEED
from roadmap.report.numbers.columns import KEYS, against_rows
from roadmap.report.numbers.statistics import ALPHA, Numbers
from roadmap.runs.correct import Bits

COLUMNS = ["top1_images_low", "top1_images_high"]
COLUMNS += ["delta_images_low", "delta_images_high"]
BLOCK = 100
"""Draws made at once: 40 MB for 50,000 images."""


def over_images(
    table: pd.DataFrame, results: pd.DataFrame, correct: Mapping[str, Bits]
) -> pd.DataFrame:
    """Return a study's table with ``COLUMNS``: 95 % intervals over images.

    Of each step's accuracy and of its change, both the mean over the finished seeds, in
    percent and points. Empty where a run of the step, or of the step that the change is
    measured from, has no bits in ``correct`` (by run id), and where the table has no
    mean or no change, as for steps that were evaluated on different data. Without any
    bits it is the table as it was.
    """
    if not correct:
        return table
    shares = _shares(table, results, correct)
    size = np.array([len(share) for share in shares])
    draws = np.full((DRAWS, len(table)), np.nan)
    for images in np.unique(size[size > 0]):
        at = np.flatnonzero(size == images)
        # Equal numbers of images are drawn alike, so that steps are paired by image.
        values = np.stack([shares[row] for row in at], axis=1)
        draws[:, at] = 100 * resampled(values, np.random.default_rng(SEED))
    others = against_rows(table)
    paired = (others >= 0) & (size == size[others]) & table["delta"].notna()
    changes = np.where(paired, draws - draws[:, others], np.nan)
    ends = [ALPHA / 2, 1 - ALPHA / 2]
    columns = [*np.quantile(draws, ends, axis=0), *np.quantile(changes, ends, axis=0)]
    return table.assign(**dict(zip(COLUMNS, columns, strict=True)))


def resampled(values: Numbers, random: np.random.Generator) -> Numbers:
    """Return means over images drawn again, (draws, steps), of (images, steps)."""
    images, means = len(values), np.empty((DRAWS, values.shape[1]))
    for start in range(0, DRAWS, BLOCK):
        drawn = random.integers(images, size=(BLOCK, images), dtype=np.int32)
        places = (drawn + images * np.arange(BLOCK)[:, None]).ravel()
        counts = np.bincount(places, minlength=BLOCK * images).reshape(BLOCK, images)
        means[start : start + BLOCK] = counts @ values / images
    return means


def _shares(
    table: pd.DataFrame, results: pd.DataFrame, correct: Mapping[str, Bits]
) -> list[Numbers]:
    """Return by row the share of the seeds that are right on each image, (images,).

    Empty for a row whose accuracy is unknown or that lacks the bits of a run.
    """
    finished = results[results["status"] == "finished"]
    runs = finished.groupby(KEYS)["run"].agg(list).to_dict()
    shares = []
    for row in table.to_dict("records"):
        own = runs.get(tuple(row[key] for key in KEYS), [])
        known = [correct[run] for run in own if run in correct]
        whole = len(own) == len(known) and len({len(bits) for bits in known}) == 1
        usable = whole and row["top1_mean"] == row["top1_mean"]
        shares.append(np.mean(known, axis=0) if usable else np.empty(0))
    return shares
