"""The layers and the block that every network of the roadmap is made of."""

from __future__ import annotations

from collections import OrderedDict

import torch
from timm.layers import DropPath, LayerNorm2d
from torch import Tensor, nn

from roadmap.network.design import Design


def make_norm(design: Design, dim: int) -> nn.Module:
    """Return the design's norm over ``dim`` channels of an (n, c, h, w) map."""
    if design.norm == "layer_norm":
        return LayerNorm2d(dim, eps=1e-6)
    return nn.BatchNorm2d(dim)


def make_activation(design: Design) -> nn.Module:
    """Return the design's activation."""
    return nn.GELU() if design.activation == "gelu" else nn.ReLU(inplace=True)


def make_conv(
    design: Design,
    in_dim: int,
    out_dim: int,
    kernel_size: int,
    *,
    stride: int = 1,
    padding: int | None = None,
    groups: int = 1,
    normed: bool,
) -> nn.Conv2d:
    """Return a convolution, "same"-padded unless told otherwise.

    The one bias rule of the roadmap: a bias, unless a BatchNorm follows (``normed``),
    which would subtract it again. LayerNorm averages over channels and does not.
    """
    return nn.Conv2d(
        in_dim,
        out_dim,
        kernel_size,
        stride,
        kernel_size // 2 if padding is None else padding,
        groups=groups,
        bias=not (normed and design.norm == "batch_norm"),
    )


class LayerScale(nn.Module):
    """A learned scale a channel, which starts at ``value`` (Table 5)."""

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
        self.branch = _branch(design, in_dim, hidden_dim, out_dim, stride)
        self.shortcut = (
            nn.Identity()
            if in_dim == out_dim and stride == 1
            else nn.Sequential(
                OrderedDict(
                    conv=make_conv(
                        design, in_dim, out_dim, 1, stride=stride, normed=True
                    ),
                    norm=make_norm(design, out_dim),
                )
            )
        )
        scale = design.layer_scale
        self.layer_scale = LayerScale(out_dim, scale) if scale else nn.Identity()
        self.drop_path = DropPath(drop_path) if drop_path else nn.Identity()
        self.activation = (
            nn.Identity() if design.fewer_activations else make_activation(design)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return the block's (n, out_dim, h / stride, w / stride) map."""
        branch = self.drop_path(self.layer_scale(self.branch(x)))
        return self.activation(self.shortcut(x) + branch)


def _branch(
    design: Design, in_dim: int, hidden_dim: int, out_dim: int, stride: int
) -> nn.Sequential:
    """Return the residual branch: its three convolutions in the design's order.

    A norm follows each convolution, or with ``fewer_norms`` only the spatial one. An
    activation follows each but the last (its comes after the addition), or with
    ``fewer_activations`` only the one before ``pointwise_2``.
    """
    first, second = "pointwise_1", "spatial"
    spatial_dim = hidden_dim
    if design.spatial_first:
        first, second = second, first
        spatial_dim = in_dim
    dims = {
        "spatial": (spatial_dim, spatial_dim),
        "pointwise_1": (in_dim, hidden_dim),
        "pointwise_2": (hidden_dim, out_dim),
    }
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    for name in (first, second, "pointwise_2"):
        spatial = name == "spatial"
        normed = spatial or not design.fewer_norms
        layers[name] = make_conv(
            design,
            *dims[name],
            design.kernel_size if spatial else 1,
            stride=stride if spatial else 1,
            groups=spatial_dim if spatial and design.depthwise else 1,
            normed=normed,
        )
        if normed:
            layers[f"{name}_norm"] = make_norm(design, dims[name][1])
        if name == second or (name == first and not design.fewer_activations):
            layers[f"{name}_activation"] = make_activation(design)
    return nn.Sequential(layers)
