"""From a design to its module, of whichever family it is."""

from __future__ import annotations

from torch import nn

from roadmap.network.design import AnyDesign, SwinDesign, check_image_size
from roadmap.network.network import Network
from roadmap.network.swin import build_swin


def build(
    design: AnyDesign, num_classes: int = 1000, in_chans: int = 3, image_size: int = 224
) -> nn.Module:
    """Return the network of a design, which maps images to logits (n, num_classes).

    Args:
        design: what to build.
        num_classes: outputs of the head; 0 for none (features come out).
        in_chans: channels of the images.
        image_size: side of the images in pixels; a ``Network`` also takes others.

    Raises:
        ValueError: one line, for sizes that are not valid or images that the strides
            leave nothing of.

    """
    check_image_size(design, image_size)
    if isinstance(design, SwinDesign):
        return build_swin(design, num_classes, in_chans, image_size)
    return Network(design, num_classes, in_chans)
