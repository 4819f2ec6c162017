"""The training of one run, from a seed to its metrics."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from roadmap.training.recipe import Recipe, make_mixup, make_optimizer, make_schedule

Augment = Callable[[Tensor, torch.Generator], Tensor]
"""uint8 images (n, c, h, w) and a generator to normalised, augmented float images."""


class Metrics(NamedTuple):
    """Of the evaluation split: accuracies in percent, cross-entropy in nats."""

    top1: float
    top5: float
    loss: float


@dataclass(frozen=True)
class Task:
    """What a run learns: images (uint8) and labels on the device, and their use."""

    images: Tensor
    labels: Tensor
    eval_images: Tensor
    eval_labels: Tensor
    num_classes: int
    augment: Augment
    normalize: Callable[[Tensor], Tensor]


@dataclass
class Outcome:
    """How the training of a run ended."""

    status: str
    """``finished``, or ``diverged`` when the loss was no longer finite."""
    metrics: Metrics | None
    curve: list[dict[str, float]]
    """One row an epoch: epoch, training loss (mean), learning rate at its end."""
    train_seconds: float
    """Wall time inside training steps: augmentation, forward, backward, update."""
    images_per_second: float


def seed_everything(seed: int) -> None:
    """Seed torch (weights, drop path) and numpy (timm's Mixup draws from it)."""
    torch.manual_seed(seed)
    np.random.seed(seed)


def train(
    build: Callable[[], nn.Module],
    task: Task,
    recipe: Recipe,
    seed: int,
    on_epoch: Callable[[dict[str, float]], None] = lambda row: None,
) -> Outcome:
    """Train what ``build`` makes, from this seed, and evaluate the last epoch.

    Everything random comes from ``seed``: on one CPU, with one number of threads, the
    outcome is the same to the last bit.
    """
    seed_everything(seed)
    model = build().to(task.images.device)
    model.to(memory_format=torch.channels_last)
    steps = _Steps(model, task, recipe, torch.Generator().manual_seed(seed))
    curve: list[dict[str, float]] = []
    seconds = 0.0
    for epoch in range(recipe.epochs):
        began = time.perf_counter()
        loss = steps.epoch(epoch)
        seconds += time.perf_counter() - began
        rate = steps.optimizer.param_groups[0]["lr"]
        curve.append({"epoch": epoch + 1, "train_loss": loss, "lr": rate})
        on_epoch(curve[-1])
        if not math.isfinite(loss):
            break
    diverged = not math.isfinite(curve[-1]["train_loss"])
    images = len(curve) * steps.per_epoch * steps.batch_size
    return Outcome(
        status="diverged" if diverged else "finished",
        metrics=None if diverged else evaluate(model, task),
        curve=curve,
        train_seconds=seconds,
        images_per_second=images / seconds,
    )


class _Steps:
    """The training steps of a run, with what they carry from one to the next."""

    def __init__(
        self, model: nn.Module, task: Task, recipe: Recipe, generator: torch.Generator
    ) -> None:
        self.model, self.task, self.recipe = model, task, recipe
        self.generator = generator
        self.batch_size = min(recipe.batch_size, len(task.labels) // 2 * 2)
        self.per_epoch = len(task.labels) // self.batch_size
        self.optimizer = make_optimizer(recipe, model)
        self.schedule = make_schedule(recipe, self.optimizer, self.per_epoch)
        self.mixup = make_mixup(recipe, task.num_classes)

    def epoch(self, epoch: int) -> float:
        """Train one epoch; return its mean loss, or the first that is not finite."""
        self.model.train()
        total = 0.0
        for i, (images, labels) in enumerate(self._batches()):
            self.schedule.step_update(epoch * self.per_epoch + i)
            loss = self._step(images, labels).item()
            if not math.isfinite(loss):
                return loss
            total += loss
        return total / self.per_epoch

    def _batches(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield the epoch's whole batches in a new order; an odd rest is left out."""
        order = torch.randperm(len(self.task.labels), generator=self.generator)
        order = order.to(self.task.labels.device)
        for i in range(self.per_epoch):
            chosen = order[i * self.batch_size : (i + 1) * self.batch_size]
            images = self.task.augment(self.task.images[chosen], self.generator)
            yield images, self.task.labels[chosen]

    def _step(self, images: Tensor, labels: Tensor) -> Tensor:
        smoothing = self.recipe.label_smoothing
        if self.mixup is not None:  # it smooths the labels itself
            images, labels = self.mixup(images, labels)
            smoothing = 0.0
        images = images.contiguous(memory_format=torch.channels_last)
        loss = cross_entropy(self.model(images), labels, label_smoothing=smoothing)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        return loss.detach()


@torch.inference_mode()
def evaluate(model: nn.Module, task: Task, batch_size: int = 250) -> Metrics:
    """Return the model's metrics on the task's evaluation split."""
    model.eval()
    first = fifth = 0
    loss = 0.0
    for start in range(0, len(task.eval_labels), batch_size):
        labels = task.eval_labels[start : start + batch_size]
        images = task.normalize(task.eval_images[start : start + batch_size])
        logits = model(images.contiguous(memory_format=torch.channels_last)).float()
        hits = logits.topk(min(5, task.num_classes)).indices == labels[:, None]
        first += int(hits[:, 0].sum())
        fifth += int(hits.any(1).sum())
        loss += cross_entropy(logits, labels, reduction="sum").item()
    n = len(task.eval_labels)
    return Metrics(100 * first / n, 100 * fifth / n, loss / n)
