"""A Source: where a run's batches come from, whatever the data set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from torch import Tensor

EVAL_BATCH = 250  # images evaluated at once

Batch = tuple[Tensor, Tensor]
"""Normalised images, float32 [n, c, h, w], and labels, int64 [n], on the device."""


class Source(Protocol):
    """A training and an evaluation split, in batches."""

    train_size: int
    eval_size: int
    num_classes: int
    skipped: int
    """Unreadable training images left out so far (``data.on_unreadable=skip``)."""

    def train_batches(
        self, batches: Sequence[Tensor], seeds: Sequence[int]
    ) -> Iterator[Batch]:
        """Yield an augmented batch for each tensor of indices, int64 [n].

        All that is random in a batch follows from its seed, so that it is the same
        whatever came before it and whichever process makes it.
        """

    def eval_batches(self, rank: int = 0, world: int = 1) -> Iterator[Batch]:
        """Yield this rank's share of the evaluation split, never augmented."""

    def fingerprint(self) -> str:
        """Return a hash of the data, which tells two data sets of one name apart."""

    def close(self) -> None:
        """End what the source has started: its loader processes."""
