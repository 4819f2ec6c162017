"""Any network of timm's registry as a backbone, ours included."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import timm
from timm.layers import LayerNorm2d
from torch import Tensor, nn

from roadmap.base.settings import refuse, word
from roadmap.network.registry import register
from roadmap.network.weights import read_weights, start_from

STRIDES = [4, 8, 16, 32]
"""Of a backbone's maps: pixels of the image for one of the map."""
_ANY_SIZE = {"strict_img_size": False, "always_partition": True}
"""timm's arguments for a Swin that takes images of any size."""


class Backbone(nn.Module):
    """The last four maps of a classifier, the largest first; ``STRIDES`` are theirs.

    A network that normalises by LayerNorm gets a new LayerNorm on each map, as the
    released ConvNeXt and Swin code for both tasks. Its blocks add to a map that is
    never normalised. A network with BatchNorm gets none, as mmdetection's ResNets.

    Args:
        net: of timm's registry; its last norm and its head are removed.

    """

    def __init__(self, net: Any) -> None:
        super().__init__()
        self.channels = [info["num_chs"] for info in net.feature_info][-4:]
        net.prune_intermediate_layers(len(self.channels), prune_norm=True)
        self.net = net
        bare = any(isinstance(module, nn.BatchNorm2d) for module in net.modules())
        self.norms = nn.ModuleList(
            nn.Identity() if bare else LayerNorm2d(dim) for dim in self.channels
        )

    def forward(self, x: Tensor) -> list[Tensor]:
        """Return the maps (n, c, h, w) of images (n, 3, height, width)."""
        maps = self.net.forward_intermediates(
            x, indices=len(self.channels), intermediates_only=True
        )
        return [norm(one) for norm, one in zip(self.norms, maps, strict=True)]


def backbone(
    name: str, weights: Path | None = None, switches: Mapping[str, Any] | None = None
) -> Backbone:
    """Return a new backbone.

    Args:
        name: of timm's registry: ``roadmap_resnet50_gelu``, ``roadmap_convnext_tiny``,
            ``resnet50``, ``swin_tiny_patch4_window7_224`` ...
        weights: a file of a classifier's weights; None for random ones.
        switches: further arguments, as of ``timm.create_model``: the design's switches,
            ``drop_path_rate``.

    Raises:
        ValueError: one line, for a name or a switch that there is not, a network
            without maps of these strides, or weights that do not fit.

    """
    register()
    if not timm.is_model(name):
        raise refuse(
            "backbone", name, "a name of timm.list_models()", timm.list_models()
        )
    any_size = _ANY_SIZE if name.startswith("swin_") else {}
    try:
        # timm.create_model would leave out what is None, as layer_scale may be.
        net: Any = timm.model_entrypoint(name)(**{**any_size, **(switches or {})})
    except TypeError as error:  # timm's, for an argument that its network has not
        raise ValueError(f"switches={word(switches)}: {error}") from error
    strides = [info["reduction"] for info in getattr(net, "feature_info", ())][-4:]
    if strides != STRIDES or not hasattr(net, "forward_intermediates"):
        valid = f"a network whose last four maps have the strides {word(STRIDES)}"
        raise refuse("backbone", name, valid)
    if weights is not None:
        start_from(net, read_weights(weights))
    return Backbone(net)
