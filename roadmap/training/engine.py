"""The training of one run, from a seed to its metrics, on one device or on several."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from itertools import islice
from typing import Any

import torch
from timm.utils import ModelEmaV3
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from roadmap.training import checkpoint, devices
from roadmap.training.batching import batching
from roadmap.training.evaluate import Correct, evaluate, metrics_of
from roadmap.training.optim import make_ema, make_mixup, make_optimizer, make_schedule
from roadmap.training.recipe import Recipe
from roadmap.training.setup import Setup
from roadmap.training.state import OnEpoch, OnUpdate, Outcome, Progress, Source
from roadmap.training.streams import parts_of_epoch, seed_everything

log = logging.getLogger(__name__)


def train(
    build: Callable[[], nn.Module],
    source: Source,
    recipe: Recipe,
    seed: int,
    setup: Setup | None = None,
    *,
    on_epoch: OnEpoch = lambda row: None,
    on_update: OnUpdate = lambda done, total, loss: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Train the network that ``build`` returns and evaluate it after each epoch.

    Training resumes from the newest checkpoint in ``setup.checkpoints``. Where
    ``should_stop`` returns True it writes a checkpoint and ends. On CPUs, with the same
    number of devices and threads, a resumed run ends bitwise as an uninterrupted one.

    Raises:
        ValueError: one line, where the batch cannot be divided as the setup says.
    """
    seed_everything(seed)
    setup = setup or Setup()
    training = Training(build(), source, recipe, seed, setup)
    status = training.run(on_epoch, on_update, should_stop)
    return training.outcome(status)


