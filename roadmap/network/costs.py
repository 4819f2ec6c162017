"""What a network costs: parameters, multiply-adds and activations.

Importing this imports no torch: costs are counted once per version of the code, and
read from the cache after that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, NamedTuple

from roadmap.base.kept import kept
from roadmap.network.design import AnyDesign, check_ends, check_image_size

if TYPE_CHECKING:
    from torch import nn


class Cost(NamedTuple):
    """The cost of one network for one image."""

    params: int
    """Trainable numbers."""
    gflops: float
    """Multiply-adds / 1e9, as ``roadmap.network.trace`` counts."""
    activations: float
    """Output elements of convolutions and linear layers, in millions."""


def cost_of(
    design: AnyDesign, num_classes: int = 1000, in_chans: int = 3, image_size: int = 224
) -> Cost:
    """Return the cost of a design's network; only the first time it is counted.

    Args:
        design: of the network.
        num_classes: outputs of its head.
        in_chans: channels of the image.
        image_size: side of the image in pixels.

    Raises:
        ValueError: one line, for sizes that are not valid or images that the strides
            leave nothing of.

    """
    check_ends(num_classes, in_chans)
    check_image_size(design, image_size)
    sizes = (num_classes, in_chans, image_size)

    def count() -> Cost:
        from roadmap.network.build import build  # imports torch

        return cost(lambda: build(design, *sizes), image_size, in_chans)

    return Cost(*kept(__name__, [asdict(design), *sizes], count))


def cost(build: Callable[[], nn.Module], image_size: int, in_chans: int = 3) -> Cost:
    """Return the cost of the network that ``build`` makes, for one square image.

    Args:
        build: makes the network; no tensor that it makes may be read out.
        image_size: side of the image in pixels.
        in_chans: channels of the image.

    """
    from roadmap.network.trace import trace  # imports torch

    calls = trace(build, image_size, in_chans)
    activations = sum(call.activations for call in calls.values())
    return Cost(calls[""].params, calls[""].gflops, activations / 1e6)
