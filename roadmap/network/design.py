"""A Design: the frozen description of one network of the roadmap."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import (
    TYPE_CHECKING,
    Any,
    Literal,
    NoReturn,
    TypeGuard,
    TypeVar,
    get_args,
)

if TYPE_CHECKING:
    from _typeshed import DataclassInstance as DesignKind

Stem = Literal["resnet", "patchify"]
Activation = Literal["relu", "gelu"]
Norm = Literal["batch_norm", "layer_norm"]
Downsampling = Literal["in_block", "separate", "separate_without_norms"]

EXPANSION = 4
"""Ratio of a block's wide side to its narrow side, in ResNet as in ConvNeXt."""

_WORDS: dict[str, tuple[str, ...]] = {
    "stem": get_args(Stem),
    "activation": get_args(Activation),
    "norm": get_args(Norm),
    "downsampling": get_args(Downsampling),
}
_RESNET_STEM_STRIDES = (1, 2, 4)
AnyKind = TypeVar("AnyKind", bound="DesignKind")


@dataclass(frozen=True, kw_only=True)
class Design:
    """One network of the roadmap, as data; ``Network(design)`` builds it.

    The defaults are ResNet-50, the roadmap's start. Each field is a switch of Hydra's
    ``network.*`` under the same name.

    Raises:
        ValueError: one line that names the switch, or the switches at odds, and what is
            valid instead.

    """

    depths: tuple[int, ...] = (3, 4, 6, 3)
    """Blocks in each stage; its length is the number of stages."""
    width: int = 64
    """Channels of the narrow side of the first stage; doubled at each stage after."""
    stem: Stem = "resnet"
    """7x7 convolution, norm, activation and max pool; or one patch convolution."""
    stem_stride: int = 4
    """Total stride of the stem; 1 or 2 keeps resolution for small images."""
    depthwise: bool = False
    """The block's spatial convolution has one group a channel (section 2.3)."""
    inverted_bottleneck: bool = False
    """Blocks are wide inside instead of outside (section 2.4)."""
    spatial_first: bool = False
    """The spatial convolution opens the block: "move up depthwise" (section 2.5)."""
    kernel_size: int = 3
    """Side of the block's spatial convolution; odd."""
    activation: Activation = "relu"
    fewer_activations: bool = False
    """Keep one activation a block, before its last 1x1 convolution (section 2.6)."""
    norm: Norm = "batch_norm"
    fewer_norms: bool = False
    """Keep one norm a residual branch, after the spatial convolution (section 2.6)."""
    downsampling: Downsampling = "in_block"
    """Stride inside the first block of a stage; or a 2x2 convolution between stages,
    with norms before it, after the stem and after the pooling (section 2.6)."""
    layer_scale: float | None = None
    """Initial value of the per-channel scale of each residual branch; None for none."""
    drop_path_rate: float = 0.0
    """Stochastic depth rate of the last block; rises linearly from 0 at the first."""

    def __post_init__(self) -> None:
        freeze_lists(self)
        check_shared(self)
        _check_types(self)
        _check_values(self)

    @property
    def dims(self) -> tuple[int, ...]:
        """Channels that each stage puts out."""
        wide = 1 if self.inverted_bottleneck else EXPANSION
        return tuple(self.width * wide * 2**i for i in range(len(self.depths)))

    @property
    def hidden_dims(self) -> tuple[int, ...]:
        """Channels inside the blocks of each stage."""
        wide = EXPANSION if self.inverted_bottleneck else 1
        return tuple(self.width * wide * 2**i for i in range(len(self.depths)))


def design_from(switches: dict[str, Any], kind: type[AnyKind]) -> AnyKind:
    """Return the design of this kind with these switches.

    Raises:
        ValueError: one line that names a switch that does not exist or does not fit.

    """
    names = [field.name for field in fields(kind)]
    for name in switches:
        if name not in names:
            raise ValueError(
                f"network.{name}: no such switch; valid: {', '.join(names)}"
            )
    return kind(**switches)


def freeze_lists(design: DesignKind) -> None:
    """Turn the lists that YAML and JSON have among a design's fields into tuples."""
    for field in fields(design):
        value = getattr(design, field.name)
        if isinstance(value, list):
            object.__setattr__(design, field.name, tuple(value))


def check_shared(design: Any) -> None:
    """Refuse wrong values of the switches that all kinds of designs have."""
    if not (design.depths and is_counts(design.depths)):
        valid = "a list of one or more counts >= 1, as [3,3,9,3]"
        refuse("depths", design.depths, valid)
    if not (is_int(design.width) and design.width >= 2):
        refuse("width", design.width, "an integer >= 2")
    if not (is_int(design.stem_stride) and design.stem_stride >= 1):
        refuse("stem_stride", design.stem_stride, "an integer >= 1")
    rate = design.drop_path_rate
    if not (_is_number(rate) and 0 <= rate < 1):
        refuse("drop_path_rate", rate, "a number in [0, 1)")


def refuse(name: str, value: object, valid: str) -> NoReturn:
    """Raise the one ValueError for a switch whose value is not valid."""
    shown = list(value) if isinstance(value, tuple) else value
    raise ValueError(f"network.{name}={shown}: valid: {valid}")


def is_int(value: object) -> TypeGuard[int]:
    """Return whether ``value`` is an integer, and not true or false."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_counts(value: object) -> bool:
    """Return whether ``value`` is a tuple of integers >= 1."""
    return isinstance(value, tuple) and all(is_int(v) and v >= 1 for v in value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _check_types(design: Design) -> None:
    for field in fields(design):
        value = getattr(design, field.name)
        if field.name in _WORDS and value not in _WORDS[field.name]:
            refuse(field.name, value, ", ".join(_WORDS[field.name]))
        if isinstance(field.default, bool) and not isinstance(value, bool):
            refuse(field.name, value, "true, false")


def _check_values(design: Design) -> None:
    kernel, scale = design.kernel_size, design.layer_scale
    if not (is_int(kernel) and kernel >= 1 and kernel % 2):
        refuse("kernel_size", kernel, "odd integers (1, 3, 5, 7, 9, 11, ...)")
    if scale is not None and not (_is_number(scale) and scale > 0):
        refuse("layer_scale", scale, "null or a number > 0, as 1e-6")
    if design.stem == "resnet" and design.stem_stride not in _RESNET_STEM_STRIDES:
        raise ValueError(
            f"network.stem=resnet and network.stem_stride={design.stem_stride} are at "
            "odds: this stem strides by 1, 2 or 4 (stem=patchify takes any stride)"
        )
