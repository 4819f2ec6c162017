"""Image folders: a folder a class, training and evaluation images beside each other."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from torchvision.datasets.folder import IMG_EXTENSIONS, find_classes, make_dataset

from roadmap.data.rules import DataError

TRAIN, EVAL = ("train", "training"), ("val", "validation", "valid", "test")
FOLDERS = ("imagenet", "imagenette", "folder")
"""The data sets that are image folders."""
IMAGENETTE = ("imagenette2", "imagenette2-320", "imagenette2-160")
VALIDATION_SHARE = 0.1  # of the training images, for data.evaluate_on=validation


class Item(NamedTuple):
    """An image file and the number of its class."""

    path: Path
    label: int


class Folder(NamedTuple):
    """What lies in an image folder; the items are sorted by path."""

    classes: list[str]
    train: list[Item]
    evaluation: list[Item]


def read_folder(settings: Mapping[str, Any], root: str | None) -> Folder:
    """Return the images that a data config asks for; none of them is opened.

    Raises:
        DataError: one line, for a folder that is not there or is laid out otherwise.
    """
    base = _base(settings["name"], root)
    train_folder, eval_folder = _child(base, TRAIN), _child(base, EVAL)
    if train_folder and eval_folder:
        classes, train = _list(train_folder)
        other, evaluation = _list(eval_folder)
        if classes != other:
            odd = sorted({*classes} ^ {*other})
            raise DataError(
                f"data.root={base}: {train_folder.name} and {eval_folder.name} have "
                f"different classes: {', '.join(odd[:5])}"
            )
    else:
        classes, every = _list(train_folder or base)
        share = settings.get("held_out", 0.2)
        train, evaluation = _divide(every, share, train_folder or base)
    if settings["evaluate_on"] == "validation":
        # Another draw than that of held_out: what is left there drew high.
        train, evaluation = _divide(train, VALIDATION_SHARE, base, "validation/")
    if not (train and evaluation):
        empty = "evaluation" if train else "training"
        raise DataError(f"data.root={root}: no image is left for {empty}")
    return Folder(
        classes,
        _spread(train, settings["train_size"], "train_size", base),
        _spread(evaluation, settings["test_size"], "test_size", base),
    )


def count_classes(name: str, root: str | None) -> int:
    """Return the number of class folders; no image is looked for.

    Raises:
        DataError: one line, for a folder that is not there or holds no class folders.
    """
    base = _base(name, root)
    return len(_classes(_child(base, TRAIN) or base)[0])


@lru_cache(maxsize=8)
def fingerprint_folder(name: str, root: str | None) -> str:
    """Return 16 hex characters: a hash of all files' relative paths and sizes.

    Raises:
        DataError: one line, for a folder that is not there.
    """
    base = _base(name, root)
    digest = hashlib.sha256()
    for path in sorted(p for p in base.rglob("*") if _is_image(p)):
        words = f"{path.relative_to(base).as_posix()}\0{path.stat().st_size}\n"
        digest.update(words.encode())
    return digest.hexdigest()[:16]


def _base(name: str, root: str | None) -> Path:
    if root is None:
        raise DataError(f"data.root is missing: the folder where {name} lies")
    base = Path(root).expanduser()
    if not base.is_dir():
        raise DataError(f"data.root={root}: no such folder")
    if name == "imagenette" and not _child(base, TRAIN):
        found = _child(base, IMAGENETTE)
        if not found:
            raise DataError(f"data.root={root}: none of {', '.join(IMAGENETTE)} in it")
        return found
    if name in ("imagenet", "imagenette") and not (
        _child(base, TRAIN) and _child(base, EVAL)
    ):
        raise DataError(f"data.root={root}: no train and val folders in it")
    return base


def _child(base: Path, names: tuple[str, ...]) -> Path | None:
    return next((base / name for name in names if (base / name).is_dir()), None)


@lru_cache(maxsize=8)
def _list(folder: Path) -> tuple[list[str], list[Item]]:
    classes, numbers = _classes(folder)
    try:
        files = make_dataset(str(folder), numbers, IMG_EXTENSIONS)
    except FileNotFoundError as error:
        line = str(error).split(". ")[0]
        raise DataError(f"data.root={folder}: {line}") from error
    return classes, sorted(Item(Path(path), label) for path, label in files)


def _classes(folder: Path) -> tuple[list[str], dict[str, int]]:
    try:
        return find_classes(str(folder))
    except FileNotFoundError as error:
        raise DataError(f"data.root={folder}: no class folders in it") from error


def _divide(
    items: list[Item], share: float, base: Path, salt: str = ""
) -> tuple[list[Item], list[Item]]:
    """Hold out a share of the items, the same on every machine and in every order."""
    held = {item for item in items if _draw(item, base, salt) < share}
    return [item for item in items if item not in held], sorted(held)


def _draw(item: Item, base: Path, salt: str = "") -> float:
    """Return a number in [0, 1) that the item's relative path and the salt decide."""
    relative = salt + item.path.relative_to(base).as_posix()
    return int(hashlib.sha256(relative.encode()).hexdigest()[:8], 16) / 2**32


def _spread(items: list[Item], size: int | None, key: str, base: Path) -> list[Item]:
    """Return so many of the items, as many of each class as can be."""
    if size is None:
        return items
    if size > len(items):
        raise DataError(f"data.{key}={size}: valid: null or 1 to {len(items)}")
    seen: dict[int, int] = {}
    ranked = []
    for item in sorted(items, key=lambda item: _draw(item, base)):
        rank = seen[item.label] = seen.get(item.label, -1) + 1
        ranked.append((rank, item.label, item))
    return sorted(item for _, _, item in sorted(ranked)[:size])


def _is_image(path: Path) -> bool:
    return path.suffix.lower() in IMG_EXTENSIONS
