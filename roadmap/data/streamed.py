"""Data that stream through loader processes, decoded and augmented image by image."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Generator, Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from roadmap.base.machine import keep_memory
from roadmap.data.augment import by_batch
from roadmap.data.source import EVAL_BATCH, Batch, DataError, Images

log = logging.getLogger(__name__)


class Request(NamedTuple):
    """A batch that a loader process shall load."""

    indices: list[int]
    seed: int | None
    """Of the augmentation; None for a batch of the evaluation split."""


class Loaded(NamedTuple):
    """A batch as a loader process returns it."""

    images: Tensor
    """uint8 [n, c, h, w], augmented but for random erasing."""
    labels: Tensor
    left_out: list[str]
    """A line for each image that cannot be read."""


Transform = Callable[[Tensor], Tensor]
"""From an image, uint8 [c, h, w], to uint8 [c, size, size]."""


class Streamed:
    """A Source that decodes and augments in ``num_workers`` loader processes.

    With none it does so in its own process. Batches go to the device as uint8 and are
    normalised and erased there. A batch depends on its seed alone, not on the number
    of processes.
    """

    def __init__(
        self,
        train: Images,
        evaluation: Images,
        train_transform: Transform,
        eval_transform: Transform,
        *,
        num_classes: int,
        statistics: tuple[Tensor, Tensor],
        random_erasing: float,
        skip_unreadable: bool,
        fingerprint: str,
        device: torch.device,
        num_workers: int,
    ) -> None:
        self.train_size, self.eval_size = len(train), len(evaluation)
        self.num_classes, self._fingerprint = num_classes, fingerprint
        self.skipped = 0
        self._device, self._random_erasing = device, random_erasing
        self._eval_labels = evaluation.labels
        self._mean, self._std = (part.to(device) for part in statistics)
        self._requests = _Requests()
        self._loader: DataLoader[Loaded] = DataLoader(
            _Batches(
                (train, train_transform),
                (evaluation, eval_transform),
                skip_unreadable,
            ),
            sampler=self._requests,
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
        indices = [batch.tolist() for batch in batches]
        requests = [Request(*both) for both in zip(indices, seeds, strict=True)]
        for loaded, seed in zip(self._load(requests), seeds, strict=True):
            self._count(loaded.left_out)
            images, labels = self._on_device(loaded)
            generator = Generator().manual_seed(seed)
            erased = by_batch.random_erasing(images, self._random_erasing, generator)
            yield erased, labels

    def eval_batches(self, rank: int = 0, world: int = 1) -> Iterator[Batch]:
        """Yield this rank's share of the evaluation split."""
        every = list(range(self.eval_size))
        starts = range(rank * EVAL_BATCH, self.eval_size, world * EVAL_BATCH)
        parts = [every[start : start + EVAL_BATCH] for start in starts]
        for loaded in self._load([Request(indices, None) for indices in parts]):
            for line in loaded.left_out:
                log.warning("left out of the evaluation: %s", line)
            yield self._on_device(loaded)

    def majority(self) -> float | None:
        """Return the share of the largest class, None where labels are not known."""
        if self._eval_labels is None:
            return None
        counts = torch.tensor(self._eval_labels).bincount()
        return 100 * counts.max().item() / self.eval_size

    def fingerprint(self) -> str:
        """Return the hash that the data were opened with."""
        return self._fingerprint

    def close(self) -> None:
        """End the loader processes."""
        iterator = getattr(self._loader, "_iterator", None)
        if iterator is not None and self._loader.num_workers:
            iterator._shutdown_workers()
            self._loader._iterator = None

    def _load(self, requests: list[Request]) -> Iterator[Loaded]:
        self._requests.items = requests
        try:
            yield from self._loader
        except DataError as error:  # torch adds the worker's traceback
            lines = [line for line in str(error).splitlines() if "DataError: " in line]
            line = lines[-1].split("DataError: ", 1)[1] if lines else str(error)
            raise DataError(line) from None

    def _on_device(self, loaded: Loaded) -> Batch:
        images = loaded.images.to(self._device, non_blocking=True)
        labels = loaded.labels.to(self._device, non_blocking=True)
        return by_batch.normalize(images, self._mean, self._std), labels

    def _count(self, left_out: list[str]) -> None:
        for line in left_out:
            log.warning("left out: %s", line)
        self.skipped += len(left_out)


def _begin(worker: int) -> None:
    """Set up a loader process: it makes and drops tensors of some MiB all the time."""
    keep_memory()


class _Requests(Sampler[Request]):
    """The batches to load next; the loader processes stay, epoch after epoch."""

    def __init__(self) -> None:
        self.items: list[Request] = []

    def __iter__(self) -> Iterator[Request]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


class _Batches(Dataset[Loaded]):
    """Loads whole batches, in a loader process."""

    def __init__(
        self,
        train: tuple[Images, Transform],
        evaluation: tuple[Images, Transform],
        skip_unreadable: bool,
    ) -> None:
        self._train, self._eval, self._skip = train, evaluation, skip_unreadable

    def __getitem__(self, request: Any) -> Loaded:
        images, transform = self._eval if request.seed is None else self._train
        indices, seed = request.indices, request.seed or 0
        seeds = np.random.SeedSequence(seed).generate_state(len(indices)).tolist()
        pixels, labels, left_out = [], [], []
        for index, image_seed in zip(indices, seeds, strict=True):
            try:
                image, label = images.read(index)
            except DataError as error:
                if not self._skip:
                    hint = "data.on_unreadable=skip leaves such images out"
                    raise DataError(f"{error}; {hint}") from None
                left_out.append(str(error))
                continue
            random.seed(image_seed)
            np.random.seed(image_seed)
            pixels.append(transform(image))
            labels.append(label)
        if not pixels:
            raise DataError(f"no readable image in a batch: {left_out[0]}")
        # Channels last is how the images were decoded and how the networks take them.
        batch = torch.stack([image.permute(1, 2, 0) for image in pixels])
        return Loaded(batch.permute(0, 3, 1, 2), torch.tensor(labels), left_out)
