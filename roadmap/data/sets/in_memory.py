"""Data sets that fit in memory: settings in, whole splits as tensors out."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from roadmap.base.files import write_atomic
from roadmap.data.sets import cifar, cluttered_digits, fashion_mnist
from roadmap.data.settings import (
    Cifar,
    ClutteredDigits,
    DataSettings,
    FashionMnist,
    Published,
    check_size,
)

log = logging.getLogger(__name__)


class Split(NamedTuple):
    """A split in memory: images, uint8 [n, c, h, w], and labels, int64 [n]."""

    images: Tensor
    labels: Tensor


def fits_in_memory(settings: DataSettings) -> bool:
    """Return whether ``load`` reads this data set; all others are streamed."""
    return isinstance(settings, ClutteredDigits | Published)


def load(settings: DataSettings, cache: Path) -> tuple[Split, Split]:
    """Return the training and the evaluation split that the settings describe.

    ``cache`` is a folder for made or downloaded files; any number of processes may
    share it.

    Raises:
        ValueError: one line, for more images than there are.
        DataError: one line, when the data cannot be had.
    """
    if isinstance(settings, ClutteredDigits):
        train = _cached_digits("train", settings.train_size, settings, cache)
        evaluation = settings.evaluate_on, settings.test_size, settings, cache
        return train, _cached_digits(*evaluation)
    if isinstance(settings, FashionMnist):
        where = settings.root, cache, settings.image_size
        return _published(settings, lambda split: fashion_mnist.read(split, *where))
    if isinstance(settings, Cifar):
        name, root = settings.name, settings.root
        return _published(settings, lambda split: cifar.read(name, split, root, cache))
    raise TypeError(f"{settings.name} does not fit in memory")


def fingerprint(split: Split) -> str:
    """Return 16 hexadecimal digits of a hash of the split's shapes and bytes."""
    digest = hashlib.sha256()
    for tensor in split:
        digest.update(repr((tuple(tensor.shape), tensor.dtype)).encode())
        digest.update(tensor.cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]


def _cached_digits(
    split: str, size: int, settings: ClutteredDigits, cache: Path
) -> Split:
    parameters = {key: getattr(settings, key) for key in cluttered_digits.PARAMETERS}
    identity = [(key, np.float64(v).tolist()) for key, v in parameters.items()]
    digest = hashlib.sha256(repr((split, size, identity)).encode()).hexdigest()[:16]
    path = cache / f"cluttered_digits-v{settings.version}-{split}-{digest}.npz"
    stored = _read(path, size)
    if stored is None:
        stored = Split(*cluttered_digits.make(split, size, **parameters))
        _write(path, stored)
    return stored


def _published(
    settings: Published, read: Callable[[str], tuple[Tensor, Tensor]]
) -> tuple[Split, Split]:
    """Return the splits that are asked for of a data set published in two."""
    train = Split(*read("train"))
    if settings.evaluate_on == "validation":
        kept = len(train.labels) - len(train.labels) // 10
        evaluation = Split(train.images[kept:], train.labels[kept:])
        train = Split(train.images[:kept], train.labels[:kept])
    else:
        evaluation = Split(*read("test"))
    return (
        _first(train, "train_size", settings.train_size),
        _first(evaluation, "test_size", settings.test_size),
    )


def _first(split: Split, key: str, size: int | None) -> Split:
    check_size(key, size, len(split.labels))
    return Split(split.images[:size], split.labels[:size])


def _read(path: Path, size: int) -> Split | None:
    """Return the split in a file, or None if the file is missing or broken."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            split = Split(*(torch.from_numpy(arrays[key]) for key in Split._fields))
        if len(split.images) == len(split.labels) == size:
            return split
        log.warning("%s is not whole and is made again", path)
    except FileNotFoundError:
        pass
    except Exception as error:  # broken bytes make zipfile raise nearly anything
        log.warning("%s cannot be read and is made again (%s)", path, error)
    return None


def _write(path: Path, split: Split) -> None:
    """Write the split; a full or read-only disk is only logged."""
    arrays = {key: tensor.numpy() for key, tensor in split._asdict().items()}
    try:
        write_atomic(path, lambda file: np.savez(file, **arrays))
    except OSError as error:
        log.warning("%s cannot be kept (%s)", path, error)
