"""What is done to images: to a whole batch on the device, or to one image at a time."""

from __future__ import annotations

from typing import NamedTuple


def crop_share(size: int, crop_pct: float | None) -> float:
    """Return the share of an image that evaluation keeps, for crops of ``size`` pixels.

    None is the paper's choice: 0.875 below 384 pixels, 1.0 from there on (A.2).
    """
    return crop_pct or (1.0 if size >= 384 else 0.875)


class Augmentation(NamedTuple):
    """What is done to training images; the values are a recipe's."""

    random_resized_crop: tuple[float, float] | None = None
    """The least and the most of the image's area that a crop keeps; None: no crop."""
    randaugment: str | None = None
    """timm's name for it, such as ``rand-m9-mstd0.5-inc1``."""
    random_erasing: float = 0.0
    """Probability for each image."""
    random_shift: int = 0
    """The most pixels that an image moves along each axis; only for data in memory."""

    @property
    def by_image(self) -> bool:
        """Whether part of it is done to one image at a time, by loader processes."""
        return bool(self.random_resized_crop or self.randaugment)
