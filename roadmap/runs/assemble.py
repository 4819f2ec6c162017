"""The parts of a run, made of its plain data and its setup, and their training.

It joins network, data and training. What it imports is what a result depends on, see
``base.code``; it knows no record, no tracker and no launcher.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import nn

from roadmap.base import machine
from roadmap.base.files import write_atomic
from roadmap.data import open as data
from roadmap.data.augment import Augmentation
from roadmap.data.source import Source
from roadmap.network.build import build
from roadmap.network.design import design_from
from roadmap.network.init import init_weights
from roadmap.network.weights import read_weights, start_from
from roadmap.runs import correct
from roadmap.runs.run import Run
from roadmap.training.batching import batching
from roadmap.training.engine import train
from roadmap.training.recipe import Recipe
from roadmap.training.setup import Setup
from roadmap.training.state import OnEpoch, OnUpdate, Outcome


def train_run(
    run: Run,
    setup: Setup,
    folder: Path,
    cache: Path,
    *,
    on_start: Callable[[str], None],
    on_epoch: OnEpoch,
    on_update: OnUpdate,
    should_stop: Callable[[], bool],
) -> dict[str, Any]:
    """Train the run and write its weights; return what its record says of it.

    Of several processes rank 0 writes the weights, and which images the network
    classifies correctly, to ``folder``, the run's own.
    ``cache`` is the folder for data that are made or downloaded. ``on_start`` is called
    with the line that says how the batch is divided; for the other functions see
    ``training.engine.train``.

    Raises:
        ValueError, DataError: one line, where the batch cannot be divided as the setup
            says, or the data cannot be had.
    """
    device = _prepare(setup)
    recipe = Recipe(**run.recipe)
    source = open_source(run, recipe, setup, cache)
    try:
        on_start(explain(recipe, source.train_size, setup))
        outcome = train(
            partial(build_model, run, recipe, setup.weights),
            source,
            recipe,
            run.seed,
            setup,
            on_epoch=on_epoch,
            on_update=on_update,
            should_stop=should_stop,
        )
        result = _result(outcome) | {
            "data_fingerprint": source.fingerprint(),
            "majority": source.majority(),
            "skipped_images": source.skipped,
            "peak_memory_bytes": machine.peak_memory(device),
        }
    finally:
        source.close()
    if setup.rank == 0 and outcome.correct is not None:  # it is finished
        _write_weights(outcome, folder)
        correct.write_run(folder, outcome.correct)
    return result


def open_source(run: Run, recipe: Recipe, setup: Setup, cache: Path) -> Source:
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
        root=setup.data_root,
        cache=cache,
        device=torch.device(setup.device),
        num_workers=setup.num_workers or 0,
    )


def build_model(run: Run, recipe: Recipe, weights: str | None = None) -> nn.Module:
    """Return the run's network with its initial weights.

    They are drawn by the recipe's rule from torch's generator, and where there is a
    file of weights, read from it; a head of another size is left as it was drawn.
    """
    sizes = (run.data["num_classes"], run.data["in_chans"], run.data["image_size"])
    model = build(design_from(run.network), *sizes)
    init_weights(model, recipe.weight_init, recipe.init_std, recipe.head_init_scale)
    if weights is not None:
        start_from(model, read_weights(Path(weights)))
    return model


def explain(recipe: Recipe, train_size: int, setup: Setup) -> str:
    """Return the rule of the batch and the learning rate, in one line."""
    parts = batching(recipe, train_size, setup.world, setup.device_batch)
    return parts.explain(recipe)


def _write_weights(outcome: Outcome, folder: Path) -> None:
    """Write a run's weights, and their moving average, to its folder."""
    for name, model in (("weights", outcome.model), ("weights_ema", outcome.ema)):
        if model is not None:
            state = {k: v.cpu().contiguous() for k, v in model.state_dict().items()}
            write_atomic(folder / f"{name}.safetensors", save(state))


def _prepare(setup: Setup) -> torch.device:
    """Set this process's threads and memory up for the run; return its device."""
    device = torch.device(setup.device)
    if device.type == "cpu":
        torch.set_num_threads(setup.threads)
        machine.keep_memory()
    else:
        torch.cuda.reset_peak_memory_stats(device)
    return device


def _result(outcome: Outcome) -> dict[str, Any]:
    result = {
        "status": outcome.status,
        "metrics": outcome.metrics._asdict() if outcome.metrics else None,
        "curve": outcome.curve,
        "train_seconds": outcome.train_seconds,
        "images_per_second": outcome.images_per_second,
        "code": outcome.code,
    }
    if outcome.correct is not None:
        result["eval_images"] = len(outcome.correct)
    if outcome.ema_metrics:
        result["ema_metrics"] = outcome.ema_metrics._asdict()
    if outcome.diverged:
        result["diverged"] = outcome.diverged
    return result
