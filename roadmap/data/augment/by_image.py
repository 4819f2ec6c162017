"""One image: from bytes to an augmented square of uint8.

Crops and resizes are of uint8 tensors, by torch, several times as quick as Pillow and
equal to it within rounding; RandAugment is timm's, which needs Pillow.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from timm.data.auto_augment import rand_augment_transform
from timm.data.transforms import RandomResizedCropAndInterpolation
from torch import Tensor
from torch.nn.functional import interpolate
from torchvision.io import ImageReadMode, decode_image, read_file
from torchvision.transforms.functional import center_crop
from torchvision.transforms.v2.functional import to_dtype_image

from roadmap.data.augment import Augmentation, crop_share
from roadmap.data.source import DataError

ASPECT = (3 / 4, 4 / 3)  # of a random crop, as everywhere since Inception


def read_image(path: Path) -> Tensor:
    """Return an image file's pixels, uint8 [3, h, w].

    Raises:
        DataError: one line that names the file, if it cannot be read whole.
    """
    try:
        pixels = decode_image(read_file(str(path)), ImageReadMode.RGB)
        pixels = pixels[0] if pixels.ndim == 4 else pixels  # of a GIF that moves
        return to_dtype_image(pixels, torch.uint8, scale=True)  # some have 16 bits
    except RuntimeError:  # a format that only Pillow knows, or a broken file
        pass
    try:
        with Image.open(path) as image:
            return from_pillow(image.convert("RGB"))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise DataError(f"{path}: cannot be read as an image ({error})") from error


def from_pillow(image: Image.Image) -> Tensor:
    """Return a Pillow image's pixels, uint8 [c, h, w]."""
    pixels = torch.from_numpy(np.array(image))
    return pixels[None] if pixels.ndim == 2 else pixels.permute(2, 0, 1)


def to_pillow(image: Tensor) -> Image.Image:
    """Return the Pillow image of uint8 [c, h, w]; one channel is mode L."""
    pixels = image[0] if len(image) == 1 else image.permute(1, 2, 0)
    return Image.fromarray(pixels.contiguous().numpy())


def training_transform(
    size: int, flip: bool, augmentation: Augmentation, mean: tuple[float, ...]
) -> Callable[[Tensor], Tensor]:
    """Return the augmentation of one image: crop, flip, RandAugment, in this order.

    It maps uint8 [c, h, w] to uint8 [c, size, size], and draws from ``random`` and
    numpy, whose seeds the caller sets. Rotations and shifts fill in ``mean``, on a
    scale of 0..1, as in timm.
    """
    randaugment = None
    if augmentation.randaugment:
        randaugment = _randaugment(augmentation.randaugment, size, mean)

    def transform(image: Tensor) -> Tensor:
        image = _random_crop(image, size, augmentation.random_resized_crop)
        if flip and random.random() < 0.5:
            image = image.flip(2)
        if randaugment:
            image = from_pillow(randaugment(to_pillow(image)))
        return image

    return transform


def evaluation_transform(
    size: int, crop_pct: float | None
) -> Callable[[Tensor], Tensor]:
    """Return a function that crops a square of ``size`` from the centre.

    It maps uint8 [c, h, w] to uint8 [c, size, size]. The shorter side is first resized
    to ``size / crop_pct``. With 1.0 nothing is cropped: the whole image is resized to
    the square, as the released code does at 384 pixels. For None see
    ``crop_share``.
    """
    share = crop_share(size, crop_pct)

    def transform(image: Tensor) -> Tensor:
        height, width = image.shape[1:]
        if share == 1.0:
            return _resize(image, size, size)
        scale = math.floor(size / share) / min(height, width)
        image = _resize(image, round(height * scale), round(width * scale))
        return center_crop(image, [size, size])

    return transform


def _random_crop(image: Tensor, size: int, area: tuple[float, float] | None) -> Tensor:
    if area is not None:
        drawn = RandomResizedCropAndInterpolation.get_params(image, area, ASPECT)
        top, left, height, width = drawn
        if height and width:  # an image of a pixel or two may have less than one drawn
            image = image[:, top : top + height, left : left + width]
    return _resize(image, size, size)


def _resize(image: Tensor, height: int, width: int) -> Tensor:
    if image.shape[1:] == (height, width):
        return image
    # In this memory format the kernel works on whole pixels, as they were decoded and
    # as Pillow takes them: no copy is made to reorder them.
    one = image[None].contiguous(memory_format=torch.channels_last)
    return interpolate(one, (height, width), mode="bicubic", antialias=True)[0]


def _randaugment(word: str, size: int, mean: tuple[float, ...]) -> Any:
    """Return timm's RandAugment with the settings that timm gives it."""
    fill = tuple(min(255, round(255 * value)) for value in mean)
    settings: dict[str, Any] = {
        "translate_const": int(size * 0.45),
        "img_mean": fill if len(fill) == 3 else fill[0],
        "interpolation": Image.Resampling.BICUBIC,
    }
    return rand_augment_transform(word, settings)
