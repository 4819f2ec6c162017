"""The one network of the roadmap: stem, stages of blocks and head of a Design.

``roadmap.network.layers`` has the layers and the block.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Literal

from timm.layers import calculate_drop_path_rates, lecun_normal_, trunc_normal_
from torch import Tensor, nn

from roadmap.network.design import Design, check_ends
from roadmap.network.layers import (
    Block,
    conv_norm,
    make_activation,
    make_norm,
    sequence,
)

WeightInit = Literal["trunc_normal", "kaiming_normal", "lecun_normal"]


class Stage(nn.Module):
    """The blocks of one resolution, after the downsampling to it."""

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
        """Return the (n, dim, h, w) map; all stages but the first halve h and w."""
        return self.blocks(self.downsample(x))


def _downsample(design: Design, in_dim: int, dim: int) -> nn.Sequential:
    """Return the separate downsampling layer between two stages (section 2.6)."""
    norm = make_norm(design, in_dim) if design.downsampling == "separate" else None
    conv, _ = conv_norm(design, in_dim, dim, 2, stride=2, padding=0, normed=False)
    return sequence(norm=norm, conv=conv)


def _stem(design: Design, in_chans: int) -> nn.Sequential:
    """Return the stem: ResNet's, or one non-overlapping convolution (section 2.2).

    ResNet's has a convolution and a max pool of stride 2 each. For a total stride of 2
    it has no pool, and for 1 the convolution has stride 1, too.
    """
    dim, stride = design.width, design.stem_stride
    if design.stem == "patchify":
        # A network of one stage downsamples nowhere else, and has no norm here.
        normed = design.downsampling == "separate" and len(design.depths) > 1
        conv, norm = conv_norm(
            design, in_chans, dim, stride, stride=stride, padding=0, normed=normed
        )
        return sequence(conv=conv, norm=norm)
    conv, norm = conv_norm(design, in_chans, dim, 7, stride=min(stride, 2))
    return sequence(
        conv=conv,
        norm=norm,
        activation=make_activation(design),
        pool=nn.MaxPool2d(3, 2, padding=1) if stride == 4 else None,
    )


def init_weights(
    network: nn.Module,
    scheme: WeightInit = "trunc_normal",
    std: float = 0.02,
    head_scale: float | None = None,
) -> None:
    """Draw all convolution and linear weights again, and set biases to zero.

    ``trunc_normal`` is Table 5's, with the released code's std of 0.02 (the table
    prints 0.2). ``kaiming_normal`` (fan out) is ResNet's, for the convolutions.
    ``lecun_normal`` draws each layer with the variance 1 / fan in.
    ``head_scale`` multiplies the head's weights afterwards (Table 6).
    """
    for module in network.modules():
        if not isinstance(module, nn.Conv2d | nn.Linear) or module.weight.is_meta:
            continue
        if scheme == "trunc_normal":
            trunc_normal_(module.weight, std=std)
        elif scheme == "lecun_normal":
            lecun_normal_(module.weight)
        elif isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out")
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    if head_scale is not None:
        for name, weight in network.named_parameters():
            if name.startswith("head."):  # biases are zero
                weight.data.mul_(head_scale)


class Network(nn.Module):
    """The classifier that a Design describes; one class for the whole roadmap.

    The methods have timm's names, so timm's tools work on it.

    Args:
        design: what to build.
        num_classes: outputs of the head; 0 for none (features come out).
        in_chans: channels of the images.

    Raises:
        ValueError: one line, for ``num_classes`` below 0 or ``in_chans`` below 1.

    """

    def __init__(
        self, design: Design, num_classes: int = 1000, in_chans: int = 3
    ) -> None:
        super().__init__()
        check_ends(num_classes, in_chans)
        self.design = design
        self.num_classes = num_classes
        self.stem = _stem(design, in_chans)
        in_dims = (design.width, *design.dims)
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
        init_weights(self)  # a run draws again by its recipe: once would change results

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

    def group_matcher(self, coarse: bool = False) -> Callable[[str], tuple[int, ...]]:
        """Return a function from a parameter's name to its layer, as sortable numbers.

        For timm's layer-wise decay. Each three successive blocks of a stage are one
        layer, with the downsampling before them (appendix A.2); with ``coarse`` a stage
        is one layer.
        """

        def layer(name: str) -> tuple[int, ...]:
            if name.startswith("stem."):
                return (0,)
            found = re.match(r"stages\.(\d+)\.(?:blocks\.(\d+))?", name)
            if not found:
                return (2,)  # norm and head
            block = int(found.group(2) or 0)
            return (1, int(found.group(1)), 0 if coarse else block // 3)

        return layer

    def get_classifier(self) -> nn.Module:
        """Return the head."""
        return self.head

    def reset_classifier(
        self, num_classes: int, global_pool: str | None = None
    ) -> None:
        """Replace the head by a new one of ``num_classes`` outputs."""
        self.num_classes = num_classes
        self.head = _head(self.num_features, num_classes)


def _head(dim: int, num_classes: int) -> nn.Module:
    """Return the linear classifier with new weights; the identity for 0 classes."""
    if num_classes == 0:
        return nn.Identity()
    head = nn.Linear(dim, num_classes)
    trunc_normal_(head.weight, std=0.02)
    nn.init.zeros_(head.bias)
    return head
