"""Image folders: one folder for each class, listed without opening any image.

This module imports no torch, for plans are made with it: the listing is that of
torchvision's ``ImageFolder``.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from roadmap.data.settings import ImageFolder, OwnFolder, check_size
from roadmap.data.source import DataError

TRAIN, EVAL = ("train", "training"), ("val", "validation", "valid", "test")
IMAGENETTE = ("imagenette2", "imagenette2-320", "imagenette2-160")
VALIDATION_SHARE = 0.1  # of the training images, for data.evaluate_on=validation
EXTENSIONS = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")
"""torchvision's IMG_EXTENSIONS."""
HALF = 8  # hexadecimal digits of each part of a fingerprint


class Item(NamedTuple):
    """An image file and the index of its class."""

    path: str
    """Relative to the folder's base, with slashes."""
    label: int


class Folder(NamedTuple):
    """The images of both splits, sorted by path."""

    base: Path
    classes: list[str]
    train: list[Item]
    evaluation: list[Item]


class Listing(NamedTuple):
    """All images of the folders that a data set is made of, sorted by path."""

    base: Path
    classes: list[str]
    start: str
    """The training folder, relative to the base; "" where classes lie in the base."""
    train: list[Item]
    evaluation: list[Item]
    """Empty where some of the training images are to be held out."""


def resolve_folder(settings: ImageFolder) -> ImageFolder:
    """Return the settings with the number of classes and a fingerprint filled in.

    The fingerprint is 16 hexadecimal digits. The first half is a hash of all files'
    names, the second one of their names and sizes.

    Raises:
        DataError: one line, for a folder that is missing or does not fit the settings.
    """
    found = _list(settings)
    _choose(found, settings)
    fingerprint = _hash_names(found) + _hash_sizes(found)
    return replace(settings, num_classes=len(found.classes), fingerprint=fingerprint)


@lru_cache(maxsize=1)
def read_folder(settings: ImageFolder) -> Folder:
    """Return the images that the settings ask for.

    A process lists them once for equal settings. They are compared with the first half
    of the planned fingerprint, so no file's size is asked for again.

    Raises:
        DataError: one line, for a folder that is missing, does not fit the settings, or
            changed since the run was planned.
    """
    found = _list(settings)
    planned = settings.fingerprint
    if planned is not None and planned[:HALF] != _hash_names(found):
        raise DataError(
            f"data.root={settings.root}: its files changed since the run was planned"
        )
    return _choose(found, settings)


def _list(settings: ImageFolder) -> Listing:
    base = _base(settings.name, settings.root)
    train_folder, eval_folder = _child(base, TRAIN), _child(base, EVAL)
    start = train_folder or ""
    classes, train = _list_classes(base, start)
    evaluation: list[Item] = []
    if train_folder and eval_folder:
        other, evaluation = _list_classes(base, eval_folder)
        if classes != other:
            odd = sorted({*classes} ^ {*other})
            raise DataError(
                f"data.root={base}: {train_folder} and {eval_folder} have "
                f"different classes: {', '.join(odd[:5])}"
            )
    if settings.num_classes not in (None, len(classes)):
        raise DataError(
            f"data.num_classes={settings.num_classes}: {len(classes)} class folders "
            f"in data.root={settings.root}"
        )
    return Listing(base, classes, start, train, evaluation)


def _choose(found: Listing, settings: ImageFolder) -> Folder:
    """Divide what was found into the splits, and take as many as asked for."""
    train, evaluation = found.train, found.evaluation
    if not evaluation and isinstance(settings, OwnFolder):
        within = len(found.start + "/") if found.start else 0
        train, evaluation = _divide(train, settings.held_out, "", within)
    if settings.evaluate_on == "validation":
        # Another draw than that of held_out: what is left there drew high.
        train, evaluation = _divide(train, VALIDATION_SHARE, "validation/", 0)
    if not (train and evaluation):
        empty = "evaluation" if train else "training"
        raise DataError(f"data.root={settings.root}: no image is left for {empty}")
    return Folder(
        found.base,
        found.classes,
        _spread(train, settings.train_size, "train_size"),
        _spread(evaluation, settings.test_size, "test_size"),
    )


