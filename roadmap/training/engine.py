"""The training of one run, from a seed to its metrics, on one device or on several.

Everything random in an update follows from the run's seed and the update's number, so
that a checkpoint holds no generator and a run can go on from it on other devices.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from itertools import islice
from typing import Any

import numpy as np
import torch
from timm.utils import ModelEmaV3, distribute_bn
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.parallel import DistributedDataParallel

from roadmap.training import checkpoint
from roadmap.training.batching import batching
from roadmap.training.evaluate import Metrics, evaluate
from roadmap.training.optim import make_ema, make_mixup, make_optimizer, make_schedule
from roadmap.training.recipe import Recipe
from roadmap.training.state import Outcome, Progress, Setup, Source

ORDER, AUGMENTATION, MODEL = range(3)
"""What a random stream is for; with the run's seed and a number it names the stream."""


def derive(seed: int, purpose: int, *numbers: int) -> int:
    """Return a 32-bit seed for one random stream of a run."""
    sequence = np.random.SeedSequence((seed, purpose, *numbers))
    return int(sequence.generate_state(1)[0])


def seed_everything(seed: int) -> None:
    """Seed torch (weights, drop path) and numpy (timm's Mixup draws from it)."""
    torch.manual_seed(seed)
    np.random.seed(seed % 2**32)


