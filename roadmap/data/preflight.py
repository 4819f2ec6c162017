"""A look at a data set before training: how many images, and which are broken."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import torch
from rich.console import Console
from rich.progress import track
from torch.utils.data import DataLoader

from roadmap.data.open import open_images
from roadmap.data.settings import DataSettings
from roadmap.data.source import DataError, Images

SAMPLE = 200  # images of each split


def examine(settings: DataSettings, cache: Path, decode: str, num_workers: int) -> int:
    """Print what resolved settings describe; return 1 if an image is broken, else 0.

    ``decode`` says which images are read: ``sample``, ``all`` or ``none``.

    Raises:
        ValueError: one line, when the data cannot be had.
    """
    console = Console()
    try:
        opened = open_images(settings, cache)
    except DataError as error:
        raise ValueError(str(error)) from error
    console.print(f"{settings.name}: {settings.num_classes} classes")
    console.print("smallest / median / largest:")
    broken = []
    splits = {"training": opened.train, "evaluation": opened.evaluation}
    for name, images in splits.items():
        balance = _balance(images, settings.num_classes)
        console.print(f"{name}: {len(images):,} images{balance}")
        count = {"sample": SAMPLE, "none": 0}.get(decode, len(images))
        broken += _decode(images, min(count, len(images)), num_workers, console)
    console.print(f"fingerprint {opened.fingerprint}")
    for line in broken:
        console.print(f"unreadable: {line}", markup=False, soft_wrap=True)
    return 1 if broken else 0


def _decode(
    images: Images, count: int, num_workers: int, console: Console
) -> list[str]:
    """Decode ``count`` images, spread evenly; print their sizes, return the broken."""
    chosen = [number * len(images) // count for number in range(count)]
    sizes: list[tuple[int, int]] = []
    broken: list[str] = []
    # Torch's loader maps any function over a list, in as many processes as asked for.
    results: DataLoader[Any] = DataLoader(
        chosen,  # type: ignore[arg-type]
        batch_size=None,
        collate_fn=partial(_size, images),
        num_workers=0 if images.in_order else num_workers,
    )
    quiet = not console.is_terminal
    for result in track(results, "decoding", count, console=console, disable=quiet):
        if isinstance(result, str):
            broken.append(result)
        else:
            sizes.append(result)
    if sizes:
        width, height = (_range(side) for side in zip(*sizes, strict=True))
        console.print(f"  {len(sizes)} decoded: width {width}, height {height} pixels")
    return broken


def _size(images: Images, index: int) -> tuple[int, int] | str:
    """Return an image's width and height, or what is wrong with it."""
    try:
        image, _ = images.read(index)
    except DataError as error:
        return str(error)
    return image.shape[2], image.shape[1]


def _balance(images: Images, num_classes: int) -> str:
    """Return how many images a class has, where labels are known without reading."""
    if images.labels is None:
        return ""
    counts = torch.tensor(images.labels).bincount(minlength=num_classes)
    return f", {_range(counts.tolist())} a class"


def _range(values: Sequence[int]) -> str:
    """Return smallest, median and largest."""
    return f"{min(values)} / {median(values):g} / {max(values)}"
