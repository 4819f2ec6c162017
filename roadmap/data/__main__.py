"""python -m roadmap.data data=folder data.root=...: what is there, can it be read."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from statistics import median
from typing import Any

import torch
from omegaconf import DictConfig, OmegaConf
from rich.console import Console
from rich.progress import track

from roadmap import cli
from roadmap.data.open import open_images, resolve
from roadmap.data.rules import DataError
from roadmap.data.streamed import Images

SAMPLE = 200
DECODE = {"sample": SAMPLE, "all": None, "none": 0}


def preflight(cfg: DictConfig, overrides: list[str]) -> int:
    """Print what the data set holds; return 1 if an image cannot be read, else 0."""
    if cfg.decode not in DECODE:
        raise ValueError(f"decode={cfg.decode}: valid: {', '.join(DECODE)}")
    plain: Any = OmegaConf.to_container(cfg.data, resolve=True)
    root = plain.pop("root", None)
    settings = resolve(plain, root)
    console = Console()
    try:
        train, evaluation, _, mark = open_images(settings, root, Path(cfg.root, "data"))
    except DataError as error:
        raise ValueError(str(error)) from error
    console.print(f"{cfg.data.name}: {settings['num_classes']} classes")
    broken = []
    for name, images in (("training", train), ("evaluation", evaluation)):
        console.print(f"{name}: {len(images):,} images")
        broken += _look(images, DECODE[cfg.decode], console)
    console.print(f"fingerprint {mark}")
    for line in broken:
        console.print(f"unreadable: {line}", markup=False, soft_wrap=True)
    return 1 if broken else 0


def _look(images: Images, wanted: int | None, console: Console) -> list[str]:
    """Decode so many images, spread evenly; print their sizes, return the broken."""
    count = len(images) if wanted is None else min(wanted, len(images))
    chosen = torch.linspace(0, len(images) - 1, count).round().long().unique().tolist()
    sizes, labels, broken = [], Counter[int](), []
    quiet = not console.is_terminal
    for index in track(chosen, "decoding", console=console, disable=quiet):
        try:
            image, label = images.read(index)
        except DataError as error:
            broken.append(str(error))
            continue
        sizes.append((image.shape[2], image.shape[1]))
        labels[label] += 1
    if sizes:
        console.print(
            f"  {len(sizes)} decoded: width {_range([w for w, _ in sizes])}, height "
            f"{_range([h for _, h in sizes])} pixels; {len(labels)} classes seen, "
            f"{_range(list(labels.values()))} images of each"
        )
    return broken


def _range(values: list[int]) -> str:
    """Return smallest, median and largest."""
    return f"{min(values)} / {median(values):g} / {max(values)}"


def main() -> None:
    """Run ``python -m roadmap.data``."""
    cli.run("preflight", preflight)


if __name__ == "__main__":
    main()
