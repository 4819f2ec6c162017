"""What the studies measured of each step, read once for each table and kept.

Nothing here imports pandas or scipy unless a study's table is new.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from roadmap.base.kept import kept
from roadmap.report.looks import NEARLY, NOISE
from roadmap.report.numbers.studies import list_studies

NOTE = (
    "Mean ± sd over n seeds (ddof=1). The change is in percentage points against the "
    "step it changes ± half of its 95 % interval, over seeds, on that test set. "
    f"{NOISE}: within noise by Holm's correction over the path; {NEARLY}: so, though "
    "the interval excludes 0."
)
"""What the numbers of an effect mean."""
_FILES = ("results.csv", "table.csv")


@dataclass(frozen=True)
class Effect:
    """What a study measured of a step: top-1 in percent, changes in points."""

    study: str
    regime: str
    n: int
    """Seeds that finished."""
    top1_mean: float
    top1_std: float
    """Sample deviation over seeds (ddof=1); NaN where unknown."""
    delta: float
    """Less the parent's mean; NaN where there is none."""
    delta_low: float
    delta_high: float
    """The ends of its 95 % interval over seeds; NaN where no noise is known."""
    within_noise: str
    """``yes`` or ``no``, by Holm's correction; empty where no noise is known."""


Measured = list[tuple[str, Effect]]
"""A study's effects, each with the name of its step."""


def measured(root: Path) -> list[Measured]:
    """Return the effects of every study found, the paper's first.

    ``root`` is where studies are looked for beside ``experiments``.
    """
    studies = list_studies(root)
    names = sorted(studies, key=lambda name: (name != "paper", name))
    return [_read(studies[name]) for name in names]


def effects_of(step: str, regime: str, studies: list[Measured]) -> tuple[Effect, ...]:
    """Return the studies' effects of a step, at this regime or, lacking it, at all."""
    found: list[Effect] = []
    for study in studies:
        effects = [effect for name, effect in study if name == step]
        own = [effect for effect in effects if effect.regime == regime]
        found += own or effects
    return tuple(found)


def _read(folder: Path) -> Measured:
    """Return a study's effects, from the cache where its files are as they were."""
    digest = hashlib.sha256()
    for path in (folder / name for name in _FILES):
        digest.update(path.read_bytes() if path.exists() else b"")
        digest.update(b"\n")
    rows = kept(__name__, digest.hexdigest(), lambda: _rows(folder))
    return [(step, Effect(*numbers)) for step, *numbers in rows]


def _rows(folder: Path) -> list[list[Any]]:
    from roadmap.report.numbers.studies import load_table  # imports pandas and scipy

    names = ["step", *(field.name for field in fields(Effect))]
    return load_table(folder)[names].to_dict("split")["data"]
