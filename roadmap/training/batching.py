"""How a batch is divided: over devices, and on each in parts that fit."""

from __future__ import annotations

from typing import NamedTuple

from roadmap.training.recipe import Recipe


class Batching(NamedTuple):
    """``batch_size = device_batch * devices * accumulate``, and updates an epoch."""

    batch_size: int
    device_batch: int
    devices: int
    accumulate: int
    updates: int

    def explain(self, recipe: Recipe) -> str:
        """Return the rule in one line: the batch and the learning rate it leads to."""
        line = (
            f"batch {self.batch_size} = {self.device_batch} a device x {self.devices} "
            f"devices x {self.accumulate} accumulated; lr {recipe.peak_lr:g}"
        )
        if recipe.lr_batch_size is None:
            return line
        return f"{line} = {recipe.lr:g} x {recipe.batch_size} / {recipe.lr_batch_size}"


def batching(
    recipe: Recipe, train_size: int, devices: int = 1, device_batch: int | None = None
) -> Batching:
    """Return how the recipe's batch is divided; a small data set is one batch.

    The parts of ``device_batch`` images are what mixup pairs within and BatchNorm takes
    its statistics of, whichever device they land on; so two devices with parts of 32
    train as one device that accumulates two.

    Raises:
        ValueError: one line, for parts that do not make up the batch.
    """
    batch_size = min(recipe.batch_size, train_size // 2 * 2)
    if batch_size == 0:
        raise ValueError(f"data: {train_size} training images; valid: 2 or more")
    part = device_batch or batch_size // devices
    if not part or batch_size % (part * devices):
        raise ValueError(
            f"device_batch={device_batch}: valid: a divisor of recipe.batch_size="
            f"{batch_size} over {devices} devices"
        )
    if part % 2 and (recipe.mixup or recipe.cutmix):
        raise ValueError(
            f"device_batch={part}: valid: an even number, with mixup or cutmix"
        )
    accumulate = batch_size // (part * devices)
    return Batching(batch_size, part, devices, accumulate, train_size // batch_size)
