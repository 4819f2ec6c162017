"""Data that stream through loader processes, decoded and augmented image by image."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from torch import Generator, Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from roadmap.base.machine import keep_memory
from roadmap.data import augment
from roadmap.data.rules import DataError
from roadmap.data.source import EVAL_BATCH, Batch

log = logging.getLogger(__name__)


class Images(Protocol):
    """Images by number, wherever they come from."""

    @property
    def labels(self) -> list[int] | None:
        """The label of each, where they are known without reading any image."""

    @property
    def in_order(self) -> bool:
        """Whether they come in an order of their own, whatever number is asked for."""

    def __len__(self) -> int: ...

    def read(self, index: int) -> tuple[Tensor, int]:
        """Return an image, uint8 [c, h, w], and its label; DataError if it cannot."""


class Work(NamedTuple):
    """A batch that a loader process is to make; without a seed, of the evaluation."""

    indices: list[int]
    seed: int | None


class Made(NamedTuple):
    """A batch as it leaves a loader process, uint8, and the images left out of it."""

    images: Tensor
    labels: Tensor
    left_out: list[str]


class Streamed:
    """A Source that decodes and augments in ``num_workers`` processes, or in its own.

    What crosses to the device is uint8; normalisation and random erasing are done
    there, a batch at a time. A batch depends on its seed alone, not on the processes.
    """

    def __init__(
        self,
        train: Images,
        evaluation: Images,
        train_transform: Callable[[Tensor], Tensor],
        eval_transform: Callable[[Tensor], Tensor],
        *,
        num_classes: int,
        statistics: tuple[Tensor, Tensor],
        random_erasing: float,
        on_unreadable: str,
        fingerprint: str,
        device: torch.device,
        num_workers: int,
    ) -> None:
        self.train_size, self.num_classes = len(train), num_classes
        self.skipped = 0
        self.eval_size, self._fingerprint = len(evaluation), fingerprint
        self._device, self._random_erasing = device, random_erasing
        self._mean, self._std = (part.to(device) for part in statistics)
        self._work = _WorkList()
        self._loader: DataLoader[Made] = DataLoader(
            _Maker(
                (train, train_transform),
                (evaluation, eval_transform),
                skip=on_unreadable == "skip",
            ),
            sampler=self._work,
            batch_size=None,  # the items are whole batches
            num_workers=num_workers,
            persistent_workers=num_workers > 0,
            pin_memory=device.type == "cuda",
            worker_init_fn=_begin,
        )

    def train_batches(
        self, batches: Sequence[Tensor], seeds: Sequence[int]
    ) -> Iterator[Batch]:
        """Yield an augmented batch for each tensor of indices."""
        work = [Work(b.tolist(), seed) for b, seed in zip(batches, seeds, strict=True)]
        for made, (_, seed) in zip(self._made(work), work, strict=True):
            self._count(made.left_out)
            images, labels = self._placed(made)
            generator = Generator().manual_seed(seed or 0)
            yield (
                augment.random_erasing(images, self._random_erasing, generator),
                labels,
            )

    def eval_batches(self, rank: int = 0, world: int = 1) -> Iterator[Batch]:
        """Yield this rank's share of the evaluation split."""
        every = list(range(self.eval_size))
        starts = range(rank * EVAL_BATCH, self.eval_size, world * EVAL_BATCH)
        work = [Work(every[start : start + EVAL_BATCH], None) for start in starts]
        for made in self._made(work):
            if made.left_out:
                log.warning("left out of the evaluation: %s", "; ".join(made.left_out))
            yield self._placed(made)

    def fingerprint(self) -> str:
        """Return the hash that the data were opened with."""
        return self._fingerprint

    def close(self) -> None:
        """End the loader processes."""
        iterator = getattr(self._loader, "_iterator", None)
        if iterator is not None and self._loader.num_workers:
            iterator._shutdown_workers()
            self._loader._iterator = None

    def _made(self, work: list[Work]) -> Iterator[Made]:
        self._work.items = work
        try:
            yield from self._loader
        except DataError as error:  # torch wraps a worker's traceback around the line
            lines = [line for line in str(error).splitlines() if "DataError: " in line]
            line = lines[-1].split("DataError: ", 1)[1] if lines else str(error)
            raise DataError(line) from None

    def _placed(self, made: Made) -> Batch:
        images = made.images.to(self._device, non_blocking=True)
        labels = made.labels.to(self._device, non_blocking=True)
        return augment.normalize(images, self._mean, self._std), labels

    def _count(self, left_out: list[str]) -> None:
        for line in left_out:
            log.warning("left out: %s", line)
        self.skipped += len(left_out)


def _begin(worker: int) -> None:
    """Set up a loader process: it makes and drops tensors of some MiB all the time."""
    keep_memory()


class _WorkList(Sampler[Work]):
    """What the loader's processes are to make next; they are kept over the epochs."""

    def __init__(self) -> None:
        self.items: list[Work] = []

    def __iter__(self) -> Iterator[Work]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


class _Maker(Dataset[Made]):
    """Makes whole batches, in a loader process."""

    def __init__(
        self,
        train: tuple[Images, Callable[[Tensor], Tensor]],
        evaluation: tuple[Images, Callable[[Tensor], Tensor]],
        skip: bool,
    ) -> None:
        self._train, self._eval, self._skip = train, evaluation, skip

    def __getitem__(self, work: Any) -> Made:
        images, transform = self._eval if work.seed is None else self._train
        made, labels, left_out = [], [], []
        seeds = np.random.SeedSequence(work.seed or 0).generate_state(len(work.indices))
        for index, seed in zip(work.indices, seeds.tolist(), strict=True):
            try:
                image, label = images.read(index)
            except DataError as error:
                if not self._skip:
                    hint = "data.on_unreadable=skip leaves such images out"
                    raise DataError(f"{error}; {hint}") from None
                left_out.append(str(error))
                continue
            random.seed(seed)
            np.random.seed(seed)
            made.append(transform(image))
            labels.append(label)
        if not made:
            raise DataError(f"no readable image in a batch: {left_out[0]}")
        # Channels last is how the images were decoded and how the networks take them.
        batch = torch.stack([image.permute(1, 2, 0) for image in made])
        return Made(batch.permute(0, 3, 1, 2), torch.tensor(labels), left_out)
