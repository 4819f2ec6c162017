"""The data of a run in training: its source of batches, its progress, its outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from torch import Tensor, nn

from roadmap.training.evaluate import Correct, Metrics

OnEpoch = Callable[[dict[str, float]], None]
"""Called with the row of each epoch: epoch, train_loss, lr, top1, ..."""
OnUpdate = Callable[[int, int, float], None]
"""Called with the updates done, the updates in all, and the last loss."""


class Source(Protocol):
    """A source of batches: normalised float images and their labels, on the device."""

    train_size: int
    num_classes: int

    def train_batches(
        self, batches: Sequence[Tensor], seeds: Sequence[int]
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield an augmented batch for each tensor of indices, from that seed alone."""

    def eval_batches(
        self, rank: int = 0, world: int = 1
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield this rank's share of the split: its batches rank, rank + world, ..."""


@dataclass
class Progress:
    """How far a run has come, as plain data that a checkpoint can hold."""

    update: int = 0
    losses: list[float] = field(default_factory=list)
    """Losses of the current epoch's updates so far."""
    curve: list[dict[str, float]] = field(default_factory=list)
    """One row per epoch: epoch, train_loss (mean), lr at its end, and the metrics."""
    train_seconds: float = 0.0
    last_loss: float | None = None
    code: str = ""
    """The hash of the code that trained it; ``old+new`` where other code resumed it."""

    def add_code(self, code: str) -> bool:
        """Note that this code goes on with the run; return whether it is another."""
        other = code not in self.code.split("+")
        self.code = f"{self.code}+{code}" if other else self.code
        return other


@dataclass
class Outcome:
    """How the training of a run ended."""

    status: str
    """``finished``, ``diverged`` (the loss was no longer finite) or ``interrupted``."""
    metrics: Metrics | None
    """The metrics after the last epoch; None unless finished."""
    correct: Correct | None
    """The images behind ``metrics.top1``, in the order of the evaluation split."""
    ema_metrics: Metrics | None
    curve: list[dict[str, float]]
    train_seconds: float
    """Wall time of training: batches, forward, backward, update; no evaluation."""
    images_per_second: float
    diverged: dict[str, Any] | None
    """The update (from 1) whose loss was not finite, and the last finite loss."""
    code: str
    """The hash of the code that trained it; ``old+new`` where other code resumed it."""
    model: nn.Module
    ema: nn.Module | None
