"""From a data config to its source."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from timm.data import IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD
from torch import Tensor

from roadmap.data import augment
from roadmap.data.augment import Augmentation
from roadmap.data.datasets import RESIDENT, Split, fingerprint, load
from roadmap.data.folders import (
    FOLDERS,
    Item,
    count_classes,
    fingerprint_folder,
    read_folder,
)
from roadmap.data.images import evaluation_transform, read_image, training_transform
from roadmap.data.resident import Resident
from roadmap.data.rules import DataError
from roadmap.data.source import Source
from roadmap.data.streamed import Images, Streamed
from roadmap.data.timm_sets import open_timm
from roadmap.data.valid import validate


def resolve(settings: Mapping[str, Any], root: str | None) -> dict[str, Any]:
    """Return the settings with what only the data know filled in, decoding nothing.

    Of a folder of one's own these are the number of classes and a fingerprint, so that
    a run's identity follows the images and never their path. A data set of a known
    number of classes can be planned without a root; a root that is named must fit.

    Raises:
        ValueError: one line that names the wrong word and what is valid.
    """
    validate(settings)
    name, asked = settings["name"], settings["num_classes"]
    if name not in FOLDERS or (root is None and name != "folder"):
        return dict(settings)
    try:
        classes = count_classes(name, root)
        known: dict[str, Any] = {"num_classes": classes}
        if name == "folder":
            read_folder(settings, root)
            known["fingerprint"] = fingerprint_folder(name, root)
    except DataError as error:
        raise ValueError(str(error)) from error
    if asked not in (None, classes):
        raise ValueError(
            f"data.num_classes={asked}: {classes} class folders in data.root={root}"
        )
    return {**settings, **known}


def open_source(
    settings: Mapping[str, Any],
    augmentation: Augmentation,
    *,
    root: str | None,
    cache: Path,
    device: torch.device,
    num_workers: int,
) -> Source:
    """Return the data of resolved settings, on the device.

    Data that fit in memory stay on the device as tensors, unless they are to be
    augmented image by image; all others stream through loader processes.

    Raises:
        DataError: one line, when the data cannot be had.
    """
    resident = settings["name"] in RESIDENT
    if resident and not augmentation.by_image:
        return Resident(settings, augmentation, root, cache, device)
    train, evaluation, statistics, mark = open_images(settings, root, cache)
    mean = tuple(statistics[0].tolist())
    size, flip = settings["image_size"], settings["horizontal_flip"]
    return Streamed(
        train,
        evaluation,
        training_transform(size, flip, augmentation, mean),
        # Images in memory have their size already.
        evaluation_transform(size, settings.get("crop_pct", 1.0)),
        num_classes=settings["num_classes"],
        statistics=statistics,
        random_erasing=augmentation.random_erasing,
        on_unreadable=settings.get("on_unreadable", "error"),
        fingerprint=mark,
        device=device,
        # A reader with an order of its own deals its images out over processes; from
        # one process come all of them, once.
        num_workers=min(num_workers, 1) if train.in_order else num_workers,
    )


def open_images(
    settings: Mapping[str, Any], root: str | None, cache: Path
) -> tuple[Images, Images, tuple[Tensor, Tensor], str]:
    """Return both splits, mean and deviation of channels, and a fingerprint.

    Raises:
        DataError: one line, when the data cannot be had.
    """
    if settings["name"] in RESIDENT:
        splits = load({**settings, "root": root}, cache)
        mark = "".join(fingerprint(split)[:8] for split in splits)
        train, evaluation = (InMemory(split) for split in splits)
        return train, evaluation, augment.statistics(splits[0]), mark
    usual = torch.tensor(IMAGENET_DEFAULT_MEAN), torch.tensor(IMAGENET_DEFAULT_STD)
    if settings["name"] == "timm":
        first = open_timm(settings, settings["train_split"], root, training=True)
        second = open_timm(settings, settings["eval_split"], root, training=False)
        words = json.dumps([settings["dataset"], len(first), len(second)])
        return first, second, usual, hashlib.sha256(words.encode()).hexdigest()[:16]
    found = read_folder(settings, root)
    mark = fingerprint_folder(settings["name"], root)
    if len(found.classes) != settings["num_classes"]:
        raise DataError(
            f"data.num_classes={settings['num_classes']}: "
            f"{len(found.classes)} class folders in data.root={root}"
        )
    if settings.get("fingerprint", mark) != mark:
        raise DataError(
            f"data.root={root}: its files changed since the run was planned"
        )
    return Files(found.train), Files(found.evaluation), usual, mark


class Files:
    """Images in files."""

    in_order = False

    def __init__(self, items: list[Item]) -> None:
        self.items = items
        self.labels = [item.label for item in items]

    def __len__(self) -> int:
        return len(self.items)

    def read(self, index: int) -> tuple[Tensor, int]:
        """Return an image, uint8 [3, h, w], and its label."""
        item = self.items[index]
        return read_image(item.path), item.label


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
