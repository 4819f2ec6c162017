"""Augmentation of a batch at once, on the device where the batch lies.

Batches are [n, c, h, w]; only `random_erasing` changes what it is given, and each comes
back in the memory format it came in. Random numbers come from the generator that is
passed, on that generator's device. Mixup and CutMix are timm's (`timm.data.Mixup`).
"""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor
from torch.nn import functional as F

ATTEMPTS = 10  # rectangles tried for an image before it is left whole, as in timm


def statistics(images: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean and standard deviation per channel, float32 [c], on a scale of 0..1.

    ``images`` are uint8 [n, c, h, w]. The levels are counted and not summed, so the
    result is the same to the last bit with any number of threads.
    """
    level = torch.arange(256, dtype=torch.float64) / 255
    channels = images.cpu().unbind(1)
    counts = torch.stack([c.flatten().bincount(minlength=256) for c in channels])
    share = counts / counts.sum(1, keepdim=True)
    mean = (share * level).sum(1)
    variance = (share * (level - mean[:, None]).square()).sum(1)
    return mean.float(), variance.sqrt().float()


def normalize(images: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """Return uint8 images as float32, less the mean and divided by the deviation.

    `mean` and `std` are [c], of images in 0..1, as `statistics` returns them.
    """
    scale, shift = (1 / (255 * std)).view(-1, 1, 1), (mean / std).view(-1, 1, 1)
    return images.float().mul_(scale).sub_(shift)


def random_shift(images: Tensor, pixels: int, generator: Generator) -> Tensor:
    """Return each image moved by up to `pixels` along each axis, uint8 or float.

    Every whole offset is as likely as any other; what moves in is zero.
    """
    if pixels == 0:
        return images
    n, c, height, width = images.shape
    padded = F.pad(images, (pixels,) * 4).contiguous()
    down, across = _integers(2 * pixels + 1, (2, n, 1, 1), images, generator)
    pitch = padded.shape[3]
    begin = torch.arange(0, padded.numel(), pitch, device=images.device)
    begin = begin.view(n, c, -1)[:, :, :height] + (down * pitch + across)
    runs = padded.flatten().unfold(0, width, 1)  # a view; whole rows are quick to copy
    return _as(images, runs.index_select(0, begin.flatten()).view(images.shape))


def random_flip(images: Tensor, generator: Generator) -> Tensor:
    """Return the images, each mirrored left to right with probability 1/2."""
    n = len(images)
    both = torch.cat((images, images.flip(3)))  # whole images are quick to copy
    mirrored = _integers(2, (n,), images, generator)
    chosen = torch.arange(n, device=images.device) + n * mirrored
    return _as(images, both.index_select(0, chosen))


def random_erasing(
    images: Tensor,
    probability: float,
    generator: Generator,
    area: tuple[float, float] = (0.02, 1 / 3),
    aspect: tuple[float, float] = (0.3, 3.3),
) -> Tensor:
    """Give some of these normalised float images a rectangle of normal noise.

    Each image has one with this probability. Its area is uniform, as a share of the
    image, and the logarithm of height / width is; timm's RandomErasing, mode pixel.
    Returns the images, changed in place.
    """
    if probability == 0:
        return images
    n, c, height, width = images.shape
    device = generator.device
    draw = torch.rand(n, 3 + 2 * ATTEMPTS, generator=generator, device=device)
    draws = draw.cpu().numpy()  # numpy: many operations on few numbers
    (chosen,) = np.nonzero(draws[:, 0] < probability)
    inside = _rectangles(draws[chosen, 1:], (height, width), area, aspect)
    place = torch.from_numpy(inside).nonzero()  # quicker than numpy's
    place[:, 0] = torch.from_numpy(chosen)[place[:, 0]]
    noise = torch.randn(len(place), c, generator=generator, device=device)
    which, row, column = place.to(images.device).unbind(1)
    images[which, :, row, column] = noise.to(images)
    return images


def _rectangles(
    draw: NDArray[np.float32],
    size: tuple[int, int],
    area: tuple[float, float],
    aspect: tuple[float, float],
) -> NDArray[np.bool_]:
    """Return bool [n, *size], true in a rectangle: the first attempt that fits."""
    pixels = _within(area, draw[:, 2 : 2 + ATTEMPTS]) * size[0] * size[1]
    logs = math.log(aspect[0]), math.log(aspect[1])
    ratio = np.exp(_within(logs, draw[:, 2 + ATTEMPTS :]))
    tall, wide = np.sqrt(pixels * ratio).round(), np.sqrt(pixels / ratio).round()
    fits = (tall < size[0]) & (wide < size[1])
    first = np.arange(len(draw)), fits.argmax(1)
    rows = _span(draw[:, 0], (tall * fits)[first], size[0])  # 0 if no attempt fits
    columns = _span(draw[:, 1], wide[first], size[1])
    return rows[:, :, None] & columns[:, None, :]


def _within(
    ends: tuple[float, float], draw: NDArray[np.float32]
) -> NDArray[np.float32]:
    return ends[0] + (ends[1] - ends[0]) * draw


def _span(
    draw: NDArray[np.float32], length: NDArray[np.float32], size: int
) -> NDArray[np.bool_]:
    """Return bool [n, size], true for `length` places from a random start on."""
    start = np.floor(draw * (size - length + 1))[:, None]
    place = np.arange(size)
    return (place >= start) & (place < start + length[:, None])


def _integers(
    below: int, shape: tuple[int, ...], images: Tensor, generator: Generator
) -> Tensor:
    drawn = torch.randint(below, shape, generator=generator, device=generator.device)
    return drawn.to(images.device)


def _as(images: Tensor, result: Tensor) -> Tensor:
    """Return the result in the memory format of the images."""
    channels_last = images.is_contiguous(memory_format=torch.channels_last)
    plain = images.is_contiguous() or not channels_last
    wanted = torch.contiguous_format if plain else torch.channels_last
    return result.contiguous(memory_format=wanted)
