"""What a sweep would cost, before it starts: time, device-hours and disk."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import torch
from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from roadmap.base.machine import resolve_device
from roadmap.runs import store
from roadmap.runs.assemble import build_model, open_source
from roadmap.runs.place import Place
from roadmap.runs.run import Run
from roadmap.studies.plan import Planned
from roadmap.training.batching import batching
from roadmap.training.engine import Training
from roadmap.training.evaluate import evaluate
from roadmap.training.recipe import Recipe

PROBE_SECONDS = 1.0
STATES = (*store.DONE, store.NEW, store.TO_RESUME, "to retry")
BYTES = 4
"""Of a weight; each of an optimizer's moments takes as many again."""


class Price(NamedTuple):
    """What is still to be done for one step of a study, over all its seeds."""

    step: str
    seconds_per_epoch: float | None
    """One run alone, with its evaluation; None where it could not be measured."""
    source: str
    """Where that is from: ``records`` of this study, or a ``probe`` on this machine."""
    epochs: float
    """Left to train, over all seeds; what checkpoints hold is taken off."""
    device_hours: float | None
    disk: int
    """Bytes that the finished runs keep, and that those in training need besides."""


def price_of(
    planned: Sequence[Planned],
    states: Mapping[str, str],
    place: Place,
    settings: Mapping[str, Any],
    say: Callable[[str], None],
) -> list[Price]:
    """Return the price of every step, in the order of the plan.

    The seconds of an epoch are taken from records of the same step, else measured by a
    short probe here. Nothing is written but the data set's cache.
    """
    steps: dict[str, list[Planned]] = {}
    for one in planned:
        steps.setdefault(one.step, []).append(one)
    prices = []
    for step, runs in steps.items():
        todo = [one for one in runs if states[one.run.id] not in store.DONE]
        seconds, source = _recorded(runs, states, place), "records"
        if seconds is None and todo:
            say(f"probing {step}")
            seconds, source = _probe(todo[0].run, place), "probe"
        epochs = sum(_epochs_left(one.run, place) for one in todo)
        hours = None if seconds is None else seconds * epochs / 3600
        hours = 0.0 if not todo else hours and hours * settings["devices"]
        disk = _disk(runs[0], len(todo), settings["workers"]) if todo else 0
        prices.append(Price(step, seconds, source, epochs, hours, disk))
    return prices


def check_budget(prices: Sequence[Price], budget_hours: float | None) -> None:
    """Refuse a sweep that would take more device-hours than it may.

    Raises:
        ValueError: one line, with the price, or with what it is not known of.
    """
    number = isinstance(budget_hours, int | float) and not isinstance(
        budget_hours, bool
    )
    if budget_hours is not None and not (number and budget_hours >= 0):
        raise ValueError(f"budget_hours={budget_hours}: valid: null or a number >= 0")
    if budget_hours is None:
        return
    unknown = [price.step for price in prices if price.device_hours is None]
    if unknown:
        raise ValueError(
            f"budget_hours={budget_hours}: no price known for {', '.join(unknown)}: "
            "their device is not on this machine, and no record tells"
        )
    hours = sum(price.device_hours or 0 for price in prices)
    if hours > budget_hours:
        raise ValueError(
            f"budget_hours={budget_hours}: this sweep takes about {hours:.3g} "
            "device-hours; nothing was started (dry_run=true shows the plan)"
        )


def show_plan(
    planned: Sequence[Planned],
    states: Mapping[str, str],
    prices: Sequence[Price],
    workers: int,
    console: Console,
) -> None:
    """Print a row a step: its runs by state, its size, and what is left to pay."""
    table = Table(box=SIMPLE, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for name in ("step", "change", "runs"):
        table.add_column(name)
    for name in ("params", "GFLOPs", "s/epoch", "device-h", "disk"):
        table.add_column(name, justify="right")
    first = {one.step: one for one in reversed(planned)}
    runs: dict[str, Counter[str]] = {price.step: Counter() for price in prices}
    for one in planned:
        state = states[one.run.id]
        runs[one.step][state if state in STATES else "to retry"] += 1
    for price in prices:
        one = first[price.step]
        counts = [f"{runs[price.step][s]} {s}" for s in STATES if runs[price.step][s]]
        table.add_row(
            price.step,
            escape(one.label),
            ", ".join(counts),
            f"{one.params:,}",
            f"{one.gflops:.3g}",
            _or_unknown(price.seconds_per_epoch, "{:.3g}"),
            _or_unknown(price.device_hours, "{:.3g}"),
            _megabytes(price.disk),
        )
    console.print(table)
    hours = sum(price.device_hours or 0 for price in prices)
    more = " or more" if any(price.device_hours is None for price in prices) else ""
    probed = any(price.source == "probe" and price.epochs for price in prices)
    console.print(
        f"{sum(price.epochs > 0 for price in prices)} steps to train: {hours:.3g} "
        f"device-hours{more}, about {hours / workers:.3g} h with {workers} at a time, "
        f"{_megabytes(sum(price.disk for price in prices))} of disk"
        + ("; s/epoch by a short probe of one run alone" if probed else "")
    )
    console.print("dry_run: nothing was trained")


def _recorded(
    runs: Sequence[Planned], states: Mapping[str, str], place: Place
) -> float | None:
    """Return the seconds of an epoch by the first of these runs that has finished."""
    done = next((o.run.id for o in runs if states[o.run.id] == "finished"), None)
    record = (done and store.read_record(Path(place.root), done)) or {}
    return record["wall_seconds"] / len(record["curve"]) if record else None


def _probe(run: Run, place: Place) -> float | None:
    """Return the seconds of an epoch with its evaluation, by a few updates."""
    try:
        device = resolve_device(place.setup.device)
    except ValueError:  # a GPU, and the sweep is started from where there is none
        return None
    threads = torch.get_num_threads()
    torch.set_num_threads(place.setup.threads)
    recipe = Recipe(**run.recipe)
    setup = replace(place.setup, device=device, compile=False)
    source = open_source(run, recipe, setup, place.cache)
    try:
        model = build_model(run, recipe)
        training = Training(model, source, recipe, run.seed, setup)
        updates = training.updates()
        each = _seconds_each(lambda: float(training.step(*next(updates))))
        batches = source.eval_batches()
        evaluated = _seconds_each(lambda: evaluate(training.model, [next(batches)]))
        images = len(next(iter(source.eval_batches()))[1])
        return each * training.batching.updates + evaluated * source.eval_size / images
    finally:
        source.close()
        torch.set_num_threads(threads)


def _seconds_each(go: Callable[[], object]) -> float:
    """Return the seconds of one call, the first left out, while there are any."""
    go()
    began, calls = time.perf_counter(), 0
    while time.perf_counter() - began < PROBE_SECONDS:
        try:
            go()
        except StopIteration:
            break
        calls += 1
    return (time.perf_counter() - began) / max(calls, 1)


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


def _or_unknown(value: float | None, form: str) -> str:
    return "?" if value is None else form.format(value)


def _megabytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"
