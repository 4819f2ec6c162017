"""A Recipe: everything about training that is no network and no data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

import torch
from timm.data import Mixup
from timm.optim import create_optimizer_v2
from timm.scheduler import CosineLRScheduler, MultiStepLRScheduler
from timm.scheduler.scheduler import Scheduler
from torch import nn

OptimizerName = Literal["adamw", "sgd"]
Schedule = Literal["cosine", "step"]
WeightInit = Literal["trunc_normal", "kaiming_normal"]

_WORDS = {
    "optimizer": get_args(OptimizerName),
    "schedule": get_args(Schedule),
    "weight_init": get_args(WeightInit),
}
_COUNTS = {"epochs": 1, "batch_size": 2, "random_shift": 0}
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
    betas: tuple[float, float] = (0.9, 0.999)
    momentum: float = 0.9
    warmup_epochs: float = 0
    weight_init: WeightInit = "trunc_normal"
    init_std: float = 0.02
    label_smoothing: float = 0.0
    mixup: float = 0.0
    cutmix: float = 0.0
    random_erasing: float = 0.0
    random_shift: int = 0

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
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not (number and low <= value <= high):
                self._refuse(name, f"a number from {low} to {high:g}")
        if self.warmup_epochs >= self.epochs and self.warmup_epochs:
            # A shortened run keeps its shape: never all warm-up.
            object.__setattr__(self, "warmup_epochs", self.epochs / 2)
        if self.batch_size % 2 and (self.mixup or self.cutmix):
            self._refuse("batch_size", "an even number, with mixup or cutmix")

    def _refuse(self, name: str, valid: str) -> None:
        raise ValueError(f"recipe.{name}={getattr(self, name)}: valid: {valid}")


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


def make_optimizer(recipe: Recipe, model: nn.Module) -> torch.optim.Optimizer:
    """Return timm's optimizer for the recipe.

    AdamW decays weights only, not norms, biases and scales, as the released ConvNeXt
    code; SGD decays every parameter, as the recipe behind torchvision's 76.13.
    """
    if recipe.optimizer == "sgd":
        return create_optimizer_v2(
            model,
            "sgd",
            lr=recipe.lr,
            weight_decay=recipe.weight_decay,
            momentum=recipe.momentum,
            filter_bias_and_bn=False,
            nesterov=False,
        )
    return create_optimizer_v2(
        model,
        "adamw",
        lr=recipe.lr,
        weight_decay=recipe.weight_decay,
        betas=recipe.betas,
    )


def make_schedule(
    recipe: Recipe, optimizer: torch.optim.Optimizer, steps: int
) -> Scheduler:
    """Return timm's schedule over updates, for ``steps`` updates an epoch.

    Linear warm-up, then cosine decay to zero, or a division by 10 after each third.
    """
    warmup = round(recipe.warmup_epochs * steps)
    total = recipe.epochs * steps
    common: dict[str, Any] = {
        "warmup_t": warmup,
        "t_in_epochs": False,
        "warmup_lr_init": 0.0,
    }
    if recipe.schedule == "cosine":
        return CosineLRScheduler(
            optimizer, t_initial=total - warmup, warmup_prefix=True, **common
        )
    thirds = [total // 3, 2 * total // 3]
    return MultiStepLRScheduler(optimizer, decay_t=thirds, decay_rate=0.1, **common)


def make_mixup(recipe: Recipe, num_classes: int) -> Mixup | None:
    """Return timm's Mixup (both mixes, whole batches), or None where both are off."""
    if not (recipe.mixup or recipe.cutmix):
        return None
    return Mixup(
        mixup_alpha=recipe.mixup,
        cutmix_alpha=recipe.cutmix,
        label_smoothing=recipe.label_smoothing,
        num_classes=num_classes,
    )
