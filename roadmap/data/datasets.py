"""Data sets that fit in memory: a data config in, whole splits as tensors out."""

import hashlib
import logging
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from roadmap.data import cifar, cluttered_digits, fashion_mnist
from roadmap.data.rules import or_null, require, whole
from roadmap.data.valid import validate

log = logging.getLogger(__name__)


class Split(NamedTuple):
    """A split in memory: images, uint8 [n, c, h, w], and labels, int64 [n]."""

    images: Tensor
    labels: Tensor


def load(data: Mapping[str, Any], cache: Path) -> tuple[Split, Split]:
    """Return the training and the evaluation split that a data config describes.

    `cache` is a folder for made or downloaded files; any number of processes may
    share it. ValueError as `validate`, DataError when the data cannot be had.
    """
    validate(data)
    return _LOADERS[data["name"]](data, Path(cache))


def fingerprint(split: Split) -> str:
    """Return 16 hex characters of a hash of the split's shapes and bytes."""
    digest = hashlib.sha256()
    for tensor in split:
        digest.update(repr((tuple(tensor.shape), tensor.dtype)).encode())
        digest.update(tensor.cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]


def _load_cluttered_digits(data: Mapping[str, Any], cache: Path) -> tuple[Split, Split]:
    train = _cached_digits("train", data["train_size"], data, cache)
    return train, _cached_digits(data["evaluate_on"], data["test_size"], data, cache)


def _cached_digits(
    split: str, size: int, data: Mapping[str, Any], cache: Path
) -> Split:
    parameters = {key: data[key] for key in cluttered_digits.PARAMETERS}
    identity = [(key, np.float64(v).tolist()) for key, v in parameters.items()]
    digest = hashlib.sha256(repr((split, size, identity)).encode()).hexdigest()[:16]
    name = f"cluttered_digits-v{cluttered_digits.VERSION}-{split}-{digest}.npz"
    stored = _read(cache / name, size)
    if stored is None:
        stored = Split(*cluttered_digits.make(split, size, **parameters))
        _write(cache / name, stored)
    return stored


def _load_fashion_mnist(data: Mapping[str, Any], cache: Path) -> tuple[Split, Split]:
    def read(split: str) -> Split:
        where = data.get("root"), cache
        return Split(*fashion_mnist.read(split, *where, data["image_size"]))

    return _published(data, read)


def _load_cifar(data: Mapping[str, Any], cache: Path) -> tuple[Split, Split]:
    def read(split: str) -> Split:
        return Split(*cifar.read(data["name"], split, data.get("root"), cache))

    return _published(data, read)


def _published(
    data: Mapping[str, Any], read: Callable[[str], Split]
) -> tuple[Split, Split]:
    """Return the splits that are asked for of a data set published in two."""
    train = read("train")
    if data["evaluate_on"] == "validation":
        kept = len(train.labels) - len(train.labels) // 10
        evaluation = Split(train.images[kept:], train.labels[kept:])
        train = Split(train.images[:kept], train.labels[:kept])
    else:
        evaluation = read("test")
    return _first(train, data, "train_size"), _first(evaluation, data, "test_size")


def _first(split: Split, data: Mapping[str, Any], key: str) -> Split:
    require(data, {key: or_null(whole(1, len(split.labels)))})
    return Split(split.images[: data[key]], split.labels[: data[key]])


def _read(path: Path, size: int) -> Split | None:
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
    """Put the file in place whole or not at all; a full or read-only disk is logged."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            scratch = Path(folder) / path.name
            with open(scratch, "wb") as file:
                np.savez(file, **{k: v.numpy() for k, v in split._asdict().items()})
                file.flush()
                os.fsync(file.fileno())
            os.replace(scratch, path)
    except OSError as error:
        log.warning("%s cannot be kept (%s)", path, error)


_LOADERS: dict[str, Callable[[Mapping[str, Any], Path], tuple[Split, Split]]] = {
    "cluttered_digits": _load_cluttered_digits,
    "fashion_mnist": _load_fashion_mnist,
    "cifar10": _load_cifar,
    "cifar100": _load_cifar,
}
RESIDENT = tuple(_LOADERS)
"""The data sets that fit in memory."""
