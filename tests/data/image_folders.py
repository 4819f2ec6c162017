"""Small image folders, and data sets opened from them, for the tests beside it."""

from pathlib import Path

import numpy as np
import torch
import yaml
from PIL import Image

from roadmap.data.augment import Augmentation
from roadmap.data.open import open_source
from roadmap.data.resolve import resolve
from roadmap.data.settings import read_settings

CONF = Path(__file__).parents[2] / "conf" / "data"
CLASSES = ("cat", "dog", "owl")
FULL = Augmentation(
    random_resized_crop=(0.08, 1.0),
    randaugment="rand-m9-mstd0.5-inc1",
    random_erasing=0.5,
)


def picture(number, size=(60, 45)):
    generator = np.random.default_rng(number)
    small = generator.integers(0, 255, (6, 8, 3), dtype=np.uint8)
    return Image.fromarray(small).resize(size, Image.Resampling.BICUBIC)


def fill(folder, each=4, classes=CLASSES, size=(60, 45)):
    for label, name in enumerate(classes):
        (folder / name).mkdir(parents=True)
        for number in range(each):
            file = folder / name / f"{number}.jpg"
            picture(100 * label + number, size).save(file, quality=90)
    return folder


def words_of(name, **changes):
    """Return a data config as the commands compose it."""
    words = yaml.safe_load((CONF / f"{name}.yaml").read_text())
    if words.pop("defaults", None):
        words = yaml.safe_load((CONF / "imagenet.yaml").read_text()) | words
    return words | changes


def settings_of(name, **changes):
    """Return the settings of 3 classes, in small images; ``root`` may be a Path."""
    classes = {"num_classes": 3} if name in ("imagenet", "imagenette", "timm") else {}
    root = {"root": str(changes.pop("root"))} if changes.get("root") else {}
    return read_settings(words_of(name, image_size=32) | classes | changes | root)


def open_data(settings, cache, augmentation=FULL, num_workers=0):
    return open_source(
        resolve(settings),
        augmentation,
        root=settings.root,
        cache=cache,
        device=torch.device("cpu"),
        num_workers=num_workers,
    )


def open_folder(root, augmentation=FULL, num_workers=0, name="folder", **changes):
    settings = settings_of(name, root=root, **changes)
    return open_data(settings, root / "cache", augmentation, num_workers)


def batches(source, seeds=(1, 2, 3)):
    """Return an epoch of a source in as many batches as seeds, and close it."""
    order = torch.arange(source.train_size)
    parts = order.split(-(-source.train_size // len(seeds)))
    try:
        return list(source.train_batches(parts, seeds))
    finally:  # left to the garbage collection, torch waits 5 s for each process
        source.close()


def equal(first, second):
    return all(
        torch.equal(a, b)
        for one, other in zip(first, second, strict=True)
        for a, b in zip(one, other, strict=True)
    )
