"""What a network costs: parameters, multiply-adds and activations."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

# What keeps the shape and is not counted, so need not run: half the time is here.
_FREE = (nn.BatchNorm2d, nn.LayerNorm, nn.ReLU, nn.GELU)


def _same(x: Tensor) -> Tensor:
    return x


class Cost(NamedTuple):
    """The cost of one network for one image."""

    params: int
    """Trainable numbers."""
    gflops: float
    """Multiply-adds / 1e9 of convolutions, linear layers and attention's products."""
    activations: float
    """Output elements of convolutions and linear layers, in millions."""


def cost(build: Callable[[], nn.Module], image_size: int, in_chans: int = 3) -> Cost:
    """Return the cost of the network that ``build`` makes, for one square image.

    It is made and run on the meta device, so it takes no memory and little time, at
    any size. Only matrix products count, no norm, activation or pooling: this gives the
    figures of Tables 10 and 11. Attention is the two products of Swin's windows; with
    them Swin-T and Swin-B come to 4.49 and 15.43 (the paper prints 4.50 and 15.43),
    without them to 4.35 and 15.13.

    Args:
        build: makes the network; no tensor that it makes may be read out.
        image_size: side of the image in pixels.
        in_chans: channels of the image.

    """
    activations = 0

    def count(module: nn.Module, args: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal activations
        activations += output.numel()

    with torch.device("meta"), torch.no_grad():
        network = build().eval()
        for module in network.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                module.register_forward_hook(count)
            elif isinstance(module, _FREE):
                module.forward = _same  # type: ignore[method-assign, assignment]
        with FlopCounterMode(display=False) as counter:
            network(torch.zeros(1, in_chans, image_size, image_size))
    return Cost(
        params=sum(p.numel() for p in network.parameters()),
        gflops=counter.get_total_flops() / 2e9,  # it counts two a multiply-add
        activations=activations / 1e6,
    )
