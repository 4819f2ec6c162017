"""The class of each image that networks are evaluated on, and the classes' names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from roadmap.data.sets.folders import read_folder
from roadmap.data.settings import ImageFolder, read_settings
from roadmap.data.source import DataError


class Labels(NamedTuple):
    """The classes of an evaluation split."""

    names: list[str]
    of_image: list[int]
    """The class of each image, in the order of the split."""

    @property
    def majority(self) -> float:
        """Return the share of the largest class: what always naming it would score."""
        return max(Counter(self.of_image).values()) / len(self.of_image)


def labels_of(data: Mapping[str, Any], root: str | None, cache: Path) -> Labels | None:
    """Return the labels of the data of a run, ``run.data``, in the order of its split.

    ``root`` is where the data lie, ``cache`` the folder for data that were made or
    downloaded. Classes of data that are no image folders are named by their numbers.
    None where the data are gone, or where an image must be read to know its label.
    """
    try:
        settings = read_settings({**data, **({"root": root} if root else {})})
        if isinstance(settings, ImageFolder):
            found = read_folder(settings)
            return Labels(found.classes, [item.label for item in found.evaluation])
        from roadmap.data.open import open_images  # it imports torch

        labels = open_images(settings, cache).evaluation.labels
    except (DataError, ValueError):
        return None
    names = [str(number) for number in range(settings.num_classes)]
    return None if labels is None else Labels(names, list(labels))
