"""python -m roadmap.data data=folder data.root=...: what is there, can it be read."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import torch
from omegaconf import DictConfig, OmegaConf
from rich.console import Console
from rich.progress import track
from torch.utils.data import DataLoader

from roadmap.base import cli
from roadmap.data.open import open_images, resolve
from roadmap.data.rules import DataError
from roadmap.data.streamed import Images

SAMPLE = 200
DECODE = {"sample": SAMPLE, "all": None, "none": 0}


def preflight(cfg: DictConfig, overrides: list[str]) -> int:
    """Print what the data set holds; return 1 if an image cannot be read, else 0."""
    if cfg.decode not in DECODE:
        raise ValueError(f"decode={cfg.decode}: valid: {', '.join(DECODE)}")
    if not (isinstance(cfg.num_workers, int) and cfg.num_workers >= 0):
        raise ValueError(f"num_workers={cfg.num_workers}: valid: an integer >= 0")
    plain: Any = OmegaConf.to_container(cfg.data, resolve=True)
    root = plain.pop("root", None)
    settings = resolve(plain, root)
    console = Console()
    try:
        train, evaluation, _, mark = open_images(settings, root, Path(cfg.root, "data"))
    except DataError as error:
        raise ValueError(str(error)) from error
    console.print(f"{cfg.data.name}: {settings['num_classes']} classes")
    console.print("smallest / median / largest:")
    broken = []
    for name, images in (("training", train), ("evaluation", evaluation)):
        balance = _balance(images, settings["num_classes"])
        console.print(f"{name}: {len(images):,} images{balance}")
        broken += _look(images, DECODE[cfg.decode], cfg.num_workers, console)
    console.print(f"fingerprint {mark}")
    for line in broken:
        console.print(f"unreadable: {line}", markup=False, soft_wrap=True)
    return 1 if broken else 0


def _look(
    images: Images, wanted: int | None, num_workers: int, console: Console
) -> list[str]:
    """Decode so many images, spread evenly; print their sizes, return the broken."""
    count = len(images) if wanted is None else min(wanted, len(images))
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


def main() -> None:
    """Run ``python -m roadmap.data``."""
    cli.run("preflight", preflight)


if __name__ == "__main__":
    main()
