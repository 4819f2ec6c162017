"""A run ready to train, in this process, and how fast it trains."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch.nn.functional import cross_entropy

from roadmap.runs.assemble import build_model, open_source
from roadmap.studies.plan import plan_run
from roadmap.training.engine import Training
from roadmap.training.recipe import Recipe
from roadmap.training.setup import Setup


@contextmanager
def ready(
    words: list[str], device: str = "cpu", compiled: bool = False
) -> Iterator[Training]:
    """Yield the training of the run that these words ask for, with its data open."""
    run, setup = plan_run(words).run, Setup(device=device, compile=compiled)
    recipe = Recipe(**run.recipe)
    source = open_source(run, recipe, setup, Path("outputs", "data"))
    try:
        yield Training(build_model(run, recipe), source, recipe, run.seed, setup)
    finally:
        source.close()


def rate(training: Training, go: Callable[[], int], warm_up: int = 1) -> float:
    """Return images/s of ``go``, which returns the number of images it trained on."""
    for _ in range(warm_up):
        go()
    began = time.perf_counter()
    count = go()
    if training.device.type == "cuda":
        torch.cuda.synchronize()
    return count / (time.perf_counter() - began)


def train_batches(training: Training, updates: int) -> int:
    """Train on so many batches, as a run does; return the number of images."""
    training.progress.update = 0
    for number, (update, parts) in enumerate(training.updates()):
        training.step(update, parts).item()
        if number + 1 == updates:
            break
    return updates * training.batching.batch_size


def train_one_batch(training: Training, updates: int) -> int:
    """Do forward, backward and update on the same batch; return the images seen."""
    size, device = training.batching.batch_size, training.device
    ((images, labels),) = training.source.train_batches([torch.arange(size)], [0])
    images = images.contiguous(memory_format=torch.channels_last)
    enabled = training.dtype != torch.float32
    for _ in range(updates):
        with torch.autocast(device.type, training.dtype, enabled=enabled):
            logits = training.net(images)
        loss = cross_entropy(logits.float(), labels, label_smoothing=0.1)
        loss.backward()
        training.optimizer.step()
        training.optimizer.zero_grad(set_to_none=True)
    return updates * size
