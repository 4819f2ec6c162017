"""A run's parts, made of its plain data and its place, and their training.

Ties the ground floor together: network, data, training, and the run's own folder.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors.torch import save
from torch import nn

from roadmap import data
from roadmap.base import machine
from roadmap.base.files import write_atomic
from roadmap.data.augment import Augmentation
from roadmap.network.build import build
from roadmap.network.design import design_from
from roadmap.network.network import init_weights
from roadmap.network.weights import read_weights, start_from
from roadmap.runs.run import Run
from roadmap.training.batching import batching
from roadmap.training.engine import train
from roadmap.training.recipe import Recipe, recipe_from
from roadmap.training.state import Outcome, Setup
from roadmap.training.trackers import Labels, Tracker, open_tracker

OnUpdate = Callable[[int, int, float], None]
"""Told of updates done, updates in all, and the last loss."""


class Place(NamedTuple):
    """Where and how a run is trained and kept; none of it is in the run's identity."""

    root: str
    device: str = "cpu"
    threads: int = 1
    rank: int = 0
    world: int = 1
    """Devices that train this run together."""
    device_batch: int | None = None
    compile: bool = False
    num_workers: int = 0
    """Processes that load data for this run; 0: the run's own."""
    checkpoint_seconds: float = 600.0
    git_sha: str = ""
    data_root: str | None = None
    """Where the user keeps the data, for data sets that have a ``root``."""
    weights: str | None = None
    """The file whose weights the network starts from."""
    tracker: Mapping[str, Any] = {"name": "none"}
    study: str = ""
    regime: str = ""
    step: str = ""


def train_run(
    run: Run,
    place: Place,
    folder: Path,
    told: tuple[logging.Logger, Callable[[str], None]],
    on_update: OnUpdate,
    should_stop: Callable[[], bool],
) -> dict[str, Any]:
    """Train, keep the weights, tell the tracker; return the record's own part.

    ``told``: the run's log, and who else is told how the batch is divided.
    """
    log, say = told
    device = torch.device(place.device)
    if device.type == "cpu":
        torch.set_num_threads(place.threads)
        machine.keep_memory()
    else:
        torch.cuda.reset_peak_memory_stats(device)
    recipe = recipe_from(run.recipe)
    source = open_source(run, recipe, place)
    rule = explain(recipe, source.train_size, place)
    log.info("%s", rule)
    say(rule)
    tracker, ended = _tracker(run, place, folder), {"status": "failed"}

    def on_epoch(row: dict[str, float]) -> None:
        log.info("%s", " ".join(f"{key} {value:.6g}" for key, value in row.items()))
        tracker.log(row)

    try:
        outcome = train(
            partial(build_model, run, recipe, place.weights),
            source,
            recipe,
            run.seed,
            _setup(place, folder),
            on_epoch=on_epoch,
            on_update=on_update,
            should_stop=should_stop,
        )
        result = _result(outcome) | {
            "data_fingerprint": source.fingerprint(),
            "skipped_images": source.skipped,
            "peak_memory_bytes": machine.peak_memory(device),
        }
        ended = {"status": outcome.status, **(result["metrics"] or {})}
    finally:
        source.close()
        tracker.finish(ended)
    if place.rank == 0:
        _keep_weights(outcome, folder)
    return result


def open_source(run: Run, recipe: Recipe, place: Place) -> data.Source:
    """Return the run's data, augmented as its recipe says, on its device."""
    augmentation = Augmentation(
        random_resized_crop=recipe.random_resized_crop,
        randaugment=recipe.randaugment,
        random_erasing=recipe.random_erasing,
        random_shift=recipe.random_shift,
    )
    return data.open_source(
        run.data,
        augmentation,
        root=place.data_root,
        cache=Path(place.root) / "data",
        device=torch.device(place.device),
        num_workers=place.num_workers,
    )


def build_model(run: Run, recipe: Recipe, weights: str | None = None) -> nn.Module:
    """Return the run's network with the weights that it starts from.

    They are drawn by the recipe's rule from torch's generator, and where there is a
    file of weights, read from it; a head of another size is left as it was drawn.
    """
    sizes = (run.data["num_classes"], run.data["in_chans"], run.data["image_size"])
    model = build(design_from(run.network), *sizes)
    init_weights(model, recipe.weight_init, recipe.init_std, recipe.head_init_scale)
    if weights is not None:
        start_from(model, read_weights(Path(weights)))
    return model


def explain(recipe: Recipe, train_size: int, place: Place) -> str:
    """Return the rule of the batch and the learning rate, in one line."""
    cut = batching(recipe, train_size, place.world, place.device_batch)
    return cut.explain(recipe)


def _setup(place: Place, folder: Path) -> Setup:
    return Setup(
        device=torch.device(place.device),
        rank=place.rank,
        world=place.world,
        device_batch=place.device_batch,
        compile=place.compile,
        checkpoints=folder / "checkpoints",
        checkpoint_seconds=place.checkpoint_seconds,
    )


def _tracker(run: Run, place: Place, folder: Path) -> Tracker:
    settings = place.tracker if place.rank == 0 else {"name": "none"}
    labels = Labels(place.study, place.regime, place.step, run.seed, run.id)
    return open_tracker(settings, folder, labels, asdict(run))


def _keep_weights(outcome: Outcome, folder: Path) -> None:
    """Leave a finished run's weights beside its record."""
    if outcome.status != "finished":
        return
    for name, model in (("weights", outcome.model), ("weights_ema", outcome.ema)):
        if model is not None:
            state = {k: v.cpu().contiguous() for k, v in model.state_dict().items()}
            write_atomic(folder / f"{name}.safetensors", save(state))


def _result(outcome: Outcome) -> dict[str, Any]:
    result = {
        "status": outcome.status,
        "metrics": outcome.metrics._asdict() if outcome.metrics else None,
        "curve": outcome.curve,
        "train_seconds": outcome.train_seconds,
        "images_per_second": outcome.images_per_second,
    }
    if outcome.ema_metrics:
        result["ema_metrics"] = outcome.ema_metrics._asdict()
    if outcome.diverged:
        result["diverged"] = outcome.diverged
    return result
