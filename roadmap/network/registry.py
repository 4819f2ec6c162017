"""Our networks in timm's registry: timm.create_model("roadmap_resnet50_gelu")."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from typing import Any

from timm.data import IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD
from timm.models import build_model_with_cfg, generate_default_cfgs, register_model
from torch import nn

from roadmap.network.build import build
from roadmap.network.design import AnyDesign, design_from
from roadmap.network.path import step_names
from roadmap.network.steps import load_design
from roadmap.network.variants import VARIANTS

REGIMES = ("resnet50", "resnet200")
"""The regimes whose steps are registered: those of Tables 10 and 11."""

default_cfgs: dict[str, Any] = {}  # timm looks for this name
_CFG = {
    "input_size": (3, 224, 224),
    "mean": IMAGENET_DEFAULT_MEAN,
    "std": IMAGENET_DEFAULT_STD,
    "crop_pct": 0.875,
    "num_classes": 1000,
    "classifier": "head",
    "first_conv": "stem.conv",
}


@cache
def register() -> None:
    """Register every step of Tables 10 and 11 and every variant with timm, once.

    The names are ``roadmap_<regime>_<step>`` and ``roadmap_<variant>``. Arguments of
    ``timm.create_model`` other than ``num_classes`` and ``in_chans`` are switches of
    the design. A step's design is composed when its model is made, not here. Swin is
    not registered: timm has it.
    """
    for regime in REGIMES:
        for step in step_names():
            if step != "swin":
                _register(f"roadmap_{regime}_{step}", _step_maker(step, regime))
    for name in VARIANTS:
        _register(f"roadmap_{name}", _variant_maker(name))


def _step_maker(step: str, regime: str) -> Callable[..., AnyDesign]:
    return lambda **switches: load_design(step, regime, **switches)


def _variant_maker(name: str) -> Callable[..., AnyDesign]:
    return lambda **switches: design_from({**asdict(VARIANTS[name]), **switches})


def _register(name: str, make_design: Callable[..., AnyDesign]) -> None:
    """Register a model; ``make_design`` makes its design from switches."""

    def make(num_classes: int = 1000, in_chans: int = 3, **switches: Any) -> nn.Module:
        return build(make_design(**switches), num_classes, in_chans)

    def create(pretrained: bool = False, **kwargs: Any) -> nn.Module:
        if pretrained:
            raise RuntimeError(
                f"{name}: there are no pretrained weights; use pretrained=False, and "
                "roadmap.weights.convert for torchvision's or timm's"
            )
        return build_model_with_cfg(make, name, pretrained, **kwargs)

    create.__name__ = create.__qualname__ = name
    create.__doc__ = f"Return a new {name}."
    default_cfgs.update(generate_default_cfgs({name: dict(_CFG)}))
    register_model(create)
