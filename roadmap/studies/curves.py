"""A study's training curves: each step's accuracy and loss by epoch, over the seeds.

``curves.csv`` is made while the records are read for ``results.csv``, so that each
record is read once; it stays with a study whose records are gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from roadmap.base.files import write_atomic

if TYPE_CHECKING:
    import pandas as pd

KEYS = ("study", "regime", "step", "label", "section")
METRICS = ("top1", "train_loss", "loss")
COLUMNS = [*KEYS, "epoch", "n"]
COLUMNS += [f"{metric}_{what}" for metric in METRICS for what in ("mean", "std")]

Curve = np.ndarray[Any, np.dtype[np.float64]]


def curve_of(record: Mapping[str, Any] | None) -> Curve | None:
    """Return a record's curve, (epochs, 4): the epoch and the METRICS; None without.

    It is a tenth of the record's size, so that a study of many runs fits in memory.
    """
    points = (record or {}).get("curve") or []
    rows = [[point["epoch"], *map(point.get, METRICS)] for point in points]
    return np.array(rows, float) if rows else None


def mean_curves(
    runs: Iterable[tuple[Mapping[str, Any], Curve | None]],
    kept: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return a row a step and epoch: means and sds (ddof=1) over the finished seeds.

    ``runs`` are rows of results.csv, each with its curve. Of a step that lacks the
    curve of a finished run the rows of ``kept``, an earlier result, are taken where it
    has some.
    """
    import pandas as pd  # not at the top: a plan needs none of it

    steps: dict[tuple[str, ...], dict[str, Curve | None]] = {}
    for row, curve in runs:
        if row["status"] == "finished":
            key = tuple(str(row[name]) for name in KEYS)
            steps.setdefault(key, {})[row["run"]] = curve
    frames = [_of_step(key, [*curves.values()], kept) for key, curves in steps.items()]
    frames = [frame for frame in frames if not frame.empty]
    if not frames:
        return pd.DataFrame(columns=COLUMNS)
    return pd.concat(frames, ignore_index=True)


def _of_step(
    key: tuple[str, ...], curves: Sequence[Curve | None], kept: pd.DataFrame | None
) -> pd.DataFrame:
    import pandas as pd

    known = [curve for curve in curves if curve is not None]
    if kept is not None and len(known) < len(curves):
        same = [kept[name] == word for name, word in zip(KEYS[:3], key, strict=False)]
        earlier = kept[np.logical_and.reduce(same)]
        if not earlier.empty:
            return earlier
    rows = [[*key, *line] for line in _means(known)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _means(curves: Sequence[Curve]) -> Iterable[list[float]]:
    """Yield of each epoch: its number, how many curves have it, means and sds."""
    if not curves:
        return
    points = np.concatenate(curves)
    points = points[np.argsort(points[:, 0], kind="stable")]
    epochs, starts = np.unique(points[:, 0], return_index=True)
    for epoch, part in zip(epochs, np.split(points[:, 1:], starts[1:]), strict=True):
        n = len(part)
        sd = part.std(0, ddof=1) if n > 1 else np.full(len(METRICS), np.nan)
        yield [int(epoch), n, *np.ravel([part.mean(0), sd], "F")]


def write_curves(
    folder: Path, runs: Iterable[tuple[Mapping[str, Any], Curve | None]]
) -> None:
    """Write a study's ``curves.csv``, as ``mean_curves`` says; none without curves."""
    import pandas as pd

    file = folder / "curves.csv"
    kept = pd.read_csv(file, dtype=dict.fromkeys(KEYS, str)) if file.exists() else None
    curves = mean_curves(runs, kept)
    if not curves.empty:
        text = curves.to_csv(index=False, float_format="%.10g", lineterminator="\n")
        write_atomic(file, text.encode())
