"""Data sets by name: a data config in, whole splits as tensors out."""

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

from roadmap.data import cluttered_digits, fashion_mnist
from roadmap.data.fashion_mnist import DataError
from roadmap.data.rules import Rule, number, one_of, or_null, pair, require, whole

__all__ = ["DataError", "Split", "fingerprint", "load", "validate"]

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


def validate(data: Mapping[str, Any]) -> None:
    """Raise ValueError, one line naming the wrong word and what is valid, if any.

    Loads nothing; sizes are checked against the published size of the data set.
    """
    require(data, {"name": one_of(*_LOADERS)})
    require(data, {"evaluate_on": one_of("test", "validation")})
    held_out = data["evaluate_on"] == "validation"
    require(data, _RULES[data["name"]](held_out))


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


def _cluttered_digits_rules(held_out: bool) -> dict[str, Rule]:
    return {
        "version": one_of(cluttered_digits.VERSION),
        "seed": whole(0, 2**31 - 1),
        "train_size": whole(1, 10**7),
        "test_size": whole(1, 10**7),
        "image_size": whole(8, 256),
        "in_chans": one_of(3),
        "num_classes": one_of(cluttered_digits.NUM_CLASSES),
        "horizontal_flip": one_of(True, False),
        "digit_size": pair(4, 256),
        "rotation": number(0, 180),
        "shear": number(0, 2),
        "contrast": pair(0, 1),
        "hue": number(0, 1),
        "clutter": whole(0, 100),
        "fragment_size": number(0, 1),
        "texture": number(0, 1),
        "noise": number(0, 1),
    }


def _fashion_mnist_rules(held_out: bool) -> dict[str, Rule]:
    return {
        "train_size": or_null(whole(1, 54_000 if held_out else 60_000)),
        "test_size": or_null(whole(1, 6_000 if held_out else 10_000)),
        "image_size": whole(28, 256),
        "in_chans": one_of(1),
        "num_classes": one_of(10),
        "horizontal_flip": one_of(True, False),
    }


_LOADERS: dict[str, Callable[[Mapping[str, Any], Path], tuple[Split, Split]]] = {
    "cluttered_digits": _load_cluttered_digits,
    "fashion_mnist": _load_fashion_mnist,
}
_RULES: dict[str, Callable[[bool], dict[str, Rule]]] = {
    "cluttered_digits": _cluttered_digits_rules,
    "fashion_mnist": _fashion_mnist_rules,
}
