"""Designs: frozen descriptions of networks, checked when they are made.

Nothing here imports torch; ``roadmap.network.build`` builds what a design describes.
"""

from __future__ import annotations

from itertools import count
from math import isfinite
from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, Lt

from roadmap.base.settings import AtLeast1, checked_by, one_of, refuse, settings

Stem = Literal["resnet", "patchify"]
Activation = Literal["relu", "gelu"]
Norm = Literal["batch_norm", "layer_norm"]
Downsampling = Literal["in_block", "separate", "separate_without_norms"]

Counts = Annotated[
    tuple[AtLeast1, ...],
    checked_by(bool),
    "a list of one or more integers >= 1, as [3,3,9,3]",
]
Width = Annotated[int, Ge(2)]
OddSide = Annotated[
    AtLeast1, checked_by(lambda side: side % 2), "odd integers (1, 3, 5, 7, 9, 11, ...)"
]
Scale = Annotated[float, Gt(0), checked_by(isfinite), "a number > 0, as 1e-6"]
Rate = Annotated[float, Ge(0), Lt(1)]

EXPANSION = 4
"""Ratio of a block's wide side to its narrow side, in ResNet as in ConvNeXt."""
_RESNET_STEM_STRIDES = (1, 2, 4)


@settings("network")
class Design:
    """One network of the roadmap, as data; ``Network(design)`` builds it.

    The defaults are ResNet-50, the roadmap's start. Each field is a switch: the setting
    ``network.*`` of the same name on the command line.

    Raises:
        ValueError: one line that names the switch, or the switches at odds, and what is
            valid instead.

    """

    family: Literal["convnet"] = "convnet"
    """The kind of network; ``swin`` is a :class:`SwinDesign`."""
    depths: Counts = (3, 4, 6, 3)
    """Blocks in each stage; its length is the number of stages."""
    width: Width = 64
    """Channels of the narrow side of the first stage; doubled at each stage after."""
    stem: Stem = "resnet"
    """7x7 convolution, norm, activation and max pool; or one patch convolution."""
    stem_stride: AtLeast1 = 4
    """Total stride of the stem; 1 or 2 keeps resolution for small images."""
    depthwise: bool = False
    """The block's spatial convolution has one group per channel (section 2.3)."""
    inverted_bottleneck: bool = False
    """Blocks are wide inside instead of outside (section 2.4)."""
    spatial_first: bool = False
    """The spatial convolution opens the block: "move up depthwise" (section 2.5)."""
    kernel_size: OddSide = 3
    """Side of the block's spatial convolution; odd."""
    activation: Activation = "relu"
    """Of the stem and the blocks: ReLU or GELU."""
    fewer_activations: bool = False
    """Keep one activation per block, before its last 1x1 convolution (section 2.6)."""
    norm: Norm = "batch_norm"
    """Of the whole network: BatchNorm, or LayerNorm over channels."""
    fewer_norms: bool = False
    """Keep one norm per residual branch, after the spatial convolution (section 2.6).
    """
    downsampling: Downsampling = "in_block"
    """Stride inside the first block of a stage; or a 2x2 convolution between stages,
    with norms before it, after the stem and after the pooling (section 2.6)."""
    layer_scale: Scale | None = None
    """Initial value of the per-channel scale of each residual branch; None for none."""
    drop_path_rate: Rate = 0.0
    """Stochastic depth rate of the last block; rises linearly from 0 at the first."""

    def __post_init__(self) -> None:
        if self.stem == "resnet" and self.stem_stride not in _RESNET_STEM_STRIDES:
            raise ValueError(
                f"network.stem=resnet and network.stem_stride={self.stem_stride} are "
                "at odds: this stem strides by 1, 2 or 4 (stem=patchify takes any "
                "stride)"
            )

    @property
    def dims(self) -> tuple[int, ...]:
        """Output channels of each stage."""
        wide = 1 if self.inverted_bottleneck else EXPANSION
        return tuple(self.width * wide * 2**i for i in range(len(self.depths)))

    @property
    def hidden_dims(self) -> tuple[int, ...]:
        """Channels inside the blocks of each stage."""
        wide = EXPANSION if self.inverted_bottleneck else 1
        return tuple(self.width * wide * 2**i for i in range(len(self.depths)))


