"""Our networks in timm's registry: timm.create_model("roadmap_resnet50_gelu")."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, fields
from functools import cache, partial
from typing import Any

from timm.data import IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD
from timm.layers import to_2tuple
from timm.models import build_model_with_cfg, generate_default_cfgs, register_model
from torch import nn

from roadmap.network.design import (
    Design,
    check_image_size,
    design_from,
    feature_info,
)
from roadmap.network.network import Network
from roadmap.network.steps import load_design, step_names
from roadmap.network.variants import VARIANTS

REGIMES = ("resnet50", "resnet200")
"""The regimes whose steps are registered: those of Tables 10 and 11."""

default_cfgs: dict[str, Any] = {}  # timm looks for this name
_SWITCHES = {field.name for field in fields(Design)}
_ENDS = {"num_classes", "in_chans", "global_pool", "drop_rate"}


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


def _step_maker(step: str, regime: str) -> Callable[..., Any]:
    return lambda **switches: load_design(step, regime, **switches)


def _variant_maker(name: str) -> Callable[..., Any]:
    return lambda **switches: design_from({**asdict(VARIANTS[name]), **switches})


def _register(name: str, make_design: Callable[..., Any]) -> None:
    """Register a model; ``make_design`` makes its design from switches."""

    def create(pretrained: bool = False, **kwargs: Any) -> nn.Module:
        switches = {key: kwargs.pop(key) for key in _SWITCHES & kwargs.keys()}
        design = make_design(**switches)
        return build_model_with_cfg(
            partial(_make, design),
            name,
            pretrained,
            feature_cfg={
                "feature_cls": "getter",
                "out_indices": len(feature_info(design)),
                "flatten_sequential": True,  # which feature_cls="list" needs
                **kwargs.pop("feature_cfg", {}),
            },
            **kwargs,
        )

    create.__name__ = create.__qualname__ = name
    create.__doc__ = f"Return a new {name}."
    default_cfgs.update(generate_default_cfgs({name: _cfg(name)}))
    register_model(create)


def _cfg(name: str) -> dict[str, Any]:
    """Return what timm knows of a model without making it."""
    side = 14 if "_iso_" in name else 7  # of the last map; strides of 16 and 32
    return {
        "input_size": (3, 224, 224),
        "pool_size": (side, side),
        "mean": IMAGENET_DEFAULT_MEAN,
        "std": IMAGENET_DEFAULT_STD,
        "crop_pct": 0.875,
        "num_classes": 1000,
        "classifier": "head",
        "first_conv": "stem.conv",
    }


def _make(
    design: Design,
    img_size: int | tuple[int, int] = 224,
    **kwargs: Any,
) -> Network:
    """Return the network of a design, with timm's other arguments."""
    ends = {key: kwargs.pop(key) for key in _ENDS & kwargs.keys()}
    design_from(kwargs)  # refuses the words that are neither
    check_image_size(design, min(to_2tuple(img_size)))
    return Network(design, **ends)
