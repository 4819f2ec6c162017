"""The layers and the block that every network of the roadmap is made of."""

from __future__ import annotations

from collections import OrderedDict
from functools import partial

import torch
from timm.layers import DropPath, LayerNorm2d
from timm.models import checkpoint
from torch import Tensor, nn

from roadmap.network.cpu import Conv2d
from roadmap.network.design import Design


def make_norm(design: Design, dim: int) -> nn.Module:
    """Return the design's norm over ``dim`` channels of an (n, c, h, w) map."""
    if design.norm == "layer_norm":
        return LayerNorm2d(dim, eps=1e-6)
    return nn.BatchNorm2d(dim)


def make_activation(design: Design) -> nn.Module:
    """Return the design's activation."""
    return nn.GELU() if design.activation == "gelu" else nn.ReLU(inplace=True)


def conv_norm(
    design: Design,
    in_dim: int,
    out_dim: int,
    kernel_size: int,
    *,
    stride: int = 1,
    padding: int | None = None,
    groups: int = 1,
    normed: bool = True,
) -> tuple[nn.Conv2d, nn.Module | None]:
    """Return a convolution and the norm that follows it; None if not ``normed``.

    The convolution has a bias unless a BatchNorm follows, which would subtract it
    again. LayerNorm averages over channels and does not. ``padding=None`` keeps the
    size of the map at stride 1.
    """
    norm = make_norm(design, out_dim) if normed else None
    conv = Conv2d(
        in_dim,
        out_dim,
        kernel_size,
        stride,
        kernel_size // 2 if padding is None else padding,
        groups=groups,
        bias=not isinstance(norm, nn.BatchNorm2d),
    )
    return conv, norm


def sequence(**layers: nn.Module | None) -> nn.Sequential:
    """Return the layers in their order, under their names; None is left out."""
    return nn.Sequential(
        OrderedDict((k, v) for k, v in layers.items() if v is not None)
    )


class LayerScale(nn.Module):
    """A learned scale per channel, which starts at ``value`` (Table 5)."""

    def __init__(self, dim: int, value: float) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.full((dim, 1, 1), value))

    def forward(self, x: Tensor) -> Tensor:
        """Return ``x``, (n, c, h, w), scaled by channel."""
        return x * self.gamma


class Block(nn.Module):
    """A residual block of one spatial and two 1x1 convolutions (Figures 3 and 4)."""

    def __init__(
        self,
        design: Design,
        in_dim: int,
        hidden_dim: int,
        out_dim: int,
        stride: int,
        drop_path: float,
    ) -> None:
        super().__init__()
        self.grad_checkpointing = False
        self.branch = _branch(design, in_dim, hidden_dim, out_dim, stride)
        self.shortcut: nn.Module = nn.Identity()
        if in_dim != out_dim or stride != 1:
            conv, norm = conv_norm(design, in_dim, out_dim, 1, stride=stride)
            self.shortcut = sequence(conv=conv, norm=norm)
        scale = design.layer_scale
        self.layer_scale = LayerScale(out_dim, scale) if scale else nn.Identity()
        self.drop_path = DropPath(drop_path) if drop_path else nn.Identity()
        self.activation = (
            nn.Identity() if design.fewer_activations else make_activation(design)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return the block's (n, out_dim, h / stride, w / stride) map."""
        if self.grad_checkpointing and not torch.jit.is_scripting():
            return checkpoint(self._forward, x)
        return self._forward(x)

    def _forward(self, x: Tensor) -> Tensor:
        branch = self.drop_path(self.layer_scale(self.branch(x)))
        return self.activation(self.shortcut(x) + branch)


def _branch(
    design: Design, in_dim: int, hidden_dim: int, out_dim: int, stride: int
) -> nn.Sequential:
    """Return the residual branch: its three convolutions in the design's order.

    A norm follows each convolution, or with ``fewer_norms`` only the spatial one. An
    activation follows the first two, or with ``fewer_activations`` only the second;
    the last one's comes after the addition.
    """
    dim = in_dim if design.spatial_first else hidden_dim
    groups = dim if design.depthwise else 1
    convs = [
        ("pointwise_1", partial(conv_norm, design, in_dim, hidden_dim, 1)),
        ("pointwise_2", partial(conv_norm, design, hidden_dim, out_dim, 1)),
    ]
    spatial = partial(
        conv_norm, design, dim, dim, design.kernel_size, stride=stride, groups=groups
    )
    convs.insert(0 if design.spatial_first else 1, ("spatial", spatial))
    layers: dict[str, nn.Module | None] = {}
    for i, (name, make) in enumerate(convs):
        normed = name == "spatial" or not design.fewer_norms
        layers[name], layers[f"{name}_norm"] = make(normed=normed)
        if i == 1 or (i == 0 and not design.fewer_activations):
            layers[f"{name}_activation"] = make_activation(design)
    return sequence(**layers)
