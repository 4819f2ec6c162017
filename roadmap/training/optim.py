"""What a recipe makes of timm: optimizer, schedule, mixup, moving average."""

from __future__ import annotations

from typing import Any

import torch
from timm.data import Mixup
from timm.optim import create_optimizer_v2
from timm.scheduler import CosineLRScheduler, MultiStepLRScheduler
from timm.scheduler.scheduler import Scheduler
from timm.utils import ModelEmaV3
from torch import nn

from roadmap.training.recipe import Recipe


def make_optimizer(recipe: Recipe, model: nn.Module) -> torch.optim.Optimizer:
    """Return timm's optimizer for the recipe.

    AdamW decays weights only, not norms, biases and scales, as the released ConvNeXt
    code; SGD decays every parameter, as the recipe behind torchvision's 76.13.
    """
    if recipe.optimizer == "sgd":
        return create_optimizer_v2(
            model,
            "sgd",
            lr=recipe.peak_lr,
            weight_decay=recipe.weight_decay,
            layer_decay=recipe.layer_decay,
            momentum=recipe.momentum,
            filter_bias_and_bn=False,
            nesterov=False,
        )
    return create_optimizer_v2(
        model,
        "adamw",
        lr=recipe.peak_lr,
        weight_decay=recipe.weight_decay,
        layer_decay=recipe.layer_decay,
        betas=recipe.betas,
        fused=True,  # one kernel for all weights: small networks wait for launches
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
    # timm counts updates from 1 here: a milestone of 31 is the 31st update.
    thirds = [total // 3 + 1, 2 * total // 3 + 1]
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


def make_ema(recipe: Recipe, model: nn.Module) -> ModelEmaV3 | None:
    """Return timm's moving average of the model's weights, or None where it is off."""
    return None if recipe.ema is None else ModelEmaV3(model, decay=recipe.ema)
