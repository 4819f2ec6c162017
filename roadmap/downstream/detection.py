"""Mask R-CNN on a feature pyramid, from torchvision's parts."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from torchvision.models.detection import MaskRCNN
from torchvision.ops import FeaturePyramidNetwork
from torchvision.ops.feature_pyramid_network import LastLevelMaxPool

from roadmap.downstream.backbone import Backbone


class Pyramid(nn.Module):
    """A backbone and a feature pyramid of five levels on it, as Mask R-CNN takes."""

    def __init__(self, backbone: Backbone, out_channels: int) -> None:
        super().__init__()
        self.backbone = backbone
        self.fpn = FeaturePyramidNetwork(
            backbone.channels, out_channels, LastLevelMaxPool()
        )
        self.out_channels = out_channels

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        """Return the maps by level: "0" to "3" and "pool"."""
        maps = self.backbone(x)
        return self.fpn({str(level): one for level, one in enumerate(maps)})


def mask_rcnn(
    backbone: Backbone, num_classes: int, dim: int = 256, **settings: Any
) -> MaskRCNN:
    """Return a Mask R-CNN with a feature pyramid on the backbone.

    It takes a list of images (3, h, w) in [0, 1]; with a list of targets in training
    mode it returns losses, otherwise boxes, labels, scores and masks of each image.

    Args:
        backbone: gives the maps.
        num_classes: with the background, which is class 0: 81 on COCO.
        dim: channels of the feature pyramid.
        settings: of torchvision's ``MaskRCNN``, as ``min_size`` in pixels.

    """
    return MaskRCNN(Pyramid(backbone, dim), num_classes, **settings)
