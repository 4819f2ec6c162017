"""What the studies measured of each step, read once for each table and kept.

Nothing here imports pandas or scipy unless a study's table is new.
"""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass, fields, replace
from math import nan as NAN
from pathlib import Path
from typing import Any, NamedTuple

from roadmap.base.kept import kept
from roadmap.base.paper import paper_folder
from roadmap.network.changes import is_combination
from roadmap.report.looks import NEARLY, NOISE
from roadmap.report.numbers.studies import list_studies, load_question
from roadmap.runs.store import DONE

MEANS = "Mean ± sd over n seeds (ddof=1)."
"""What the accuracies of an effect mean."""
NOTE = (
    f"{MEANS} The change is in percentage points against the "
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


class Studies(NamedTuple):
    """The effects of all studies that a lesson may show."""

    paper: Measured
    own: dict[Path, Measured]
    """The finished studies of the user's folder, the newest first."""
    recorded: list[Measured]
    """Those that come with the project."""


def measured(root: Path) -> Studies:
    """Return the effects of every study found; ``root`` is the user's folder."""
    paper = paper_folder()
    recorded = list_studies(paper.parent)
    inside = list_studies(root).values()
    own = [path for path in inside if path.parent == root and _is_finished(path)]
    own.sort(key=lambda path: (path / "results.csv").stat().st_mtime, reverse=True)
    others = [path for name, path in sorted(recorded.items()) if name != "paper"]
    return Studies(
        _read(paper), {path: _read(path) for path in own}, [_read(p) for p in others]
    )


def effects_of(
    step: str, regime: str, studies: Studies
) -> tuple[tuple[Effect, ...], str]:
    """Return the effects of a step, the paper's first, and whose the others are.

    They are of the newest finished study of the user's that has the step, else of the
    recorded studies; at this regime or, lacking it, at all.
    """
    paper = _of(step, regime, studies.paper)
    for folder, study in studies.own.items():
        if found := _of(step, regime, study):
            whose = f"{folder}, your newest finished study with this step"
            return (*paper, *found), whose
    others = [effect for one in studies.recorded for effect in _of(step, regime, one)]
    return (*paper, *others), "recorded with the project" if others else ""


def accuracies_of(
    step: str, regime: str, studies: Studies
) -> tuple[tuple[Effect, ...], str]:
    """Return the effects of a combination: as ``effects_of``, without changes.

    A combination changes no one step that all studies would measure it from.
    """
    effects, whose = effects_of(step, regime, studies)
    unknown: dict[str, Any] = dict.fromkeys(("delta", "delta_low", "delta_high"), NAN)
    return tuple(replace(one, within_noise="", **unknown) for one in effects), whose


def _of(step: str, regime: str, study: Measured) -> list[Effect]:
    effects = [effect for name, effect in study if name == step]
    return [effect for effect in effects if effect.regime == regime] or effects


def _is_finished(folder: Path) -> bool:
    """Return whether a study was measured, and all of its runs are done."""
    file = folder / "results.csv"
    if not file.exists():
        return False
    with file.open(newline="") as lines:
        return all(row["status"] in DONE for row in csv.DictReader(lines))


def _read(folder: Path) -> Measured:
    """Return a study's effects, from the cache where its files are as they were."""
    digest = hashlib.sha256()
    for path in (folder / name for name in _FILES):
        digest.update(path.read_bytes() if path.exists() else b"")
        digest.update(b"\n")
    rows = kept(__name__, digest.hexdigest(), lambda: _rows(folder))
    return [(step, Effect(*numbers)) for step, *numbers in rows]


def _rows(folder: Path) -> list[list[Any]]:
    """Return a study's effects; of a question about combinations, those of no step.

    Such a study lacks the steps that its steps change.
    """
    from roadmap.report.numbers.studies import load_table  # imports pandas and scipy

    names = ["step", *(field.name for field in fields(Effect))]
    rows = load_table(folder)[names].to_dict("split")["data"]
    if load_question(folder) is None:
        return rows
    return [row for row in rows if is_combination(row[0])]
