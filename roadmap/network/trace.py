"""What every module of a network does to one image, and what that costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

# These keep the shape and count nothing. Without them a forward pass takes a fifth.
_FREE = (nn.BatchNorm2d, nn.LayerNorm, nn.ReLU, nn.GELU)


@dataclass(frozen=True)
class Call:
    """The call of one module in the forward pass of one image."""

    module: nn.Module
    """On the meta device, where norms and activations return what they get."""
    shape_in: tuple[int, ...]
    """Of the module's input, without the batch."""
    shape_out: tuple[int, ...]
    gflops: float
    """Multiply-adds / 1e9 of convolutions, linear layers and attention's products."""

    activations: int
    """Output elements of a convolution or linear layer; 0 for other modules."""

    @property
    def params(self) -> int:
        """Trainable numbers of the module."""
        return sum(p.numel() for p in self.module.parameters())


Trace = dict[str, Call]
"""Calls by the module's name, in the order of the modules; "" is the network."""


def trace(build: Callable[[], nn.Module], image_size: int, in_chans: int = 3) -> Trace:
    """Return the call of every module while one square image passes the network.

    The network is made and run on the meta device, so it takes no memory and little
    time, at any size. Modules that the forward pass does not call are left out.

    Only matrix products count, no norm, activation or pooling: this gives the figures
    of Tables 10 and 11. Attention is the two products of Swin's windows; with them
    Swin-T and Swin-B come to 4.49 and 15.43 (the paper prints 4.50 and 15.43), without
    them to 4.35 and 15.13.

    Args:
        build: makes the network; no tensor that it makes may be read out.
        image_size: side of the image in pixels.
        in_chans: channels of the image.

    """
    shapes: dict[str, tuple[torch.Size, torch.Size]] = {}
    with torch.device("meta"), torch.no_grad():
        network = build().eval()
        for name, module in network.named_modules():
            module.register_forward_hook(_recorder(shapes, name))
            if isinstance(module, _FREE):
                module.forward = _same  # type: ignore[method-assign, assignment]
        with FlopCounterMode(display=False) as counter:
            network(torch.zeros(1, in_chans, image_size, image_size))
    flops = {
        name.partition(".")[2]: sum(counts.values())
        for name, counts in counter.get_flop_counts().items()
        if name != "Global"
    }
    return {
        name: _call(module, *shapes[name], flops.get(name, 0))
        for name, module in network.named_modules()
        if name in shapes
    }


def _recorder(
    shapes: dict[str, tuple[torch.Size, torch.Size]], name: str
) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
    """Return a forward hook that records the shapes of a module's input and output."""

    def record(module: nn.Module, args: tuple[Tensor, ...], output: Tensor) -> None:
        shapes[name] = args[0].shape, output.shape

    return record


def _same(x: Tensor) -> Tensor:
    return x


def _call(
    module: nn.Module, shape_in: torch.Size, shape_out: torch.Size, flops: int
) -> Call:
    counted = isinstance(module, nn.Conv2d | nn.Linear)
    return Call(
        module,
        tuple(shape_in[1:]),
        tuple(shape_out[1:]),
        gflops=flops / 2e9,  # torch counts two per multiply-add
        activations=shape_out.numel() if counted else 0,
    )
