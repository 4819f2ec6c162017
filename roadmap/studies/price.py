"""What a sweep would cost, before it starts: time, device-hours and disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

from roadmap.runs import store
from roadmap.runs.place import Place
from roadmap.runs.run import Run
from roadmap.studies.estimate import Speeds, estimate, is_needed
from roadmap.studies.plan import Planned
from roadmap.studies.study import Study
from roadmap.training.batching import batching
from roadmap.training.recipe import Recipe

MOST_PROBES = 20
"""Steps or combinations that are measured; further ones are priced as their mean."""
BYTES = 4
"""Of a weight; each of an optimizer's moments takes as many again."""


class Price(NamedTuple):
    """What is still to be done for one step of a study, over all its seeds."""

    step: str
    seconds_per_epoch: float | None
    """One run alone, with its evaluation; None where it could not be measured."""
    source: str
    """Where that is from: ``records`` of this study, a ``probe`` on this machine, an
    ``estimate`` from one small update here, or the ``mean`` of the others."""
    epochs: float
    """Left to train, over all seeds; what checkpoints hold is taken off."""
    device_hours: float | None
    disk: int
    """Bytes that the finished runs keep, and that those in training need besides."""


def price_of(
    study: Study, place: Place, settings: Any, report: Callable[[str], None]
) -> list[Price]:
    """Return the price of every step, in the order of the plan.

    The seconds of an epoch are taken from records of the same step, else measured by a
    short probe here, or estimated where a probe would take long or has no images.
    Nothing is written but the data set's cache. ``settings`` are the launcher's;
    ``report`` is called with what is being measured.
    """
    states = study.states
    steps: dict[str, list[Planned]] = {}
    for one in study.planned:
        steps.setdefault(one.step, []).append(one)
    prices: list[Price] = []
    speeds: Speeds = {}
    for step, runs in steps.items():
        todo = [one for one in runs if states[one.run.id] not in store.DONE]
        seconds, source = _recorded(runs, states, place), "records"
        known = [p.seconds_per_epoch for p in prices if p.seconds_per_epoch]
        if seconds is None and todo and len(known) < MOST_PROBES:
            report(f"probing {step}")
            seconds, source = _measured(todo[0], place, speeds)
        elif seconds is None and todo:
            seconds, source = fmean(known), "mean"
        epochs = sum(_epochs_left(one.run, place) for one in todo)
        hours = None if seconds is None else seconds * epochs / 3600
        hours = 0.0 if not todo else hours and hours * settings.devices
        disk = _disk(runs[0], len(todo), settings.workers) if todo else 0
        prices.append(Price(step, seconds, source, epochs, hours, disk))
    return prices


def check_budget(prices: Sequence[Price], budget_hours: float | None) -> None:
    """Refuse a sweep that would take more device-hours than it may.

    Raises:
        ValueError: one line, with the price, or with what it is not known of.
    """
    if budget_hours is None:
        return
    unknown = [price.step for price in prices if price.device_hours is None]
    if unknown:
        raise ValueError(
            f"budget_hours={budget_hours:g}: no price known for {', '.join(unknown)}: "
            "their device is not on this machine, and no record tells"
        )
    hours = sum(price.device_hours or 0 for price in prices)
    if hours > budget_hours:
        raise ValueError(
            f"budget_hours={budget_hours:g}: this sweep takes about {hours:.3g} "
            "device-hours; nothing was started (dry_run=true shows the plan)"
        )


def _measured(one: Planned, place: Place, speeds: Speeds) -> tuple[float | None, str]:
    """Return the seconds of an epoch, measured here, and how."""
    if is_needed(one, place):
        return estimate(one, place, speeds), "estimate"
    from roadmap.studies.probe import probe  # it trains, so it imports torch

    return probe(one.run, place), "probe"


def _recorded(
    runs: Sequence[Planned], states: Mapping[str, str], place: Place
) -> float | None:
    """Return the seconds of an epoch by the first of these runs that has finished."""
    done = next((o.run.id for o in runs if states[o.run.id] == "finished"), None)
    record = (done and store.read_record(Path(place.root), done)) or {}
    return record["wall_seconds"] / len(record["curve"]) if record else None


def _epochs_left(run: Run, place: Place) -> float:
    """Return the epochs still to train; a checkpoint is named by its update."""
    folder = store.run_folder(Path(place.root), run.id)
    update = max((int(p.stem) for p in folder.glob("checkpoints/[0-9]*.pt")), default=0)
    epochs = run.recipe["epochs"]
    if not update or not (size := run.data.get("train_size")):
        return epochs
    return epochs - update / batching(Recipe(**run.recipe), size).updates


def _disk(one: Planned, runs: int, workers: int) -> int:
    """Return bytes: weights of all runs, two checkpoints of those trained at a time."""
    recipe: Recipe = Recipe(**one.run.recipe)
    copies = 2 if recipe.ema else 1
    moments = 1 if recipe.optimizer == "sgd" else 2
    each = one.params * BYTES
    return each * copies * runs + 2 * each * (copies + moments) * min(runs, workers)
