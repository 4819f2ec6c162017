"""What training sees of data: a Source of batches, whatever the data set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from torch import Tensor

EVAL_BATCH = 250  # images evaluated at once

Batch: TypeAlias = "tuple[Tensor, Tensor]"
"""Normalised images, float32 [n, c, h, w], and labels, int64 [n], on the device."""


class DataError(RuntimeError):
    """The data are missing or broken; the message is one line that says what to do."""


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

        A batch's seed decides all that is random in it, so a batch is the same
        whatever came before it and whichever process makes it.
        """

    def eval_batches(self, rank: int = 0, world: int = 1) -> Iterator[Batch]:
        """Yield this rank's share of the evaluation split, never augmented.

        Of the split's batches, in its order, these are rank, rank + world, ...
        """

    def majority(self) -> float | None:
        """Return the share of the largest class of the evaluation split, in percent.

        None where an image must be read to know its label.
        """

    def fingerprint(self) -> str:
        """Return a hash of the data: it differs between two data sets of one name."""

    def close(self) -> None:
        """End the loader processes that the source has started."""


class Images(Protocol):
    """The images of one split by index, wherever they are stored."""

    @property
    def labels(self) -> list[int] | None:
        """The label of each image, or None where an image must be read to know it."""

    @property
    def in_order(self) -> bool:
        """Whether ``read`` returns the next image of a stream, whatever the index."""

    def __len__(self) -> int: ...

    def read(self, index: int) -> tuple[Tensor, int]:
        """Return an image, uint8 [c, h, w], and its label.

        Raises:
            DataError: one line that names the image, if it cannot be read.
        """