def train(
    build: Callable[[], nn.Module],
    source: Source,
    recipe: Recipe,
    seed: int,
    setup: Setup | None = None,
    *,
    on_epoch: Callable[[dict[str, float]], None] = lambda row: None,
    on_update: Callable[[int, int, float], None] = lambda done, total, loss: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Train what ``build`` makes, from this seed, and evaluate the last epoch.

    Goes on from the newest checkpoint in ``setup.checkpoints``, and leaves one there
    when ``should_stop`` says so. On one CPU, with one number of threads, the outcome is
    the same to the last bit, however many times the run was stopped or killed.

    Raises:
        ValueError: one line, where the batch cannot be divided as the setup says.
    """
    seed_everything(seed)
    setup = setup or Setup()
    training = Training(build(), source, recipe, seed, setup)
    status = training.run(on_epoch, on_update, should_stop)
    return training.outcome(status)


class Training:
    """The state of a run in training, and the loop that carries it on."""

    def __init__(
        self,
        model: nn.Module,
        source: Source,
        recipe: Recipe,
        seed: int,
        setup: Setup,
    ) -> None:
        self.source, self.recipe, self.seed, self.setup = source, recipe, seed, setup
        self.batching = batching(
            recipe, source.train_size, setup.world, setup.device_batch
        )
        self.total = recipe.epochs * self.batching.updates
        self.dtype: torch.dtype = getattr(torch, recipe.precision)
        self.model = model.to(setup.device).to(memory_format=torch.channels_last)
        self.ema: ModelEmaV3 | None = make_ema(recipe, self.model)
        self.optimizer = make_optimizer(recipe, self.model)
        self.schedule = make_schedule(recipe, self.optimizer, self.batching.updates)
        self.mixup = make_mixup(recipe, source.num_classes)
        half = self.dtype == torch.float16
        self.scaler = torch.amp.GradScaler(setup.device.type, enabled=half)
        self.progress = Progress()
        self.diverged: dict[str, Any] | None = None
        self._load()
        self.saved_at = time.monotonic()
        self.parallel = _parallel(self.model, setup)
        net = self.parallel or self.model
        self.net: Any = torch.compile(net) if setup.compile else net

    def run(
        self,
        on_epoch: Callable[[dict[str, float]], None],
        on_update: Callable[[int, int, float], None],
        should_stop: Callable[[], bool],
    ) -> str:
        """Train to the end, or to what ends it before, and return the status."""
        while True:
            # Also first thing after a checkpoint that was left at an epoch's end.
            if len(self.progress.losses) == self.batching.updates:
                self._end_epoch()
                on_epoch(self.progress.curve[-1])
            if self.progress.update == self.total:
                return "finished"
            status = self._epoch(on_update, should_stop)
            if status:
                return status

    def outcome(self, status: str) -> Outcome:
        """Return what became of the run."""
        progress, row = self.progress, self._last_row() if status == "finished" else {}
        images = progress.update * self.batching.batch_size
        return Outcome(
            status=status,
            metrics=_metrics(row, ""),
            ema_metrics=_metrics(row, "ema_"),
            curve=progress.curve,
            train_seconds=progress.train_seconds,
            images_per_second=images / max(progress.train_seconds, 1e-9),
            diverged=self.diverged,
            model=self.model,
            ema=self.ema.module if self.ema else None,
        )

    def _epoch(
        self,
        on_update: Callable[[int, int, float], None],
        should_stop: Callable[[], bool],
    ) -> str | None:
        """Train the rest of an epoch; return a status if the run ends with it."""
        # Reading a loss waits for a GPU, so there it is done once in a while.
        every = 1 if self.setup.device.type == "cpu" else 50
        self.net.train()
        pending: list[Tensor] = []
        end = (self.progress.update // self.batching.updates + 1) * (
            self.batching.updates
        )
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
            if stop or self._due():
                self._save()
            if stop:
                return "interrupted"
            began = time.perf_counter()
        return None

    def updates(self) -> Iterator[tuple[int, Iterator[tuple[int, Any]]]]:
        """Yield the rest of the epoch: each update's number and this rank's parts."""
        cut, setup = self.batching, self.setup
        epoch, done = divmod(self.progress.update, cut.updates)
        generator = torch.Generator().manual_seed(derive(self.seed, ORDER, epoch))
        order = torch.randperm(self.source.train_size, generator=generator)
        whole = order[: cut.updates * cut.batch_size]  # an odd rest is left out
        parts = whole.view(cut.updates, -1, cut.device_batch)
        todo = [
            (update, part)
            for update in range(done, cut.updates)
            for part in range(setup.rank, parts.shape[1], setup.world)
        ]
        numbers = [(epoch * cut.updates + update, part) for update, part in todo]
        batches = self.source.train_batches(
            [parts[where] for where in todo],
            [derive(self.seed, AUGMENTATION, *n) for n in numbers],
        )
        seeds = [derive(self.seed, MODEL, *n) for n in numbers]
        stream = zip(seeds, batches, strict=True)
        for update in range(done, cut.updates):
            yield epoch * cut.updates + update, islice(stream, cut.accumulate)

    def step(self, update: int, parts: Iterator[tuple[int, Any]]) -> Tensor:
        """Do one update of the weights; return the loss that led to it, a scalar."""
        self.schedule.step_update(update)
        total = torch.zeros((), device=self.setup.device)
        for number, (seed, (images, labels)) in enumerate(parts, start=1):
            seed_everything(seed)
            with self._sync(number == self.batching.accumulate):
                loss = self._loss(images, labels) / self.batching.accumulate
                self.scaler.scale(loss).backward()
            total += loss.detach()
        if self.recipe.clip_grad is not None:
            self.scaler.unscale_(self.optimizer)
            nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.clip_grad)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.optimizer.zero_grad(set_to_none=True)
        if self.ema:
            self.ema.update(self.model)
        return total

    def _loss(self, images: Tensor, labels: Tensor) -> Tensor:
        smoothing = self.recipe.label_smoothing
        if self.mixup is not None:  # it smooths the labels itself, and pairs images
            even = len(labels) // 2 * 2
            images, labels = self.mixup(images[:even], labels[:even])
            smoothing = 0.0
        images = images.contiguous(memory_format=torch.channels_last)
        enabled = self.dtype != torch.float32
        with torch.autocast(self.setup.device.type, self.dtype, enabled=enabled):
            logits = self.net(images)
        return cross_entropy(logits.float(), labels, label_smoothing=smoothing)

    def _sync(self, last: bool) -> AbstractContextManager[Any]:
        """Return a context in which gradients are exchanged only by the last part."""
        if self.parallel is None or last:
            return nullcontext()
        return self.parallel.no_sync()

    def _account(self, pending: list[Tensor], stop: bool) -> bool:
        """Take over these updates' losses; return whether any rank is to stop."""
        flag = torch.tensor([float(stop)], device=self.setup.device)
        seen = torch.cat((torch.stack(pending) / self.setup.world, flag))
        if self.parallel is not None:
            torch.distributed.all_reduce(seen)
        *losses, flags = seen.tolist()
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
        """Evaluate, and put the epoch's row on the curve."""
        progress, rate = self.progress, self.optimizer.param_groups[-1]
        row = {
            "epoch": progress.update // self.batching.updates,
            "train_loss": math.fsum(progress.losses) / len(progress.losses),
            "lr": rate["lr"] / rate.get("lr_scale", 1.0),
        }
        if self.parallel is not None:  # BatchNorm's statistics differ between ranks
            distribute_bn(self.model, self.setup.world, reduce=True)
        for name, model in (("", self.model), ("ema_", self.ema)):
            if model is not None:
                batches = self.source.eval_batches(self.setup.rank, self.setup.world)
                metrics = evaluate(model, batches, self.dtype)
                row |= {name + k: v for k, v in metrics._asdict().items()}
        progress.curve.append(row)
        progress.losses = []

    def _last_row(self) -> dict[str, float]:
        return self.progress.curve[-1] if self.progress.curve else {}

    def _due(self) -> bool:
        return time.monotonic() - self.saved_at >= self.setup.checkpoint_seconds

    def _save(self) -> None:
        self.saved_at = time.monotonic()
        if self.setup.checkpoints is None or self.setup.rank > 0:
            return
        state = {name: part.state_dict() for name, part in self._parts().items()}
        state["progress"] = asdict(self.progress)
        checkpoint.save(self.setup.checkpoints, self.progress.update, state)

    def _load(self) -> None:
        if self.setup.checkpoints is None:
            return
        state = checkpoint.load(self.setup.checkpoints, self.setup.device)
        if state is not None:
            for name, part in self._parts().items():
                part.load_state_dict(state[name])
            self.progress = Progress(**state["progress"])

    def _parts(self) -> dict[str, Any]:
        parts = {"model": self.model, "optimizer": self.optimizer, "ema": self.ema}
        return {k: v for k, v in {**parts, "scaler": self.scaler}.items() if v}


def _parallel(model: nn.Module, setup: Setup) -> DistributedDataParallel | None:
    if setup.world == 1:
        return None
    ids = None if setup.device.type == "cpu" else [setup.device]
    # Every rank keeps BatchNorm statistics of its own until they are averaged.
    return DistributedDataParallel(model, device_ids=ids, broadcast_buffers=False)


def _metrics(row: dict[str, float], prefix: str) -> Metrics | None:
    names = [prefix + name for name in Metrics._fields]
    return Metrics(*(row[name] for name in names)) if names[0] in row else None
