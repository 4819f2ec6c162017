"""UPerNet: pyramid pooling and a feature pyramid, fused (Xiao et al. 2018)."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.ops import Conv2dNormActivation

from roadmap.downstream.backbone import Backbone

POOLS = (1, 2, 3, 6)
"""Sides of the pooled maps."""


def _resize(x: Tensor, like: Tensor) -> Tensor:
    return F.interpolate(x, like.shape[-2:], mode="bilinear", align_corners=False)


class UPerHead(nn.Module):
    """From maps of four strides to one map of scores at the largest one's stride.

    As mmsegmentation builds it: every convolution but the last has BatchNorm and ReLU.
    """

    def __init__(self, in_channels: list[int], num_classes: int, dim: int) -> None:
        super().__init__()
        *lower, last = in_channels
        conv = Conv2dNormActivation
        self.pools = nn.ModuleList(
            nn.Sequential(nn.AdaptiveAvgPool2d(side), conv(last, dim, 1))
            for side in POOLS
        )
        self.top = conv(last + len(POOLS) * dim, dim, 3)
        self.lateral = nn.ModuleList(conv(channels, dim, 1) for channels in lower)
        self.smooth = nn.ModuleList(conv(dim, dim, 3) for _ in lower)
        self.fuse = conv(len(in_channels) * dim, dim, 3)
        self.classify = nn.Sequential(nn.Dropout2d(0.1), nn.Conv2d(dim, num_classes, 1))

    def forward(self, maps: list[Tensor]) -> Tensor:
        """Return scores (n, num_classes, h, w) of maps, the largest first."""
        *lower, last = maps
        pooled = [_resize(pool(last), last) for pool in self.pools]
        x = self.top(torch.cat([last, *pooled], 1))
        levels = [_resize(x, maps[0])]
        for i in reversed(range(len(lower))):
            x = self.lateral[i](lower[i]) + _resize(x, lower[i])
            levels.insert(0, _resize(self.smooth[i](x), maps[0]))
        return self.classify(self.fuse(torch.cat(levels, 1)))


class UPerNet(nn.Module):
    """A backbone, a ``UPerHead``, and an auxiliary head that only training uses."""

    def __init__(self, backbone: Backbone, num_classes: int, dim: int = 512) -> None:
        super().__init__()
        self.backbone = backbone
        self.head = UPerHead(backbone.channels, num_classes, dim)
        self.auxiliary = nn.Sequential(
            Conv2dNormActivation(backbone.channels[-2], dim // 2, 3),
            nn.Dropout2d(0.1),
            nn.Conv2d(dim // 2, num_classes, 1),
        )

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Any:
        """Return scores (n, num_classes, h, w) of normalised images (n, 3, h, w).

        With labels (n, h, w), class numbers or -1 for what is ignored, return the
        losses instead. As in mmsegmentation ignored pixels count in their mean, and the
        auxiliary one has the weight 0.4.
        """
        maps = self.backbone(images)
        scores = _resize(self.head(maps), images)
        if labels is None:
            return scores
        auxiliary = _resize(self.auxiliary(maps[-2]), images)
        return {
            "loss": _loss(scores, labels),
            "auxiliary": 0.4 * _loss(auxiliary, labels),
        }


def _loss(scores: Tensor, labels: Tensor) -> Tensor:
    total = F.cross_entropy(scores, labels, ignore_index=-1, reduction="sum")
    return total / labels.numel()