def _base(name: str, root: str | None) -> Path:
    """Return the folder that holds the splits, or the classes."""
    if root is None:
        raise DataError(f"data.root is missing: the folder where {name} lies")
    base = Path(root).expanduser()
    if not base.is_dir():
        raise DataError(f"data.root={root}: no such folder")
    if name == "imagenette" and not _child(base, TRAIN):
        found = _child(base, IMAGENETTE)
        if not found:
            raise DataError(f"data.root={root}: none of {', '.join(IMAGENETTE)} in it")
        return base / found
    if name != "folder" and not (_child(base, TRAIN) and _child(base, EVAL)):
        raise DataError(f"data.root={root}: no train and val folders in it")
    return base


def _child(base: Path, names: tuple[str, ...]) -> str | None:
    return next((name for name in names if (base / name).is_dir()), None)


def _list_classes(base: Path, start: str) -> tuple[list[str], list[Item]]:
    """Return the classes in ``base/start`` and their images, sorted by path."""
    folder = base / start
    with os.scandir(folder) as entries:
        classes = sorted(entry.name for entry in entries if entry.is_dir())
    if not classes:
        raise DataError(f"data.root={folder}: no class folders in it")
    items: list[Item] = []
    empty = []
    for label, name in enumerate(classes):
        paths = _walk(base, os.path.join(folder, name))
        items += (Item(path, label) for path in paths)
        if not paths:
            empty.append(name)
    if empty:
        raise DataError(f"data.root={folder}: no image in {', '.join(empty[:5])}")
    # By folder and then by name, as paths compare: "a b/1" comes after "a/1".
    return classes, sorted(items, key=lambda item: item.path.split("/"))


def _walk(base: Path, folder: str) -> list[str]:
    """Return the images below a folder, as paths relative to ``base``."""
    cut = len(os.path.join(base, ""))
    return [
        f"{where[cut:]}/{name}"
        for where, _, names in os.walk(folder, followlinks=True)
        for name in names
        if name.lower().endswith(EXTENSIONS)
    ]


def _hash_names(found: Listing) -> str:
    return _hash(f"{item.path}\n" for item in found.train + found.evaluation)


def _hash_sizes(found: Listing) -> str:
    def lines() -> Iterable[str]:
        for item in found.train + found.evaluation:
            yield f"{item.path}\0{os.path.getsize(found.base / item.path)}\n"

    try:
        return _hash(lines())
    except OSError as error:  # such as a link to a file that is not there
        raise DataError(f"data.root={found.base}: {error}") from error


def _hash(lines: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for line in lines:
        digest.update(os.fsencode(line))
    return digest.hexdigest()[:HALF]


def _divide(
    items: list[Item], share: float, salt: str, within: int
) -> tuple[list[Item], list[Item]]:
    """Hold out a share of the items, the same on every machine.

    Each path decides for itself, from its character ``within`` on.
    """
    kept: list[Item] = []
    held: list[Item] = []
    for item in items:
        held_out = _draw(salt + item.path[within:]) < share
        (held if held_out else kept).append(item)
    return kept, held


def _draw(text: str) -> float:
    """Return a number in [0, 1) that the text decides."""
    return int(hashlib.sha256(os.fsencode(text)).hexdigest()[:8], 16) / 2**32


def _spread(items: list[Item], size: int | None, key: str) -> list[Item]:
    """Return so many of the items, as many of each class as can be."""
    if size is None:
        return items
    try:
        check_size(key, size, len(items))
    except ValueError as error:
        raise DataError(str(error)) from None
    seen: dict[int, int] = {}
    ranked = []
    for item in sorted(items, key=lambda item: _draw(item.path)):
        rank = seen[item.label] = seen.get(item.label, -1) + 1
        ranked.append((rank, item.label, item))
    chosen = {item for _, _, item in sorted(ranked)[:size]}
    return [item for item in items if item in chosen]
