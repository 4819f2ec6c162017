"""The random streams of a run, each from the run's seed and the update's number.

So a checkpoint holds no generator, and a run can go on from it on other devices.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from roadmap.training.batching import Batching

ORDER, AUGMENTATION, MODEL = range(3)
"""The purpose of a stream; with the run's seed and a number it names the stream."""


class Parts(NamedTuple):
    """The parts of batches that one device takes, in their order."""

    images: list[Tensor]
    """Indices of training images, int64 [device_batch], for each part."""
    augmentation: list[int]
    """The seed of each part's augmentation."""
    model: list[int]
    """The seed of each part's mixup and drop path."""


def derive(seed: int, purpose: int, *numbers: int) -> int:
    """Return a 32-bit seed for one random stream of a run."""
    sequence = np.random.SeedSequence((seed, purpose, *numbers))
    return int(sequence.generate_state(1)[0])


def seed_everything(seed: int) -> None:
    """Seed torch (weights, drop path) and numpy (timm's Mixup draws from it)."""
    torch.manual_seed(seed)
    np.random.seed(seed % 2**32)


def parts_of_epoch(
    seed: int, update: int, batching: Batching, train_size: int, rank: int = 0
) -> Parts:
    """Return what a device takes from this update to the end of its epoch.

    Images that do not fill a last batch are left out; each epoch leaves out others.
    """
    epoch, done = divmod(update, batching.updates)
    generator = torch.Generator().manual_seed(derive(seed, ORDER, epoch))
    order = torch.randperm(train_size, generator=generator)
    whole = order[: batching.updates * batching.batch_size]
    parts = whole.view(batching.updates, -1, batching.device_batch)
    places = [
        (number, part)
        for number in range(done, batching.updates)
        for part in range(rank, parts.shape[1], batching.devices)
    ]
    names = [(epoch * batching.updates + number, part) for number, part in places]
    return Parts(
        [parts[place] for place in places],
        [derive(seed, AUGMENTATION, *name) for name in names],
        [derive(seed, MODEL, *name) for name in names],
    )
