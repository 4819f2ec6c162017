"""Cluttered digits: images made from scikit-learn's handwritten digits, no download.

One digit, bent, thickened and turned at random and in a random colour, lies over a
textured background and over fragments of other digits. The digit is always on top; the
fragments are drawn like it, so only their shape tells them apart from it.
"""

import hashlib
import math
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

PARAMETERS = (  # the keyword arguments of ``make``; the settings have the same names
    "seed",
    "image_size",
    "digit_size",
    "rotation",
    "shear",
    "elastic",
    "thickness",
    "contrast",
    "hue",
    "clutter",
    "fragment_size",
    "texture",
    "noise",
)
SPLITS = {"train": (0.0, 0.65), "validation": (0.65, 0.75), "test": (0.75, 1.0)}
NUM_CLASSES = 10
CHUNK = 250  # images drawn from one generator: another value makes other images

Range = tuple[float, float]


def sources(split: str, seed: int) -> Tensor:
    """Return the indices into ``load_digits`` that a split is made from.

    They are int64 [m], sorted by class. Each class is divided in the proportions of
    ``SPLITS``, and no index is in two splits of one seed.
    """
    _, labels = _digits()
    generator = torch.Generator().manual_seed(_derive(seed, "sources"))
    first, last = SPLITS[split]
    chosen = []
    for label in range(NUM_CLASSES):
        members = (labels == label).nonzero().flatten()
        members = members[torch.randperm(len(members), generator=generator)]
        chosen.append(members[round(first * len(members)) : round(last * len(members))])
    return torch.cat(chosen)


def make(
    split: str,
    size: int,
    *,
    seed: int,
    image_size: int,
    digit_size: Range,
    rotation: float,
    shear: float,
    elastic: float,
    thickness: float,
    contrast: Range,
    hue: float,
    clutter: int,
    fragment_size: float,
    texture: float,
    noise: float,
) -> tuple[Tensor, Tensor]:
    """Return images, uint8 [size, 3, image_size, image_size], and labels, int64 [size].

    ``conf/data/cluttered_digits.yaml`` describes the parameters. Image i depends on
    the split and the parameters, not on ``size``.
    """
    pool = sources(split, seed)
    chunks = math.ceil(size / CHUNK)
    images = torch.empty(chunks, CHUNK, 3, image_size, image_size, dtype=torch.uint8)
    labels = torch.empty(chunks, CHUNK, dtype=torch.int64)
    with _one_thread():
        for number in range(chunks):
            painter = _Painter(
                torch.Generator().manual_seed(_derive(seed, f"{split}/{number}")),
                image_size,
                (digit_size, rotation, shear),
                (elastic, thickness),
            )
            labels[number], digit = painter.digit(pool)
            canvas, colour = painter.background(texture), painter.colour(contrast, hue)
            for _ in range(clutter):
                fragment = painter.fragment(pool, fragment_size)
                canvas = torch.lerp(canvas, painter.colour(contrast, hue), fragment)
            canvas = torch.lerp(canvas, colour, digit)
            canvas += noise * painter.normal(CHUNK, 3, image_size, image_size)
            images[number] = canvas.clamp_(0, 1).mul_(255).round_()
    return images.flatten(0, 1)[:size].clone(), labels.flatten()[:size].clone()


