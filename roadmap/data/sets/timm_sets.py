"""Any data set that timm reads by its prefix: hfds/, hfids/, tfds/, wds/, torch/."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import torch
from PIL import Image
from timm.data import create_dataset
from torch import Tensor
from torch.utils.data import IterableDataset

from roadmap.data.augment.by_image import from_pillow
from roadmap.data.settings import TimmSet, check_size
from roadmap.data.source import DataError, Images


def open_timm(settings: TimmSet, split: str, training: bool) -> Images:
    """Return a split of the data set that ``data.dataset`` names.

    Raises:
        DataError: one line with timm's or the reader's error.
    """
    name, key = settings.dataset, "train_size" if training else "test_size"
    asked = settings.train_size if training else settings.test_size
    try:
        dataset = create_dataset(
            name, settings.root, split=split, is_training=training, search_split=False
        )
        if not isinstance(dataset, IterableDataset):
            check_size(key, asked, len(dataset))
            return Numbered(dataset, asked or len(dataset))
        if asked is not None:
            raise ValueError(f"data.{key} must be null: name a part as the split")
        if torch.distributed.is_initialized():
            # Each process would get its own part, as the reader divides it.
            raise ValueError("it has an order of its own, so it needs a single device")
        return InOrder(dataset)
    except (Exception, SystemExit) as error:  # each reader has errors of its own
        line = " ".join(f"{type(error).__name__} {error}".split())[:200]
        raise DataError(f"data.dataset={name}, split {split}: {line}") from error


class Numbered:
    """``count`` images, evenly spread, of a data set that is read by index."""

    labels = None
    in_order = False

    def __init__(self, dataset: Any, count: int) -> None:
        # timm's own items replace an unreadable image by its neighbour; its reader's
        # do not.
        self._items = getattr(dataset, "reader", dataset)
        self._whole, self._count = len(dataset), count

    def __len__(self) -> int:
        return self._count

    def read(self, index: int) -> tuple[Tensor, int]:
        """Return an image, uint8 [3, h, w], and its label."""
        number = index * self._whole // self._count
        try:
            image, label = self._items[number][:2]
            return _pixels(image), int(label)
        except (OSError, SyntaxError, ValueError) as error:
            raise DataError(f"image {number} cannot be read ({error})") from error


class InOrder:
    """Images of a reader that has an order of its own.

    The index is ignored: each read returns the next image, epoch after epoch. So a run
    that is resumed within an epoch sees that epoch's first images again.
    """

    labels = None
    in_order = True

    def __init__(self, dataset: Any) -> None:
        self._dataset, self._epoch = dataset, -1
        self._rest: Iterator[Any] = iter(())
        if len(dataset) == 0:
            raise ValueError("its number of images is not known: give it in the split")

    def __len__(self) -> int:
        return len(self._dataset)

    def read(self, index: int) -> tuple[Tensor, int]:
        """Return the next image, uint8 [3, h, w], and its label."""
        item = next(self._rest, None)
        if item is None:
            self._epoch += 1
            self._dataset.set_epoch(self._epoch)
            self._rest = iter(self._dataset)
            item = next(self._rest)
        return _pixels(item[0]), int(item[1])


def _pixels(image: Any) -> Tensor:
    if isinstance(image, bytes):
        image = io.BytesIO(image)
    if not isinstance(image, Image.Image):
        image = Image.open(image)
    return from_pillow(image.convert("RGB"))