class Training:
    """The state of a run in training, and its training loop."""

    def __init__(
        self, model: nn.Module, source: Source, recipe: Recipe, seed: int, setup: Setup
    ) -> None:
        self.source, self.recipe, self.seed, self.setup = source, recipe, seed, setup
        self.batching = batching(
            recipe, source.train_size, setup.world, setup.device_batch
        )
        self.total = recipe.epochs * self.batching.updates
        self.device = torch.device(setup.device)
        self.dtype: torch.dtype = getattr(torch, recipe.precision)
        self.model = model.to(self.device).to(memory_format=torch.channels_last)
        self.ema: ModelEmaV3 | None = make_ema(recipe, self.model)
        self.optimizer = make_optimizer(recipe, self.model)
        self.schedule = make_schedule(recipe, self.optimizer, self.batching.updates)
        self.mixup = make_mixup(recipe, source.num_classes)
        half = self.dtype == torch.float16
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=half)
        self.progress = Progress(code=setup.code)
        self.diverged: dict[str, Any] | None = None
        self.correct: Correct | None = None
        self._load()
        self.saved_at = time.monotonic()
        self.parallel = devices.parallelize(self.model, setup)
        net = self.parallel or self.model
        self.net: Any = torch.compile(net) if setup.compile else net

    def run(
        self, on_epoch: OnEpoch, on_update: OnUpdate, should_stop: Callable[[], bool]
    ) -> str:
        """Train until the run is finished, diverged or interrupted; return which."""
        while True:
            # Checked first, as a checkpoint may have been written at an epoch's end.
            if len(self.progress.losses) == self.batching.updates:
                self._end_epoch()
                on_epoch(self.progress.curve[-1])
            if self.progress.update == self.total:
                return "finished"
            status = self._epoch(on_update, should_stop)
            if status:
                return status

    def outcome(self, status: str) -> Outcome:
        """Return the result of the run, which ended with this status."""
        progress = self.progress
        row = progress.curve[-1] if status == "finished" else {}
        images = progress.update * self.batching.batch_size
        return Outcome(
            status=status,
            metrics=metrics_of(row),
            correct=self.correct if row else None,
            ema_metrics=metrics_of(row, "ema_"),
            curve=progress.curve,
            train_seconds=progress.train_seconds,
            images_per_second=images / max(progress.train_seconds, 1e-9),
            diverged=self.diverged,
            code=progress.code,
            model=self.model,
            ema=self.ema.module if self.ema else None,
        )

    def _epoch(
        self, on_update: OnUpdate, should_stop: Callable[[], bool]
    ) -> str | None:
        """Train the rest of an epoch; return a status if the run ends with it."""
        # Reading a loss waits for the GPU, so it is read only every 50 updates there.
        every = 1 if self.device.type == "cpu" else 50
        self.net.train()
        pending: list[Tensor] = []
        updates, seconds = self.batching.updates, self.setup.checkpoint_seconds
        end = (self.progress.update // updates + 1) * updates
        began = time.perf_counter()
        for update, parts in self.updates():
            pending.append(self.step(update, parts))
            if len(pending) < every and update + 1 < end:
                continue
            stop = self._account(pending, should_stop())
            pending.clear()
            self.progress.train_seconds += time.perf_counter() - began
            if self.diverged:
                return "diverged"
            on_update(self.progress.update, self.total, self.progress.losses[-1])
            if stop or time.monotonic() - self.saved_at >= seconds:
                self._save()
            if stop:
                return "interrupted"
            began = time.perf_counter()
        return None

    def updates(self) -> Iterator[tuple[int, Iterator[tuple[int, Any]]]]:
        """Yield the rest of the epoch: each update's number and this rank's parts.

        A part is the seed of its mixup and drop path, and its images and labels.
        """
        first, total = self.progress.update, self.batching.updates
        parts = parts_of_epoch(
            self.seed, first, self.batching, self.source.train_size, self.setup.rank
        )
        batches = self.source.train_batches(parts.images, parts.augmentation)
        stream = zip(parts.model, batches, strict=True)
        for update in range(first, (first // total + 1) * total):
            yield update, islice(stream, self.batching.accumulate)

    def step(self, update: int, parts: Iterator[tuple[int, Any]]) -> Tensor:
        """Do one update of the weights; return the loss that led to it, a scalar."""
        self.schedule.step_update(update)
        total = torch.zeros((), device=self.device)
        for number, (seed, (images, labels)) in enumerate(parts, start=1):
            seed_everything(seed)
            with devices.exchange(self.parallel, number == self.batching.accumulate):
                loss = self._loss(images, labels) / self.batching.accumulate
                self.scaler.scale(loss).backward()
            total += loss.detach()
        if self.recipe.clip_grad is not None:
            self.scaler.unscale_(self.optimizer)
            nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.clip_grad)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.optimizer.zero_grad(set_to_none=True)
        devices.average_statistics(self.model, self.setup.world)
        if self.ema:
            self.ema.update(self.model)
        return total

    def _loss(self, images: Tensor, labels: Tensor) -> Tensor:
        smoothing = self.recipe.label_smoothing
        if self.mixup is not None:  # it mixes pairs of images and smooths the labels
            even = len(labels) // 2 * 2
            images, labels = self.mixup(images[:even], labels[:even])
            smoothing = 0.0
        images = images.contiguous(memory_format=torch.channels_last)
        with torch.autocast(self.device.type, self.dtype, self.dtype != torch.float32):
            logits = self.net(images)
        return cross_entropy(logits.float(), labels, label_smoothing=smoothing)

    def _account(self, pending: list[Tensor], stop: bool) -> bool:
        """Append these updates' losses; return whether any rank is to stop."""
        flag = torch.tensor([float(stop)], device=self.device)
        own = torch.cat((torch.stack(pending) / self.setup.world, flag))
        *losses, flags = devices.sum_over(own, self.setup.world).tolist()
        for loss in losses:
            if not math.isfinite(loss):
                self.diverged = {
                    "update": self.progress.update + 1,
                    "last_finite_loss": self.progress.last_loss,
                }
                break
            self.progress.update += 1
            self.progress.losses.append(loss)
            self.progress.last_loss = loss
        return flags > 0

    def _end_epoch(self) -> None:
        """Evaluate, and append the epoch's row to the curve."""
        progress, rate = self.progress, self.optimizer.param_groups[-1]
        row = {
            "epoch": progress.update // self.batching.updates,
            "train_loss": math.fsum(progress.losses) / len(progress.losses),
            "lr": rate["lr"] / rate.get("lr_scale", 1.0),
        }
        for name, model in (("", self.model), ("ema_", self.ema)):
            if model is not None:
                batches = self.source.eval_batches(self.setup.rank, self.setup.world)
                metrics, correct = evaluate(model, batches, self.dtype)
                self.correct = correct if model is self.model else self.correct
                row |= {name + k: v for k, v in metrics._asdict().items()}
        progress.curve.append(row)
        progress.losses = []

    def _save(self) -> None:
        self.saved_at = time.monotonic()
        if self.setup.checkpoints is None or self.setup.rank > 0:
            return
        state = {name: part.state_dict() for name, part in self._parts().items()}
        state["progress"] = asdict(self.progress)
        checkpoint.save(self.setup.checkpoints, self.progress.update, state)

    def _load(self) -> None:
        folder = self.setup.checkpoints
        state = checkpoint.load(folder, self.device) if folder else None
        if state is None:
            return
        for name, part in self._parts().items():
            part.load_state_dict(state[name])
        self.progress = Progress(**{"code": "unknown", **state["progress"]})
        if self.progress.add_code(self.setup.code):
            update, code = self.progress.update, self.progress.code
            log.warning("resumed at update %d by other code: %s", update, code)

    def _parts(self) -> dict[str, Any]:
        parts = {"model": self.model, "optimizer": self.optimizer, "ema": self.ema}
        return {k: v for k, v in {**parts, "scaler": self.scaler}.items() if v}
