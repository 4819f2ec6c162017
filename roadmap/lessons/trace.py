"""What an image meets on its way through a network, as it happens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode


@dataclass(frozen=True)
class Call:
    """One module's turn in the forward pass of one image."""

    module: nn.Module
    shape_in: tuple[int, ...]
    """Without the batch, as the module got it."""
    shape_out: tuple[int, ...]
    gflops: float
    """Multiply-adds / 1e9, as ``roadmap.network.complexity`` counts."""

    @property
    def params(self) -> int:
        """Trainable numbers of the module."""
        return sum(p.numel() for p in self.module.parameters())


Trace = dict[str, Call]
"""Calls by the module's name, in the order of the modules; "" is the network."""


def trace(build: Callable[[], nn.Module], image_size: int, in_chans: int = 3) -> Trace:
    """Return every module's call while one square image passes the network.

    It happens on the meta device: no memory, no weights, any size. Modules that the
    forward pass does not call are left out.

    Args:
        build: makes the network; no tensor that it makes may be read out.
        image_size: side of the image in pixels.
        in_chans: channels of the image.

    """
    shapes: dict[str, tuple[torch.Size, torch.Size]] = {}

    def noting(name: str) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
        def note(module: nn.Module, args: tuple[Tensor, ...], output: Tensor) -> None:
            shapes[name] = args[0].shape[1:], output.shape[1:]

        return note

    with torch.device("meta"), torch.no_grad():
        network = build().eval()
        for name, module in network.named_modules():
            module.register_forward_hook(noting(name))
        with FlopCounterMode(display=False) as counter:
            network(torch.zeros(1, in_chans, image_size, image_size))
    flops = {
        name.partition(".")[2]: sum(counts.values()) / 2e9  # two a multiply-add
        for name, counts in counter.get_flop_counts().items()
        if name != "Global"
    }
    return {
        name: Call(
            module, tuple(shapes[name][0]), tuple(shapes[name][1]), flops.get(name, 0.0)
        )
        for name, module in network.named_modules()
        if name in shapes
    }
