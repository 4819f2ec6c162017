"""From a run's data settings to the Source that training reads."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from timm.data import IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD
from torch import Tensor

from roadmap.data.augment import Augmentation, by_batch
from roadmap.data.augment.by_image import (
    evaluation_transform,
    read_image,
    training_transform,
)
from roadmap.data.resident import Resident
from roadmap.data.sets.folders import Item, read_folder, resolve_folder
from roadmap.data.sets.in_memory import Split, fingerprint, fits_in_memory, load
from roadmap.data.sets.timm_sets import open_timm
from roadmap.data.settings import (
    DataSettings,
    ImageFolder,
    Streams,
    TimmSet,
    read_settings,
)
from roadmap.data.source import Images, Source
from roadmap.data.streamed import Streamed


class Opened(NamedTuple):
    """Both splits of a data set, image by image."""

    train: Images
    evaluation: Images
    statistics: tuple[Tensor, Tensor]
    """Mean and standard deviation per channel, float32 [c], of images in 0..1."""
    fingerprint: str


def open_source(
    data: Mapping[str, Any],
    augmentation: Augmentation,
    *,
    root: str | None,
    cache: Path,
    device: torch.device,
    num_workers: int,
) -> Source:
    """Return the data that ``resolve`` described, on the device.

    Data that fit in memory stay on the device as tensors, unless they are to be
    augmented image by image; all others stream through loader processes.

    Raises:
        ValueError: one line that names a wrong setting and what is valid.
        DataError: one line, when the data cannot be had.
    """
    settings = read_settings({**data, **({"root": root} if root else {})})
    if fits_in_memory(settings) and not augmentation.by_image:
        return Resident(settings, augmentation, cache, device)
    opened = open_images(settings, cache)
    size, mean = settings.image_size, tuple(opened.statistics[0].tolist())
    flip = settings.horizontal_flip
    crop_pct: float | None = 1.0  # images in memory have their size already
    skip_unreadable = False
    if isinstance(settings, Streams):
        crop_pct = settings.crop_pct
        skip_unreadable = settings.on_unreadable == "skip"
    return Streamed(
        opened.train,
        opened.evaluation,
        training_transform(size, flip, augmentation, mean),
        evaluation_transform(size, crop_pct),
        num_classes=settings.num_classes,
        statistics=opened.statistics,
        random_erasing=augmentation.random_erasing,
        skip_unreadable=skip_unreadable,
        fingerprint=opened.fingerprint,
        device=device,
        # A reader with an order of its own deals its images out over processes; from
        # one process come all of them, once.
        num_workers=min(num_workers, 1) if opened.train.in_order else num_workers,
    )


def open_images(settings: DataSettings, cache: Path) -> Opened:
    """Return both splits of resolved settings; images in files are not yet read.

    Raises:
        DataError: one line, when the data cannot be had.
    """
    if isinstance(settings, ImageFolder):
        if settings.fingerprint is None:
            settings = resolve_folder(settings)
        found = read_folder(settings)
        train, evaluation = (
            Files(found.base, items) for items in (found.train, found.evaluation)
        )
        return Opened(train, evaluation, _usual(), str(settings.fingerprint))
    if isinstance(settings, TimmSet):
        first = open_timm(settings, settings.train_split, training=True)
        second = open_timm(settings, settings.eval_split, training=False)
        words = json.dumps([settings.dataset, len(first), len(second)])
        mark = hashlib.sha256(words.encode()).hexdigest()[:16]
        return Opened(first, second, _usual(), mark)
    splits = load(settings, cache)
    mark = "".join(fingerprint(split)[:8] for split in splits)
    statistics = by_batch.statistics(splits[0].images)
    return Opened(InMemory(splits[0]), InMemory(splits[1]), statistics, mark)


def input_statistics(settings: DataSettings, cache: Path) -> tuple[Tensor, Tensor]:
    """Return the mean and deviation per channel that a network's images are put to.

    Float32 [c], of images in 0..1; streamed data are not read for it.

    Raises:
        DataError: one line, when the data cannot be had.
    """
    if isinstance(settings, Streams):
        return _usual()
    return by_batch.statistics(load(settings, cache)[0].images)


def _usual() -> tuple[Tensor, Tensor]:
    """Return ImageNet's mean and deviation, which streamed data are normalised by."""
    return torch.tensor(IMAGENET_DEFAULT_MEAN), torch.tensor(IMAGENET_DEFAULT_STD)


class Files:
    """Images in files."""

    in_order = False

    def __init__(self, base: Path, items: list[Item]) -> None:
        self._base, self._items = base, items
        self.labels = [item.label for item in items]

    def __len__(self) -> int:
        return len(self._items)

    def read(self, index: int) -> tuple[Tensor, int]:
        """Return an image, uint8 [3, h, w], and its label."""
        item = self._items[index]
        return read_image(self._base / item.path), item.label


class InMemory:
    """Images of a split that is in memory."""

    in_order = False

    def __init__(self, split: Split) -> None:
        self.split, self.labels = split, split.labels.tolist()

    def __len__(self) -> int:
        return len(self.labels)

    def read(self, index: int) -> tuple[Tensor, int]:
        """Return an image, uint8 [c, h, w], and its label."""
        return self.split.images[index], self.labels[index]