@settings("network")
class SwinDesign:
    """A Swin Transformer (arXiv:2103.14030), as data; the defaults are Swin-T.

    Raises:
        ValueError: one line that names the switch, or the switches at odds, and what is
            valid instead.

    """

    family: Literal["swin"] = "swin"
    """The kind of network; ``convnet`` is a :class:`Design`."""
    depths: Counts = (2, 2, 6, 2)
    """Blocks in each stage; its length is the number of stages."""
    width: Width = 96
    """Channels of the first stage; doubled at each stage after."""
    heads: Counts = (3, 6, 12, 24)
    """Attention heads in each stage."""
    window_size: AtLeast1 = 7
    """Side of the attention windows; a smaller map is one window."""
    stem_stride: AtLeast1 = 4
    """Side of the patches that the stem divides the image into."""
    drop_path_rate: Rate = 0.0
    """Stochastic depth rate of the last block; rises linearly from 0 at the first."""

    def __post_init__(self) -> None:
        stages = len(self.depths)
        if len(self.heads) != stages:
            raise refuse("network.heads", self.heads, f"{stages} counts, one per stage")
        for i, heads in enumerate(self.heads):
            if self.width * 2**i % heads:
                raise ValueError(
                    f"network.width={self.width} and network.heads={list(self.heads)} "
                    f"are at odds: {heads} heads do not divide the {self.width * 2**i} "
                    f"channels of stage {i + 1}"
                )


AnyDesign = Design | SwinDesign
_FAMILIES: dict[str, type[AnyDesign]] = {"convnet": Design, "swin": SwinDesign}


def design_from(switches: dict[str, Any]) -> AnyDesign:
    """Return the design with these switches, of the family that they name.

    ``family`` is ``convnet`` where it is missing.

    Raises:
        ValueError: one line that names a switch that does not exist or does not fit.

    """
    family = switches.get("family", "convnet")
    one_of("network.family", family, tuple(_FAMILIES))
    return _FAMILIES[family](**switches)


def feature_info(design: Design) -> list[dict[str, Any]]:
    """Return the maps of a network that detectors and the like use, in timm's words.

    Each has the ``module`` that gives it, its channels (``num_chs``) and its stride
    (``reduction``). They are the maps of the stages, or, as in timm's ViTs, of the
    blocks where there is one stage.
    """
    names = [f"stages.{i}" for i in range(len(design.depths))]
    if len(names) == 1:
        names = [f"stages.0.blocks.{i}" for i in range(design.depths[0])]
    return [
        {
            "module": name,
            "num_chs": design.dims[stage := int(name.split(".")[1])],
            "reduction": design.stem_stride * 2**stage,
        }
        for name in names
    ]


def check_ends(num_classes: int, in_chans: int = 1) -> None:
    """Check the sizes of a network that its data decides.

    Raises:
        ValueError: one line, for ``num_classes`` below 0 or ``in_chans`` below 1.

    """
    if num_classes < 0:
        raise refuse("num_classes", num_classes, "an integer >= 0 (0: features)")
    if in_chans < 1:
        raise refuse("in_chans", in_chans, "an integer >= 1")


def check_image_size(design: AnyDesign, image_size: int) -> None:
    """Check that images are large enough for the strides of a design.

    At least one patch, and one pixel after all strides.

    Raises:
        ValueError: one line that names the smallest image.

    """
    smallest = next(side for side in count(1) if _last_side(design, side))
    if image_size < smallest:
        raise ValueError(
            f"network.stem_stride={design.stem_stride} and network.depths="
            f"{list(design.depths)} need images of {smallest} pixels a side or more, "
            f"not {image_size}"
        )


def check_images(design: Design, shape: tuple[int, ...], training: bool) -> None:
    """Check that a network can take images (n, in_chans, h, w).

    Raises:
        ValueError: one line, for images that the strides leave nothing of, or where a
            BatchNorm in training would get one value per channel.

    """
    n, _, *sides = shape
    check_image_size(design, min(sides))
    if not training or n != 1 or design.norm != "batch_norm":
        return
    height, width = (_last_side(design, side) for side in sides)
    if height * width == 1 or design.downsampling == "separate":  # a norm after pooling
        raise ValueError(
            f"a batch of one image of {sides[0]}x{sides[1]} pixels leaves a BatchNorm "
            "one value per channel: train with more images, larger ones or "
            "network.norm=layer_norm"
        )


def _last_side(design: AnyDesign, side: int) -> int:
    """Return the side of the last map; layers with padding round it up."""
    stride = design.stem_stride
    if isinstance(design, SwinDesign):
        return side // stride  # patch merging pads
    side = -(-side // stride) if design.stem == "resnet" else side // stride
    for _ in design.depths[1:]:
        side = -(-side // 2) if design.downsampling == "in_block" else side // 2
    return side
