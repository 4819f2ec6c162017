"""Networks elsewhere: what they compute, and their names for our layers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

from roadmap.network.design import Design
from roadmap.network.variants import VARIANTS

_PLACE = re.compile(r"(?:stages\.(\d+)\.)?(?:blocks\.(\d+)\.)?(.+)")
MARKS = {"stem.conv.weight", "stages.0.blocks.0.branch.spatial.weight"}
"""Tensors of every network of ours: weights are recognised by what these are called."""
_SIZES = {"depths", "width", "layer_scale", "drop_path_rate"}
_OPTIONAL = {"head", "layer_scale"}


@dataclass(frozen=True)
class Source:
    """A kind of network elsewhere."""

    title: str
    formats: tuple[str, ...]
    """Who has it under these names: torchvision, timm, fair."""
    design: Design
    """One network of the kind; the others differ from it only in size."""
    layers: dict[str, str]
    """Our layers, and theirs, of stage ``i`` and block ``j``."""
    ndim: dict[str, int] = field(default_factory=dict)
    """Dimensions of the tensors that have fewer than ours, as those of a Linear."""

    @property
    def marks(self) -> set[str]:
        """The names that weights of this kind are recognised by."""
        return {str(self.name(ours)) for ours in MARKS}

    def name(self, ours: str) -> str | None:
        """Return the name of one of our tensors there, or None where it has none."""
        stage, block, name = _place(ours)
        layer, _, kind = name.rpartition(".")
        theirs = self.layers.get(name)
        if theirs is None and layer in self.layers:
            theirs = f"{self.layers[layer]}.{kind}"
        if theirs is None:
            return None
        i = int(stage or 0)
        return theirs.format(i=i, j=block, layer=i + 1, odd=2 * i + 1, even=2 * i)

    def shape(self, ours: str, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape there of one of our tensors, which has ``shape``."""
        return shape[: self.ndim.get(_place(ours)[2])]

    def differences(self, design: Design) -> list[str]:
        """Return the switches that change what is computed, and differ there."""
        here, there = asdict(design), asdict(self.design)
        return [k for k in there if k not in _SIZES and here[k] != there[k]]

    def missing(self, ours: Iterable[str]) -> list[str]:
        """Return our layers that every network there has, and these tensors lack."""
        names = {_place(name)[2] for name in ours}
        layers = {name.rpartition(".")[0] for name in names}
        return [k for k in self.layers if k not in names | layers | _OPTIONAL]


def _place(ours: str) -> tuple[str | None, str | None, str]:
    """Return the stage and the block of one of our tensors, and its name in it."""
    found = _PLACE.fullmatch(ours)
    assert found
    stage, block, name = found.groups()
    return stage, block, name


def _fair(block: str) -> dict[str, str]:
    """Return FAIR's names for what ConvNeXts and isotropic ones share."""
    return {
        "branch.spatial": f"{block}.dwconv",
        "branch.spatial_norm": f"{block}.norm",
        "branch.pointwise_1": f"{block}.pwconv1",
        "branch.pointwise_2": f"{block}.pwconv2",
        "layer_scale": block,  # gamma is the block's own
        "norm": "norm",
        "head": "head",
    }


_RESNET = {
    "stem.conv": "conv1",
    "stem.norm": "bn1",
    "branch.pointwise_1": "layer{layer}.{j}.conv1",
    "branch.pointwise_1_norm": "layer{layer}.{j}.bn1",
    "branch.spatial": "layer{layer}.{j}.conv2",
    "branch.spatial_norm": "layer{layer}.{j}.bn2",
    "branch.pointwise_2": "layer{layer}.{j}.conv3",
    "branch.pointwise_2_norm": "layer{layer}.{j}.bn3",
    "shortcut.conv": "layer{layer}.{j}.downsample.0",
    "shortcut.norm": "layer{layer}.{j}.downsample.1",
    "head": "fc",
}
_TIMM = {
    "stem.conv": "stem.0",
    "stem.norm": "stem.1",
    "downsample.norm": "stages.{i}.downsample.0",
    "downsample.conv": "stages.{i}.downsample.1",
    "branch.spatial": "stages.{i}.blocks.{j}.conv_dw",
    "branch.spatial_norm": "stages.{i}.blocks.{j}.norm",
    "branch.pointwise_1": "stages.{i}.blocks.{j}.mlp.fc1",
    "branch.pointwise_2": "stages.{i}.blocks.{j}.mlp.fc2",
    "layer_scale": "stages.{i}.blocks.{j}",
    "norm": "head.norm",
    "head": "head.fc",
}
_TORCHVISION = {
    "stem.conv": "features.0.0",
    "stem.norm": "features.0.1",
    "downsample.norm": "features.{even}.0",
    "downsample.conv": "features.{even}.1",
    "branch.spatial": "features.{odd}.{j}.block.0",
    "branch.spatial_norm": "features.{odd}.{j}.block.2",
    "branch.pointwise_1": "features.{odd}.{j}.block.3",
    "branch.pointwise_2": "features.{odd}.{j}.block.5",
    "layer_scale.gamma": "features.{odd}.{j}.layer_scale",  # a map, and always there
    "norm": "classifier.0",
    "head": "classifier.2",
}
_FAIR = {
    "stem.conv": "downsample_layers.0.0",
    "stem.norm": "downsample_layers.0.1",
    "downsample.norm": "downsample_layers.{i}.0",
    "downsample.conv": "downsample_layers.{i}.1",
    **_fair("stages.{i}.{j}"),
}
_FAIR_ISO = {"stem.conv": "stem", **_fair("blocks.{j}")}
_LINEAR = {"branch.pointwise_1.weight": 2, "branch.pointwise_2.weight": 2}
_LINEAR_SCALED = {**_LINEAR, "layer_scale.gamma": 1}
_RESNET_50, _TINY = Design(), VARIANTS["convnext_tiny"]
_ISO = VARIANTS["convnext_iso_small"]

SOURCES = (
    Source(
        "torchvision's and timm's ResNets", ("torchvision", "timm"), _RESNET_50, _RESNET
    ),
    Source("timm's ConvNeXts", ("timm",), _TINY, _TIMM, _LINEAR_SCALED),
    Source("torchvision's ConvNeXts", ("torchvision",), _TINY, _TORCHVISION, _LINEAR),
    Source("FAIR's ConvNeXts", ("fair",), _TINY, _FAIR, _LINEAR_SCALED),
    Source("FAIR's isotropic ConvNeXts", ("fair",), _ISO, _FAIR_ISO, _LINEAR_SCALED),
)
FORMATS = ("roadmap", "torchvision", "timm", "fair")
"""Whose names weights can have: ours, two libraries', FAIR's released ConvNeXt code."""
