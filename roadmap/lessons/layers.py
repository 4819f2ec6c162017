"""The layers and costs of a network, read off its modules while an image passes."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from torch import nn

from roadmap.lessons.rows import LayerRow, Shape, StageRow
from roadmap.network.build import build
from roadmap.network.design import AnyDesign
from roadmap.network.trace import Trace, trace

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
"""The part of a residual block that a module of ours, or of timm's Swin, is in."""
_NAMES = {"BatchNorm2d": "BatchNorm", "LayerNorm2d": "LayerNorm", "Linear": "linear"}
_NOTHING = (nn.Identity, nn.Dropout)  # a trace is in evaluation mode


def read(
    design: AnyDesign, num_classes: int, in_chans: int, image_size: int
) -> dict[str, Any]:
    """Return the rows of a design's network, with their sums, as plain data.

    ``layers`` has the fields of ``LayerRow`` and ``stages`` those of ``StageRow``;
    ``params`` and ``gflops`` (multiply-adds / 1e9) are of the whole network, and
    ``place`` says which block the layers show: ``stage 1, block 2``.

    The block is the second of the first stage that has two: a first block may change
    the shape, and is then unlike the others.

    Raises:
        ValueError: one line, when the strides leave nothing of so small an image.

    """
    calls = trace(
        lambda: build(design, num_classes, in_chans, image_size), image_size, in_chans
    )
    stage = next((i for i, depth in enumerate(design.depths) if depth > 1), 0)
    block = min(1, design.depths[stage] - 1)
    return {
        "layers": [asdict(row) for row in layer_rows(calls, stage, block)],
        "stages": [asdict(row) for row in _stage_rows(calls, len(design.depths))],
        "params": calls[""].params,
        "gflops": calls[""].gflops,
        "place": f"stage {stage + 1}, block {block + 1}",
    }


def _stage_rows(calls: Trace, count: int) -> list[StageRow]:
    """Return the costs of stem, stages and head, by our module names or timm's."""
    prefixes = {"stem": ["stem", "patch_embed"], "head": ["norm", "head"]}
    for i in range(count):
        prefixes[f"stage {i + 1}"] = [f"stages.{i}", f"layers.{i}"]
    order = ["stem", *(f"stage {i + 1}" for i in range(count)), "head"]
    parts = {name: [calls[p] for p in prefixes[name] if p in calls] for name in order}
    return [
        StageRow(name, sum(c.params for c in part), sum(c.gflops for c in part))
        for name, part in parts.items()
    ]


def layer_rows(calls: Trace, stage: int, block: int) -> list[LayerRow]:
    """Return the layers of stem, downsampling, one block (counted from 0) and head.

    The downsampling is the one into the second stage: layers of its own, or else the
    first block of that stage, which then has a stride.
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
    """Return Swin's rows with a row for patch merging, which is no layer in timm."""
    first = next(i for i, row in enumerate(rows) if row.where == "downsampling")
    map_in = _channels_first(shape, last=True, side=0)
    merging = LayerRow(
        "downsampling", "patch merging", map_in, rows[first].shape_in, 0, 0.0
    )
    return [*rows[:first], merging, *rows[first:]]


def describe(module: nn.Module) -> str:
    """Return the usual name of a layer: ``3×3 conv, stride 2``, ``LayerNorm``."""
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
    """Return whether a module is one layer: it has no parts, or is attention."""
    if ".attn." in name or isinstance(calls[name].module, _NOTHING):
        return False
    return name.endswith(".attn") or not any(n.startswith(f"{name}.") for n in names)


def _channels_first(shape: tuple[int, ...], last: bool, side: int) -> Shape:
    """Return (channels, height, width) of a map, of tokens or of a pooled vector.

    Swin has its channels last, and gives attention one window at a time and the MLP a
    row of tokens: then the height and width are the block's, ``side``.
    """
    if len(shape) == 1:
        return shape[0], 1, 1
    if len(shape) == 2:
        return shape[1], side, side
    if last:
        return shape[2], shape[0], shape[1]
    return shape[0], shape[1], shape[2]
