"""The rules by which the weights of a network are drawn."""

from __future__ import annotations

from typing import Literal

from timm.layers import lecun_normal_, trunc_normal_
from torch import nn

WeightInit = Literal["trunc_normal", "kaiming_normal", "lecun_normal"]


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
