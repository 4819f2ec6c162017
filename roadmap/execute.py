"""One run, from its plain data to its record: ties the ground floor together."""

from __future__ import annotations

import json
import logging
import platform
import traceback
from dataclasses import asdict
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from roadmap import data
from roadmap.data import augment
from roadmap.machine import keep_memory
from roadmap.network.build import build, design_from
from roadmap.network.network import init_weights
from roadmap.runs import store
from roadmap.runs.run import Run
from roadmap.training.engine import Outcome, Task, train
from roadmap.training.recipe import Recipe, recipe_from


class Place(NamedTuple):
    """Where a run is trained and kept; nothing of it changes the result."""

    root: str
    device: str = "cpu"
    threads: int = 1
    git_sha: str = ""
    data_root: str | None = None
    """Where the user keeps the data, for data sets that have a ``root``."""


def execute(run: Run, place: Place) -> dict[str, Any]:
    """Train the run and return its record, which then lies in the store as well.

    An exception inside the run becomes a record with status ``failed``; a run whose
    record stands is not trained again.
    """
    root = Path(place.root)
    if store.is_done(root, run.id):
        return store.read_record(root, run.id) or {}
    with _log(store.run_folder(root, run.id) / "train.log") as log:
        try:
            result = _result(train_run(run, place, log))
        except Exception as error:
            log.exception("failed")
            line = traceback.format_exception_only(error)[-1].strip()
            result = {"status": "failed", "error": line}
    record = {"run": run.id, **result, **asdict(run), "machine": _machine(place)}
    store.write_record(root, record)
    return record


def train_run(run: Run, place: Place, log: logging.Logger) -> Outcome:
    """Train the run on its place and return the outcome; nothing is written."""
    device = torch.device(place.device)
    if device.type == "cpu":
        torch.set_num_threads(place.threads)
        keep_memory()
    recipe = recipe_from(run.recipe)
    task = _task(run, recipe, place, device)

    def on_epoch(row: dict[str, float]) -> None:
        log.info("%s", " ".join(f"{key} {value:.6g}" for key, value in row.items()))

    return train(partial(_model, run, recipe), task, recipe, run.seed, on_epoch)


def _model(run: Run, recipe: Recipe) -> nn.Module:
    sizes = (run.data["num_classes"], run.data["in_chans"], run.data["image_size"])
    model = build(design_from(run.network), *sizes)
    init_weights(model, recipe.weight_init, recipe.init_std)
    return model


@lru_cache(maxsize=1)
def _load(settings: str, cache: Path, device: str) -> tuple[Tensor, ...]:
    """Load once a process: a worker trains many runs on the same data."""
    train_split, eval_split = data.load(json.loads(settings), cache)
    mean, std = augment.statistics(train_split)
    tensors = (*train_split, *eval_split, mean, std)
    return tuple(tensor.to(device) for tensor in tensors)


def _task(run: Run, recipe: Recipe, place: Place, device: torch.device) -> Task:
    settings = json.dumps({**run.data, "root": place.data_root})
    images, labels, eval_images, eval_labels, mean, std = _load(
        settings, Path(place.root) / "data", str(device)
    )
    normalize = partial(augment.normalize, mean=mean, std=std)

    def augmented(batch: Tensor, generator: torch.Generator) -> Tensor:
        if run.data["horizontal_flip"]:
            batch = augment.random_flip(batch, generator)
        batch = augment.random_shift(batch, recipe.random_shift, generator)
        return augment.random_erasing(
            normalize(batch), recipe.random_erasing, generator
        )

    return Task(
        images,
        labels,
        eval_images,
        eval_labels,
        run.data["num_classes"],
        augmented,
        normalize,
    )


def _result(outcome: Outcome) -> dict[str, Any]:
    curve = [  # JSON has no NaN
        {k: v if v - v == 0 else None for k, v in row.items()} for row in outcome.curve
    ]
    return {
        "status": outcome.status,
        "metrics": outcome.metrics._asdict() if outcome.metrics else None,
        "curve": curve,
        "train_seconds": outcome.train_seconds,
        "images_per_second": outcome.images_per_second,
    }


def _machine(place: Place) -> dict[str, Any]:
    cuda = place.device.startswith("cuda")
    return {
        "device": torch.cuda.get_device_name(place.device) if cuda else "cpu",
        "processor": platform.processor() or platform.machine(),
        "threads": place.threads,
        "git_sha": place.git_sha,
        "torch": torch.__version__,
    }


class _log:
    """A logger of the run's own that writes to its own file; the bar stays clean."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.handler = logging.FileHandler(path)
        self.handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))

    def __enter__(self) -> logging.Logger:
        logger = logging.getLogger(f"roadmap.run.{id(self)}")
        logger.propagate = False
        logger.setLevel(logging.INFO)
        logger.addHandler(self.handler)
        return logger

    def __exit__(self, *exc: object) -> None:
        self.handler.close()
