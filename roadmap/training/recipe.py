"""A Recipe: everything about training that is neither the network nor the data."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from annotated_types import Ge, Le

from roadmap.base.settings import AtLeast1, Count, Share, checked_by, refuse, settings

OptimizerName = Literal["adamw", "sgd"]
Schedule = Literal["cosine", "step"]
WeightInit = Literal["trunc_normal", "kaiming_normal", "lecun_normal"]
Precision = Literal["float32", "bfloat16", "float16"]
UpTo1000 = Annotated[float, Ge(0), Le(1000)]
Betas = Annotated[
    tuple[float, float],
    checked_by(lambda betas: all(0 <= beta < 1 for beta in betas)),
    "two numbers in [0, 1)",
]
Crop = Annotated[
    tuple[float, float],
    checked_by(lambda crop: 0 < crop[0] <= crop[1] <= 1),
    "[low, high] within (0, 1]",
]
RandAugment = Annotated[
    str,
    checked_by(re.compile(r"rand(-(m|n|mstd|mmax|inc|p|w|t)[\d.]+)+").fullmatch),
    "a word of timm's such as rand-m9-mstd0.5-inc1",
]


@settings("recipe")
class Recipe:
    """How a run is trained; each field is a key of Hydra's ``recipe.*``.

    ``warmup_epochs`` that would take the whole training are cut to half of it.

    Raises:
        ValueError: one line that names the setting and what is valid.
    """

    epochs: AtLeast1
    batch_size: Annotated[int, Ge(2)]
    optimizer: OptimizerName
    lr: UpTo1000
    weight_decay: UpTo1000
    schedule: Schedule
    lr_batch_size: AtLeast1 | None = None
    """The batch size that ``lr`` is for; None: ``lr`` holds for every batch size."""
    betas: Betas = (0.9, 0.999)
    momentum: Share = 0.9
    warmup_epochs: Annotated[float, Ge(0), Le(1e6)] = 0.0
    layer_decay: Share | None = None
    clip_grad: Annotated[float, Ge(0), Le(1e9)] | None = None
    ema: Share | None = None
    precision: Precision = "float32"
    weights: str | None = None
    """The hash of the file of weights that the network starts from, not its path."""
    weight_init: WeightInit = "trunc_normal"
    init_std: Share = 0.02
    head_init_scale: UpTo1000 | None = None
    label_smoothing: Share = 0.0
    mixup: UpTo1000 = 0.0
    cutmix: UpTo1000 = 0.0
    random_erasing: Share = 0.0
    random_shift: Count = 0
    random_resized_crop: Crop | None = None
    randaugment: RandAugment | None = None

    def __post_init__(self) -> None:
        if self.batch_size % 2 and (self.mixup or self.cutmix):
            valid = "an even number, with mixup or cutmix"
            raise refuse("recipe.batch_size", self.batch_size, valid)
        if self.warmup_epochs >= self.epochs and self.warmup_epochs:
            # A shortened run keeps its shape: it is never all warm-up.
            object.__setattr__(self, "warmup_epochs", self.epochs / 2)

    @property
    def peak_lr(self) -> float:
        """The learning rate after warm-up: ``lr``, in proportion to the batch size."""
        return self.lr * self.batch_size / (self.lr_batch_size or self.batch_size)
