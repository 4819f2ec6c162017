"""Data that live on the device as whole tensors, augmented a batch at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from torch import Generator, Tensor

from roadmap.data import augment
from roadmap.data.augment import Augmentation
from roadmap.data.datasets import Split, fingerprint, load
from roadmap.data.source import EVAL_BATCH, Batch


class Resident:
    """A Source whose images and labels are tensors on the device."""

    skipped = 0

    def __init__(
        self,
        settings: Mapping[str, Any],
        augmentation: Augmentation,
        root: str | None,
        cache: Path,
        device: torch.device,
    ) -> None:
        """Load the splits; once a process, for a worker trains many runs on them.

        Raises:
            DataError: one line, when the data cannot be had.
        """
        described = json.dumps({**settings, "root": root})
        self._loaded = _load(described, cache, str(device))
        self._train, self._eval, self._statistics, self._fingerprint = self._loaded
        self._augmentation, self._device = augmentation, device
        self._flip = settings["horizontal_flip"]
        self.train_size, self.eval_size = (
            len(split.labels) for split in (self._train, self._eval)
        )
        self.num_classes = settings["num_classes"]

    def train_batches(
        self, batches: Sequence[Tensor], seeds: Sequence[int]
    ) -> Iterator[Batch]:
        """Yield an augmented batch for each tensor of indices."""
        for indices, seed in zip(batches, seeds, strict=True):
            chosen = indices.to(self._device, non_blocking=True)
            generator = Generator().manual_seed(seed)
            images = self._augmented(self._train.images[chosen], generator)
            yield images, self._train.labels[chosen]

    def eval_batches(self, rank: int = 0, world: int = 1) -> Iterator[Batch]:
        """Yield this rank's share of the evaluation split."""
        images, labels = self._eval
        for start in range(rank * EVAL_BATCH, len(labels), world * EVAL_BATCH):
            part = slice(start, start + EVAL_BATCH)
            yield augment.normalize(images[part], *self._statistics), labels[part]

    def fingerprint(self) -> str:
        """Return a hash of both splits' bytes."""
        return self._fingerprint

    def close(self) -> None:
        """Do nothing: no process was started, and the tensors serve the next run."""

    def _augmented(self, images: Tensor, generator: Generator) -> Tensor:
        if self._flip:
            images = augment.random_flip(images, generator)
        images = augment.random_shift(
            images, self._augmentation.random_shift, generator
        )
        images = augment.normalize(images, *self._statistics)
        return augment.random_erasing(
            images, self._augmentation.random_erasing, generator
        )


@lru_cache(maxsize=1)
def _load(
    settings: str, cache: Path, device: str
) -> tuple[Split, Split, tuple[Tensor, Tensor], str]:
    train, evaluation = load(json.loads(settings), cache)
    mean, std = augment.statistics(train)
    both = fingerprint(train)[:8] + fingerprint(evaluation)[:8]
    train, evaluation = (
        Split(*(t.to(device) for t in split)) for split in (train, evaluation)
    )
    return train, evaluation, (mean.to(device), std.to(device)), both
