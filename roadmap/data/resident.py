"""Data that live on the device as whole tensors, augmented a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import torch
from torch import Generator, Tensor

from roadmap.data.augment import Augmentation, by_batch
from roadmap.data.sets.in_memory import Split, fingerprint, load
from roadmap.data.settings import DataSettings
from roadmap.data.source import EVAL_BATCH, Batch


class Resident:
    """A Source whose images and labels are tensors on the device."""

    skipped = 0

    def __init__(
        self,
        settings: DataSettings,
        augmentation: Augmentation,
        cache: Path,
        device: torch.device,
    ) -> None:
        """Load the splits; a process that trains several runs on them loads them once.

        Raises:
            DataError: one line, when the data cannot be had.
        """
        self._train, self._eval, self._statistics, self._fingerprint = _load(
            settings, cache, str(device)
        )
        self._augmentation, self._device = augmentation, device
        self._flip = settings.horizontal_flip
        self.train_size = len(self._train.labels)
        self.eval_size = len(self._eval.labels)
        self.num_classes = settings.num_classes

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
            yield by_batch.normalize(images[part], *self._statistics), labels[part]

    def majority(self) -> float:
        """Return the share of the largest class of the evaluation split, in percent."""
        labels = self._eval.labels
        return 100 * labels.bincount().max().item() / len(labels)

    def fingerprint(self) -> str:
        """Return a hash of both splits' bytes."""
        return self._fingerprint

    def close(self) -> None:
        """Do nothing: no process was started, and the tensors serve the next run."""

    def _augmented(self, images: Tensor, generator: Generator) -> Tensor:
        if self._flip:
            images = by_batch.random_flip(images, generator)
        pixels = self._augmentation.random_shift
        images = by_batch.random_shift(images, pixels, generator)
        images = by_batch.normalize(images, *self._statistics)
        probability = self._augmentation.random_erasing
        return by_batch.random_erasing(images, probability, generator)


@lru_cache(maxsize=1)
def _load(
    settings: DataSettings, cache: Path, device: str
) -> tuple[Split, Split, tuple[Tensor, Tensor], str]:
    train, evaluation = load(settings, cache)
    mean, std = by_batch.statistics(train.images)
    both = fingerprint(train)[:8] + fingerprint(evaluation)[:8]
    train, evaluation = (
        Split(*(t.to(device) for t in split)) for split in (train, evaluation)
    )
    return train, evaluation, (mean.to(device), std.to(device)), both
