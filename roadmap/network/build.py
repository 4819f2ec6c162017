"""From switches to a design, and from a design to its module, whichever kind it is."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from torch import nn

from roadmap.network import design as designs
from roadmap.network.design import Design
from roadmap.network.network import Network
from roadmap.network.swin import SwinDesign, build_swin

AnyDesign = Design | SwinDesign


def design_from(switches: dict[str, Any]) -> AnyDesign:
    """Return the design of these switches, of the kind that most of them belong to.

    Raises:
        ValueError: one line that names a switch that does not exist or does not fit.

    """

    def belonging(kind: type[AnyDesign]) -> int:
        return len(switches.keys() & {field.name for field in fields(kind)})

    if belonging(SwinDesign) > belonging(Design):
        return designs.design_from(switches, SwinDesign)
    return designs.design_from(switches, Design)


def build(
    design: AnyDesign, num_classes: int = 1000, in_chans: int = 3, image_size: int = 224
) -> nn.Module:
    """Return the network of a design, which maps images to logits (n, num_classes).

    Args:
        design: what to build.
        num_classes: outputs of the head.
        in_chans: channels of the images.
        image_size: side of the images in pixels; a ``Network`` takes others, too.

    Raises:
        ValueError: one line, when the strides leave nothing of so small an image.

    """
    _check_image_size(design, image_size)
    if isinstance(design, SwinDesign):
        return build_swin(design, num_classes, in_chans, image_size)
    return Network(design, num_classes, in_chans)


def _check_image_size(design: AnyDesign, image_size: int) -> None:
    """Refuse images smaller than a patch, or than what unpadded strides take away."""
    smallest = 1
    if isinstance(design, SwinDesign) or design.stem == "patchify":
        smallest = design.stem_stride
    if isinstance(design, Design) and design.downsampling != "in_block":
        smallest = design.stem_stride * 2 ** (len(design.depths) - 1)
    if image_size < smallest:
        raise ValueError(
            f"network.stem_stride={design.stem_stride} and network.depths="
            f"{list(design.depths)} need images of {smallest} pixels a side or more, "
            f"not {image_size}"
        )
