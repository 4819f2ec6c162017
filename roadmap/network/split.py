"""Where the cost of a network lies: by stage and by kind of layer."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, NamedTuple

from roadmap.base.kept import kept
from roadmap.network.named import Model, build_model

if TYPE_CHECKING:
    from torch import nn

    from roadmap.network.trace import Trace

_STAGES = {"patch_embed": "stem", "norm": "head", "": "other"}


class Part(NamedTuple):
    """The cost of the layers of one kind in one stage; the parts add up to all."""

    stage: str
    """``stem``, ``stage 1`` ... or ``head``, which has the norm before it; other names
    of modules, as ``layer1``, in models of timm or torchvision."""
    kind: str
    """``depthwise conv``, ``1x1 conv``, ``kxk conv``, ``linear``, ``attention`` (its
    two products, and position biases), ``norm`` or ``other``."""
    params: int
    """Trainable numbers."""
    gflops: float
    """Multiply-adds / 1e9, as ``roadmap.network.trace`` counts."""
    activations: float
    """Output elements of convolutions and linear layers, in millions."""


def split_of(model: Model, num_classes: int = 1000, in_chans: int = 3) -> list[Part]:
    """Return the cost of a model in parts; a design is counted only once.

    Raises:
        ValueError: one line, for a model of timm or torchvision that cannot be built.

    """

    def count() -> list[Part]:
        from roadmap.network.trace import trace  # imports torch

        def build() -> nn.Module:
            return build_model(model, num_classes, in_chans)

        return split(trace(build, model.image_size, in_chans))

    if model.design is None:
        return count()
    key = [asdict(model.design), num_classes, in_chans, model.image_size]
    return [Part(*row) for row in kept(__name__, key, count)]


def split(calls: Trace) -> list[Part]:
    """Return the cost of a traced network, by stage and kind, in the order of stages.

    A module's own cost is its whole less that of the modules inside that it calls.
    """
    own = {name: [call.params, call.gflops] for name, call in calls.items()}
    for name, call in calls.items():
        if name:
            around = own[_caller(name, calls)]
            around[0] -= call.params
            around[1] -= call.gflops
    sums: dict[tuple[str, str], list[Any]] = {}
    for name, (params, gflops) in own.items():
        row = params, round(gflops, 9), calls[name].activations / 1e6
        if any(row):
            total = sums.setdefault((_stage(name), _kind(calls[name].module)), [0] * 3)
            total[:] = (a + b for a, b in zip(total, row, strict=True))
    order = list(dict.fromkeys(stage for stage, _ in sums))
    rows = sorted(sums.items(), key=lambda item: order.index(item[0][0]))
    return [Part(stage, kind, *costs) for (stage, kind), costs in rows]


def _caller(name: str, calls: Trace) -> str:
    """Return the innermost called module around a module."""
    around = name.rpartition(".")[0]
    return around if around in calls else _caller(around, calls)


def _stage(name: str) -> str:
    """Return the stage that a module is in."""
    if found := re.match(r"(?:stages|layers)\.(\d+)", name):
        return f"stage {int(found[1]) + 1}"
    first = name.partition(".")[0]
    return _STAGES.get(first, first)


def _kind(module: nn.Module) -> str:
    from torch import nn

    name = type(module).__name__
    if isinstance(module, nn.Conv2d):
        if module.groups == module.in_channels > 1:
            return "depthwise conv"
        return "1x1 conv" if module.kernel_size == (1, 1) else "kxk conv"
    if isinstance(module, nn.Linear):
        return "linear"
    return next((k for k in ("attention", "norm") if k in name.lower()), "other")