class _Painter:
    """Draws the layers of one chunk of images, all from one generator."""

    def __init__(
        self,
        generator: Generator,
        size: int,
        pose: tuple[Range, float, float],
        hand: tuple[float, float],
    ) -> None:
        self.generator, self.size, self.pose, self.hand = generator, size, pose, hand
        self.x = (torch.arange(size) + 0.5).view(1, 1, size)
        self.y = self.x.view(1, size, 1)
        self.base = self.uniform(0.3, 0.7, CHUNK, 3, 1, 1)

    def uniform(self, low: float, high: float, *shape: int) -> Tensor:
        return low + (high - low) * torch.rand(shape, generator=self.generator)

    def normal(self, *shape: int) -> Tensor:
        return torch.randn(shape, generator=self.generator)

    def colour(self, contrast: Range, hue: float) -> Tensor:
        """Return a colour at a random distance (RMS of channels) from the base colour.

        With hue 0 it is lighter by the same amount in all channels; with 1 it may be
        any colour.
        """
        direction = (1 - hue) + hue * self.normal(CHUNK, 3, 1, 1)
        direction /= direction.square().mean(1, keepdim=True).sqrt()
        return self.base + direction * self.uniform(*contrast, CHUNK, 1, 1, 1)

    def background(self, texture: float) -> Tensor:
        """Return the base colour with smooth colour noise and an oriented grating."""
        smooth = self.base + texture * self.normal(CHUNK, 3, 5, 5)
        smooth = F.interpolate(smooth, (self.size, self.size), mode="bicubic")
        angle, phase = self.uniform(0, 2 * math.pi, 2, CHUNK, 1, 1)
        wave_number = 2 * math.pi / self.uniform(4, 12, CHUNK, 1, 1)
        across, down = wave_number * angle.cos(), wave_number * angle.sin()
        grating = (self.x * across + phase + self.y * down).sin()
        return smooth.addcmul_(grating[:, None], texture * self.normal(CHUNK, 3, 1, 1))

    def digit(self, pool: Tensor) -> tuple[Tensor, Tensor]:
        """Return balanced labels and a whole digit of each within the image."""
        _, labels = _digits()
        counts = labels[pool].bincount(minlength=NUM_CLASSES)
        label = torch.arange(CHUNK) % NUM_CLASSES
        label = label[torch.randperm(CHUNK, generator=self.generator)]
        within = (self.uniform(0, 1, CHUNK) * counts[label]).long()
        scale = self.uniform(*self.pose[0], CHUNK, 1, 1)
        room = (self.size - scale).clamp(min=0) / 2
        centre = self.size / 2 + room * self.uniform(-1, 1, 2, CHUNK, 1, 1)
        index = pool[(counts.cumsum(0) - counts)[label] + within]
        return label, self._ink(index, *self._map(centre, scale))

    def fragment(self, pool: Tensor, fragment_size: float) -> Tensor:
        """Return a square piece of any source digit, anywhere in the image."""
        index = pool[(self.uniform(0, 1, CHUNK) * len(pool)).long()]
        scale = self.uniform(*self.pose[0], CHUNK, 1, 1)
        centre = self.uniform(0, self.size, 2, CHUNK, 1, 1)
        u, v = self._map(centre, scale)
        window = torch.maximum(u.abs(), v.abs()) < fragment_size
        at_u, at_v = self.uniform(-0.5, 0.5, 2, CHUNK, 1, 1)
        return self._ink(index, u + at_u, v + at_v) * window[:, None]

    def _map(self, centre: Tensor, scale: Tensor) -> tuple[Tensor, Tensor]:
        """Return where each pixel lies in the digit's frame, which spans -1 to 1."""
        _, rotation, shear = self.pose
        angle = math.radians(rotation) * self.uniform(-1, 1, CHUNK, 1, 1)
        lean = shear * self.uniform(-1, 1, CHUNK, 1, 1)
        cos, sin = angle.cos() * 2 / scale, angle.sin() * 2 / scale
        x, y = self.x - centre[0], self.y - centre[1]  # a row and a column: cheap
        u, v = x * (cos + lean * sin) + y * (sin - lean * cos), y * cos - x * sin
        bend = self.hand[0] * self.normal(CHUNK, 2, 5, 5)
        bend = F.interpolate(bend, (self.size, self.size), mode="bicubic")
        return u + bend[:, 0], v + bend[:, 1]

    def _ink(self, index: Tensor, u: Tensor, v: Tensor) -> Tensor:
        """Return ink, 0 to 1, steepened: a stroke keeps an edge at 3 times its size."""
        ink, _ = _digits()
        ink = F.grid_sample(ink[index], torch.stack((u, v), -1), align_corners=False)
        edge = 0.5 + self.hand[1] * self.uniform(-1, 1, CHUNK, 1, 1, 1)
        return ((ink - edge) / 0.5 + 0.5).clamp_(0, 1)


@cache
def _digits() -> tuple[Tensor, Tensor]:
    """Return the sources' ink, 0 to 1 [1797, 1, 24, 24], and labels, int64 [1797]."""
    from sklearn.datasets import load_digits  # seconds to import, needed once

    images, labels = load_digits(return_X_y=True)
    ink = torch.from_numpy(images).float().view(-1, 1, 8, 8) / 16
    with _one_thread():
        ink = F.interpolate(ink, (24, 24), mode="bicubic")
    return ink, torch.from_numpy(labels).long()


def _derive(seed: int, purpose: str) -> int:
    digest = hashlib.sha256(f"{seed}/{purpose}".encode()).digest()
    return int.from_bytes(digest[:4], "big")  # torch's CPU generator uses 32 bits


@contextmanager
def _one_thread() -> Iterator[None]:
    """Use one thread: how a loop is divided over threads can change its rounding."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
