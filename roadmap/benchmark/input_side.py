"""Images a second and core of an input pipeline: ours, torchvision's, timm's.

python -m roadmap.benchmark.input_side ours FOLDER 1: each in a process of its own,
since memory settings are a process's.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from timm.data import create_dataset, create_loader
from timm.data.auto_augment import rand_augment_transform
from torchvision import transforms
from torchvision.datasets import ImageFolder

from roadmap.base.machine import keep_memory
from roadmap.data.augment import Augmentation
from roadmap.data.open import open_source
from roadmap.data.resolve import resolve
from roadmap.data.settings import read_settings

SIZE, BATCH, CROP = 224, 50, (0.08, 1.0)
RANDAUGMENT = "rand-m9-mstd0.5-inc1"
WHO = ("ours", "torchvision", "timm")


def make_jpegs(root: Path, count: int) -> None:
    """Write ``count`` photograph-like JPEGs of 500x375 pixels, in ten classes."""
    generator = np.random.default_rng(0)
    for number in range(count):
        pixels = generator.normal(128, 6, (375, 500, 1)).repeat(3, 2)
        for cells, contrast in ((6, 60), (24, 40), (96, 20)):  # coarse to fine
            small = generator.normal(0, contrast, (cells * 3 // 4, cells, 3))
            for channel in range(3):
                layer = Image.fromarray(small[..., channel].astype(np.float32))
                large = layer.resize((500, 375), Image.Resampling.BICUBIC)
                pixels[..., channel] += np.asarray(large)
        for split in ("train", "val"):
            folder = root / split / f"class_{number % 10}"
            folder.mkdir(parents=True, exist_ok=True)
            image = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
            image.save(folder / f"{number:05d}.jpg", quality=90)


def ours(root: Path, word: str | None) -> Iterable[Any]:
    """Return the batches of ``data=folder``."""
    settings: dict[str, Any] = {"name": "folder", "train_size": None, "test_size": None}
    settings |= {"evaluate_on": "test", "image_size": SIZE, "in_chans": 3}
    settings |= {"num_classes": None, "horizontal_flip": True, "crop_pct": None}
    settings |= {"on_unreadable": "error", "held_out": 0.2}
    source = open_source(
        resolve(read_settings({**settings, "root": str(root)})),
        Augmentation(CROP, word, random_erasing=0.25),
        root=str(root),
        cache=root,
        device=torch.device("cpu"),
        num_workers=0,
    )
    keep_memory()  # as every run of ours does
    parts = torch.randperm(source.train_size).split(BATCH)
    return source.train_batches(parts, range(len(parts)))


def torchvision(root: Path, word: str | None) -> Iterable[Any]:
    """Return the batches of ImageFolder with the same transforms."""
    bicubic = transforms.InterpolationMode.BICUBIC
    parts: list[Any] = [transforms.RandomResizedCrop(SIZE, CROP, interpolation=bicubic)]
    parts += [transforms.RandomHorizontalFlip()]
    if word:
        settings: dict[str, Any] = {"translate_const": 100, "img_mean": (124, 116, 104)}
        settings["interpolation"] = Image.Resampling.BICUBIC
        parts += [rand_augment_transform(word, settings)]
    parts += [transforms.ToTensor()]
    parts += [transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))]
    parts += [transforms.RandomErasing(0.25)]
    images = ImageFolder(str(root / "train"), transforms.Compose(parts))
    return torch.utils.data.DataLoader(images, BATCH, shuffle=True)


def timm(root: Path, word: str | None) -> Iterable[Any]:
    """Return the batches of timm's loader with the same augmentation."""
    no_jitter: Any = None  # timm's own word for it, which its type hints leave out
    return create_loader(
        create_dataset("", root=str(root / "train"), split="train", is_training=True),
        (3, SIZE, SIZE),
        BATCH,
        is_training=True,
        scale=CROP,
        auto_augment=word,
        color_jitter=no_jitter,
        re_prob=0.25,
        re_mode="pixel",
        interpolation="bicubic",
        num_workers=0,
        persistent_workers=False,
        device=torch.device("cpu"),
    )


def measure(who: str, root: Path, word: str | None) -> float:
    """Return images a second of processor time, of one pass over the folder."""
    began, count = time.process_time(), 0
    for images, _ in globals()[who](root, word):
        count += len(images)
    return count / (time.process_time() - began)


if __name__ == "__main__":
    torch.set_num_threads(1)
    who, folder, augmented = sys.argv[1:]
    word = RANDAUGMENT if augmented == "1" else None
    measure(who, Path(folder), word)  # warm-up: imports, caches
    print(measure(who, Path(folder), word))
