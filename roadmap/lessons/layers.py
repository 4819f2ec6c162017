"""The layers of a network as rows: what each is, its shapes and its cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import nn

from roadmap.network.trace import Trace

Shape = tuple[int, int, int]


@dataclass(frozen=True)
class LayerRow:
    """A layer of the stem, of the way to a lower resolution, of a block or the head."""

    where: str
    """``stem``, ``downsampling``, ``block`` or ``head``."""
    name: str
    """As the field says it: ``7×7 depthwise conv``, ``LayerNorm``, ``GELU``."""
    shape_in: Shape
    """Channels, height, width."""
    shape_out: Shape
    params: int
    gflops: float
    """Multiply-adds / 1e9, as ``roadmap.network.trace`` counts."""
    part: str = ""
    """In a residual block: ``branch`` (Swin has two: ``attention`` and ``MLP``),
    ``shortcut`` (where it has layers) or ``output`` (what follows the addition)."""


_PARTS = {
    "branch": "branch",
    "layer_scale": "branch",
    "drop_path": "branch",
    "shortcut": "shortcut",
    "activation": "output",
    "norm1": "attention",
    "attn": "attention",
    "drop_path1": "attention",
    "norm2": "MLP",
    "mlp": "MLP",
    "drop_path2": "MLP",
}
"""What the modules of our blocks and of timm's Swin's are to the residual."""
_NAMES = {"BatchNorm2d": "BatchNorm", "LayerNorm2d": "LayerNorm", "Linear": "linear"}
_NOTHING = (nn.Identity, nn.Dropout)  # in evaluation, which a trace is


def layer_rows(calls: Trace, stage: int, block: int) -> list[LayerRow]:
    """Return the layers of stem, downsampling, one block (counted from 0) and head.

    Downsampling is what leads into the second stage: layers of its own, or else the
    first block there, which then strides.
    """
    swin = "patch_embed" in calls
    stages = "layers" if swin else "stages"
    down = f"{stages}.1.downsample"
    if down in calls and isinstance(calls[down].module, nn.Identity):
        down = f"{stages}.1.blocks.0"
    places = [
        ("patch_embed" if swin else "stem", "stem"),
        (down, "downsampling"),
        (f"{stages}.{stage}.blocks.{block}", "block"),
        ("norm", "head"),
        ("head", "head"),
    ]
    rows = [row for name, where in places for row in _rows(calls, name, where, swin)]
    return _with_merging(rows, calls[down].shape_in) if swin and down in calls else rows


def _with_merging(rows: list[LayerRow], shape: tuple[int, ...]) -> list[LayerRow]:
    """Return Swin's rows with what no layer of its own does: 2×2 places become one."""
    first = next(i for i, row in enumerate(rows) if row.where == "downsampling")
    map_in = _channels_first(shape, last=True, side=0)
    merging = LayerRow(
        "downsampling", "patch merging", map_in, rows[first].shape_in, 0, 0.0
    )
    return [*rows[:first], merging, *rows[first:]]


def describe(module: nn.Module) -> str:
    """Return what the field calls a layer: ``3×3 conv, stride 2``, ``LayerNorm``."""
    kind = type(module).__name__
    if isinstance(module, nn.Conv2d):
        depthwise = module.groups == module.in_channels > 1
        kind = "depthwise conv" if depthwise else "conv"
        kind = _sided(kind, module.kernel_size[0], module.stride[0])
    elif isinstance(module, nn.MaxPool2d):
        kind = _sided("max pool", module.kernel_size, module.stride)
    elif kind == "WindowAttention":
        height, width = module.window_size  # type: ignore[misc]
        kind = f"{height}×{width} window attention"
    elif "AdaptiveAvgPool" in kind:
        kind = "average pool"
    return _NAMES.get(kind, kind)


def _sided(kind: str, side: Any, stride: Any) -> str:
    return f"{side}×{side} {kind}" + (f", stride {stride}" if stride > 1 else "")


def _rows(calls: Trace, prefix: str, where: str, swin: bool) -> list[LayerRow]:
    """Return a row for each layer under a module's name."""
    names = [n for n in calls if n == prefix or n.startswith(f"{prefix}.")]
    rows = []
    for name in filter(lambda n: _is_layer(n, names, calls), names):
        call, inner = calls[name], name.removeprefix(f"{prefix}.").split(".")[0]
        last = swin and not isinstance(call.module, nn.Conv2d)
        side = calls[prefix].shape_out[0]
        rows.append(
            LayerRow(
                where,
                describe(call.module),
                _channels_first(call.shape_in, last, side),
                _channels_first(call.shape_out, last, side),
                call.params,
                call.gflops,
                _PARTS[inner] if ".blocks." in prefix else "",
            )
        )
    return rows


def _is_layer(name: str, names: list[str], calls: Trace) -> bool:
    """Return whether it is drawn as one: it has no parts, or is attention."""
    if ".attn." in name or isinstance(calls[name].module, _NOTHING):
        return False
    return name.endswith(".attn") or not any(n.startswith(f"{name}.") for n in names)


def _channels_first(shape: tuple[int, ...], last: bool, side: int) -> Shape:
    """Return (channels, height, width) of a map, of tokens or of a pooled vector.

    Swin has its channels last, and shows attention one window at a time and the MLP a
    row of tokens: then the map is the block's, of this side.
    """
    if len(shape) == 1:
        return shape[0], 1, 1
    if len(shape) == 2:
        return shape[1], side, side
    if last:
        return shape[2], shape[0], shape[1]
    return shape[0], shape[1], shape[2]
