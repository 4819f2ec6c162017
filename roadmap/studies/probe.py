"""How long an epoch of a run takes on this machine, by a few updates of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import torch

from roadmap.base.machine import resolve_device
from roadmap.runs.assemble import build_model, open_source
from roadmap.runs.place import Place
from roadmap.runs.run import Run
from roadmap.training.engine import Training
from roadmap.training.evaluate import evaluate
from roadmap.training.recipe import Recipe

PROBE_SECONDS = 1.0


def probe(run: Run, place: Place) -> float | None:
    """Return the seconds of an epoch with its evaluation, by a few updates.

    None where the run's device is not on this machine.
    """
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
