"""Tiny sets and settings, and a backbone that trains in seconds."""

import numpy as np
from PIL import Image, ImageDraw

from roadmap.downstream.settings import Detection, Segmentation

SIDE = 64
COLOURS = {1: (230, 60, 50), 2: (60, 80, 230)}
"""Of each class: the images of these sets can be learned by colour alone."""
TINY = {"depths": (1, 1, 1, 1), "dims": (16, 24, 32, 48)}
"""A ConvNeXt of timm's that trains in seconds."""


def picture(numbers):
    """Return a grey image with a triangle of each class, and their corners."""
    image = Image.new("RGB", (SIDE, SIDE), (120, 120, 120))
    corners = {}
    for kind, colour in COLOURS.items():
        x, y = numbers.integers(2, 12, 2) + (kind - 1) * np.array([30, 26])
        corners[kind] = [int(v) for v in (x, y, x + 24, y + 2, x + 8, y + 24)]
        ImageDraw.Draw(image).polygon(corners[kind], fill=colour)
    return image, corners


COMMON = {
    "dim": 32,
    "batch_size": 2,
    "weight_decay": 0.05,
    "layer_decay": 0.9,
    "drop_path_rate": 0.0,
    "warmup_steps": 5,
}


def detection(**changes):
    own = {"name": "detection", "train": "train", "val": "train", "sizes": (SIDE,)}
    own |= {"max_size": SIDE, "sampled_boxes": 8, "steps": 50, "lr": 1e-3}
    return Detection(**{**COMMON, **own, **changes})


def segmentation(**changes):
    own = {"name": "segmentation", "train": "training", "val": "training"}
    own |= {"crop": SIDE, "num_classes": 3, "steps": 80, "lr": 3e-3}
    return Segmentation(**{**COMMON, **own, **changes})
