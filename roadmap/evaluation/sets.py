"""The sets of Table 8: what belongs to each, and where its images lie.

Nothing here imports torch.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

CLASSES = 1000
"""Classes of ImageNet-1K, which all these sets are for."""
SEVERITIES = (1, 2, 3, 4, 5)
ALEXNET = {
    "gaussian_noise": 88.6428,
    "shot_noise": 89.4468,
    "impulse_noise": 92.2640,
    "defocus_blur": 81.9880,
    "glass_blur": 82.6268,
    "motion_blur": 78.5948,
    "zoom_blur": 79.8360,
    "snow": 86.6816,
    "frost": 82.6572,
    "fog": 81.9324,
    "brightness": 56.4592,
    "contrast": 85.3204,
    "elastic_transform": 64.6056,
    "pixelate": 71.7840,
    "jpeg_compression": 60.6500,
}
"""AlexNet's error in percent for each corruption of ImageNet-C, over its severities.

Hendrycks and Dietterich, arXiv:1903.12261; with these digits in AugMix's code.
"""
C_BAR = (
    "blue_noise_sample",
    "brownish_noise",
    "caustic_refraction",
    "checkerboard_cutout",
    "cocentric_sine_waves",
    "inverse_sparkles",
    "perlin_noise",
    "plasma_noise",
    "single_frequency_greyscale",
    "sparkles",
)
"""Folders of ImageNet-C-bar (Mintun et al., arXiv:2102.11273), spelled as released."""


class ImageSet(NamedTuple):
    """What a set holds when it is whole."""

    title: str
    column: str
    """Its column of ``experiments/paper/table_8.csv``."""
    images: int
    """Of each severity of each corruption, where there are corruptions."""
    classes: int = CLASSES
    masked: bool = False
    """Whether a network chooses among these classes only."""
    baseline: Mapping[str, float] = MappingProxyType({})
    """The corruptions, and the error that each is divided by: in percent; 100 leaves
    the plain error."""


SETS = {
    "imagenet": ImageSet("ImageNet", "clean", 50_000),
    "imagenet_a": ImageSet("ImageNet-A", "imagenet_a", 7_500, 200, masked=True),
    "imagenet_r": ImageSet("ImageNet-R", "imagenet_r", 30_000, 200, masked=True),
    "sketch": ImageSet("ImageNet-Sketch", "sketch", 50_889),
    "imagenet_c": ImageSet(
        "ImageNet-C", "imagenet_c_mce", 50_000, baseline=MappingProxyType(ALEXNET)
    ),
    "imagenet_c_bar": ImageSet(
        "ImageNet-C-bar",
        "imagenet_cbar_err",
        50_000,
        baseline=MappingProxyType(dict.fromkeys(C_BAR, 100.0)),
    ),
}
"""The sets by the setting that says where they lie."""


class Part(NamedTuple):
    """A folder of class folders: a set, or one severity of one of its corruptions."""

    key: str
    """The set's name in ``SETS``."""
    path: Path
    corruption: str = ""
    severity: int = 0

    @property
    def title(self) -> str:
        """Return the name to print: ``ImageNet-C fog/3``."""
        where = f" {self.corruption}/{self.severity}" if self.corruption else ""
        return SETS[self.key].title + where

    @property
    def classes(self) -> list[str]:
        """Return the names of the class folders, sorted."""
        if not self.path.is_dir():
            return []
        with os.scandir(self.path) as entries:  # asks a file server for no more
            return sorted(entry.name for entry in entries if entry.is_dir())


def parts_of(key: str, root: str) -> list[Part]:
    """Return the parts of a set, those that are missing too.

    Raises:
        ValueError: one line, where ``root`` is no folder, or nothing of the set is in
            it.
    """
    base = Path(root).expanduser()
    if not base.is_dir():
        raise ValueError(f"{key}={root}: no such folder")
    if not SETS[key].baseline:
        inner = base / "val"
        parts = [Part(key, inner if key == "imagenet" and inner.is_dir() else base)]
    else:
        parts = [
            Part(key, base / name / str(severity), name, severity)
            for name in SETS[key].baseline
            for severity in SEVERITIES
        ]
    if not any(part.classes for part in parts):
        inside = f"{parts[0].corruption}/1/" if SETS[key].baseline else ""
        raise ValueError(f"{key}={root}: no class folders, as {inside}n01440764, in it")
    return parts


def indices(part: Part, num_classes: int) -> list[int]:
    """Return the output of the network that each class folder of the part stands for.

    A network of 1000 classes has ImageNet-1K's, whose order is that of the WordNet ids;
    one of another number has the folder's own, in alphabetical order.

    Raises:
        ValueError: one line, for folders that are not the network's classes.
    """
    names = part.classes
    if num_classes != CLASSES:
        if part.key != "imagenet" or len(names) != num_classes:
            raise ValueError(
                f"{part.key}={part.path}: {len(names)} classes, for a network of "
                f"{num_classes}; only imagenet= takes another number than {CLASSES}"
            )
        return list(range(num_classes))
    order = _order()
    if unknown := [name for name in names if name not in order]:
        raise ValueError(
            f"{part.key}={part.path}: {unknown[0]} is no class of ImageNet-1K; valid: "
            "folders named by WordNet ids, as n01440764"
        )
    return [order[name] for name in names]


@cache
def _order() -> dict[str, int]:
    """Return the index of each class of ImageNet-1K by its WordNet id."""
    from timm.data import ImageNetInfo  # not at the top: it imports torch

    return {name: index for index, name in enumerate(ImageNetInfo().label_names())}
