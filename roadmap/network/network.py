"""The one network of the roadmap: stem, stages of blocks, head, as a Design says.

Read from the bottom of the ranks to the top: layers, Block, Stage, Stem, Network.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Literal

import torch
from timm.layers import (
    DropPath,
    LayerNorm2d,
    calculate_drop_path_rates,
    trunc_normal_,
)
from torch import Tensor, nn

from roadmap.network.design import Design

WeightInit = Literal["trunc_normal", "kaiming_normal"]


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


class Stage(nn.Module):
    """Blocks of one resolution, with the downsampling that leads into them."""

    def __init__(
        self, design: Design, index: int, in_dim: int, drop_paths: list[float]
    ) -> None:
        super().__init__()
        dim, hidden_dim = design.dims[index], design.hidden_dims[index]
        stride = 1 if index == 0 else 2
        self.downsample: nn.Module = nn.Identity()
        if stride == 2 and design.downsampling != "in_block":
            self.downsample = _downsample(design, in_dim, dim)
            in_dim, stride = dim, 1
        self.blocks = nn.Sequential(
            *(
                Block(
                    design,
                    in_dim if i == 0 else dim,
                    hidden_dim,
                    dim,
                    stride if i == 0 else 1,
                    drop_path,
                )
                for i, drop_path in enumerate(drop_paths)
            )
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return the stage's (n, dim, h, w) map, halved except by the first stage."""
        return self.blocks(self.downsample(x))


def _downsample(design: Design, in_dim: int, dim: int) -> nn.Sequential:
    """Return the separate downsampling layer between two stages (section 2.6)."""
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    if design.downsampling == "separate":
        layers["norm"] = make_norm(design, in_dim)
    layers["conv"] = make_conv(
        design, in_dim, dim, 2, stride=2, padding=0, normed=False
    )
    return nn.Sequential(layers)


def _stem(design: Design, in_chans: int, dim: int) -> nn.Sequential:
    """Return the stem: ResNet's, or one non-overlapping convolution (section 2.2).

    ResNet's convolution has stride 2 and its max pool the rest; with a total stride of
    2 there is no pool, and with 1 no stride.
    """
    stride, resnet = design.stem_stride, design.stem == "resnet"
    normed = resnet or design.downsampling == "separate"
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    if resnet:
        layers["conv"] = make_conv(
            design, in_chans, dim, 7, stride=min(stride, 2), normed=normed
        )
    else:
        layers["conv"] = make_conv(
            design, in_chans, dim, stride, stride=stride, padding=0, normed=normed
        )
    if normed:
        layers["norm"] = make_norm(design, dim)
    if resnet:
        layers["activation"] = make_activation(design)
    if resnet and stride == 4:
        layers["pool"] = nn.MaxPool2d(3, 2, padding=1)
    return nn.Sequential(layers)


def init_weights(
    network: nn.Module, scheme: WeightInit = "trunc_normal", std: float = 0.02
) -> None:
    """Draw all convolution and linear weights anew, with biases at zero.

    ``trunc_normal`` is Table 5's, with the released code's std of 0.02 (the table
    prints 0.2). ``kaiming_normal`` (fan out) is ResNet's, for the convolutions.
    """
    for module in network.modules():
        if not isinstance(module, nn.Conv2d | nn.Linear) or module.weight.is_meta:
            continue
        if scheme == "trunc_normal":
            trunc_normal_(module.weight, std=std)
        elif isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out")
        if module.bias is not None:
            nn.init.zeros_(module.bias)


class Network(nn.Module):
    """The classifier that a Design describes; one class for the whole roadmap.

    The method names are timm's, so that timm's tools take it.

    Args:
        design: what to build.
        num_classes: outputs of the head; 0 for none (features come out).
        in_chans: channels of the images.

    """

    def __init__(
        self, design: Design, num_classes: int = 1000, in_chans: int = 3
    ) -> None:
        super().__init__()
        self.design = design
        self.num_classes = num_classes
        dim = design.dims[0] if design.inverted_bottleneck else design.hidden_dims[0]
        self.stem = _stem(design, in_chans, dim)
        in_dims = (dim, *design.dims)
        drop_paths: Any = calculate_drop_path_rates(
            design.drop_path_rate, list(design.depths), stagewise=True
        )
        self.stages = nn.Sequential(
            *(Stage(design, i, in_dims[i], p) for i, p in enumerate(drop_paths))
        )
        self.num_features = self.head_hidden_size = design.dims[-1]
        self.norm = (
            make_norm(design, self.num_features)
            if design.downsampling == "separate"
            else nn.Identity()
        )
        self.head = _head(self.num_features, num_classes)
        init_weights(self)

    def forward_features(self, x: Tensor) -> Tensor:
        """Return the last stage's (n, dim, h, w) map of images (n, in_chans, h, w)."""
        return self.stages(self.stem(x))

    def forward_head(self, x: Tensor, pre_logits: bool = False) -> Tensor:
        """Return the logits (n, num_classes) of a last map, or the pooled features."""
        pooled = self.norm(x.mean((2, 3), keepdim=True)).flatten(1)
        return pooled if pre_logits else self.head(pooled)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits (n, num_classes) of images (n, in_chans, h, w)."""
        return self.forward_head(self.forward_features(x))

    def get_classifier(self) -> nn.Module:
        """Return the head."""
        return self.head

    def reset_classifier(
        self, num_classes: int, global_pool: str | None = None
    ) -> None:
        """Replace the head by a new one of ``num_classes`` outputs, as timm asks."""
        self.num_classes = num_classes
        self.head = _head(self.num_features, num_classes)


def _head(dim: int, num_classes: int) -> nn.Module:
    """Return the linear classifier, drawn by the network's one rule."""
    if num_classes == 0:
        return nn.Identity()
    head = nn.Linear(dim, num_classes)
    trunc_normal_(head.weight, std=0.02)
    nn.init.zeros_(head.bias)
    return head
