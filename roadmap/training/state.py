"""What a run in training is given, keeps and leaves: plain data and one protocol."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from roadmap.training.evaluate import Metrics


class Source(Protocol):
    """Where batches come from: float images, normalised, and labels, on the device."""

    train_size: int
    num_classes: int

    def train_batches(
        self, batches: Sequence[Tensor], seeds: Sequence[int]
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield an augmented batch for each tensor of indices, from that seed alone."""

    def eval_batches(
        self, rank: int = 0, world: int = 1
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield this rank's share of the evaluation split."""


@dataclass(frozen=True)
class Setup:
    """Where and how a run is trained; nothing of it is part of the run's identity."""

    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    rank: int = 0
    world: int = 1
    device_batch: int | None = None
    """Images that a device takes at once; None: its whole share of the batch."""
    compile: bool = False
    checkpoints: Path | None = None
    """The folder for checkpoints; None for none."""
    checkpoint_seconds: float = 600.0


@dataclass
class Progress:
    """How far a run has come; plain, so that a checkpoint can hold it."""

    update: int = 0
    losses: list[float] = field(default_factory=list)
    """Of the current epoch's updates so far."""
    curve: list[dict[str, float]] = field(default_factory=list)
    """A row an epoch: epoch, train_loss (mean), lr at its end, and its evaluation."""
    train_seconds: float = 0.0
    last_loss: float | None = None


@dataclass
class Outcome:
    """How the training of a run ended."""

    status: str
    """``finished``, ``diverged`` (the loss was no longer finite) or ``interrupted``."""
    metrics: Metrics | None
    """Of the last epoch; None unless finished."""
    ema_metrics: Metrics | None
    curve: list[dict[str, float]]
    train_seconds: float
    """Wall time of training: batches, forward, backward, update; no evaluation."""
    images_per_second: float
    diverged: dict[str, Any] | None
    """The update (from 1) whose loss was not finite, and the last finite loss."""
    model: nn.Module
    ema: nn.Module | None
