"""A Recipe: everything about training that is no network and no data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

OptimizerName = Literal["adamw", "sgd"]
Schedule = Literal["cosine", "step"]
WeightInit = Literal["trunc_normal", "kaiming_normal"]
Precision = Literal["float32", "bfloat16", "float16"]

_WORDS = {
    "optimizer": get_args(OptimizerName),
    "schedule": get_args(Schedule),
    "weight_init": get_args(WeightInit),
    "precision": get_args(Precision),
}
_COUNTS = {"epochs": 1, "batch_size": 2, "random_shift": 0}
_OPTIONAL_RANGES = {
    "lr_batch_size": (1, 1e9),
    "layer_decay": (0, 1),
    "clip_grad": (0, 1e9),
    "ema": (0, 1),
    "head_init_scale": (0, 1000),
}
_RANGES = {
    "lr": (0, 1000),
    "weight_decay": (0, 1000),
    "momentum": (0, 1),
    "warmup_epochs": (0, 1e6),
    "init_std": (0, 1),
    "label_smoothing": (0, 1),
    "mixup": (0, 1000),
    "cutmix": (0, 1000),
    "random_erasing": (0, 1),
}


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a run is trained; each field is a key of Hydra's ``recipe.*``.

    Raises:
        ValueError: one line that names the setting and what is valid.
    """

    epochs: int
    batch_size: int
    optimizer: OptimizerName
    lr: float
    weight_decay: float
    schedule: Schedule
    lr_batch_size: int | None = None
    betas: tuple[float, float] = (0.9, 0.999)
    momentum: float = 0.9
    warmup_epochs: float = 0
    layer_decay: float | None = None
    clip_grad: float | None = None
    ema: float | None = None
    precision: Precision = "float32"
    weights: str | None = None
    """What the network starts from: a hash of the weights' file, never its path."""
    weight_init: WeightInit = "trunc_normal"
    init_std: float = 0.02
    head_init_scale: float | None = None
    label_smoothing: float = 0.0
    mixup: float = 0.0
    cutmix: float = 0.0
    random_erasing: float = 0.0
    random_shift: int = 0
    random_resized_crop: tuple[float, float] | None = None
    randaugment: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "betas", tuple(self.betas))
        if not (len(self.betas) == 2 and all(0 <= beta < 1 for beta in self.betas)):
            self._refuse("betas", "two numbers in [0, 1)")
        for name, words in _WORDS.items():
            if getattr(self, name) not in words:
                self._refuse(name, ", ".join(words))
        for name, low in _COUNTS.items():
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < low:
                self._refuse(name, f"an integer >= {low}")
        for name, ends in _RANGES.items():
            if not _within(getattr(self, name), *ends):
                self._refuse(name, "a number from {:g} to {:g}".format(*ends))
        for name, ends in _OPTIONAL_RANGES.items():
            if getattr(self, name) is not None and not _within(
                getattr(self, name), *ends
            ):
                self._refuse(name, "null or a number from {:g} to {:g}".format(*ends))
        self._check_augmentation()
        if self.warmup_epochs >= self.epochs and self.warmup_epochs:
            # A shortened run keeps its shape: never all warm-up.
            object.__setattr__(self, "warmup_epochs", self.epochs / 2)
        if self.batch_size % 2 and (self.mixup or self.cutmix):
            self._refuse("batch_size", "an even number, with mixup or cutmix")

    def _check_augmentation(self) -> None:
        crop = self.random_resized_crop
        if crop is not None:
            object.__setattr__(self, "random_resized_crop", tuple(crop))
            if not (len(crop) == 2 and 0 < crop[0] <= crop[1] <= 1):
                self._refuse("random_resized_crop", "null or [low, high] within (0, 1]")
        if self.randaugment is not None and not re.fullmatch(
            r"rand(-(m|n|mstd|mmax|inc|p|w|t)[\d.]+)+", str(self.randaugment)
        ):
            valid = "null or a word of timm's such as rand-m9-mstd0.5-inc1"
            self._refuse("randaugment", valid)

    @property
    def peak_lr(self) -> float:
        """The learning rate after warm-up: ``lr``, in proportion to the batch size."""
        return self.lr * self.batch_size / (self.lr_batch_size or self.batch_size)

    def _refuse(self, name: str, valid: str) -> None:
        raise ValueError(f"recipe.{name}={getattr(self, name)}: valid: {valid}")


def _within(value: Any, low: float, high: float) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and low <= value <= high


def recipe_from(settings: Mapping[str, Any]) -> Recipe:
    """Return the Recipe of these settings.

    Raises:
        ValueError: one line that names a setting that does not exist or does not fit.
    """
    names = [field.name for field in fields(Recipe)]
    for name in settings:
        if name not in names:
            valid = ", ".join(names)
            raise ValueError(f"recipe.{name}: no such setting; valid: {valid}")
    return Recipe(**settings)
