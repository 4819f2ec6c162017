"""The specification of a network, stage by stage, in the notation of Table 9."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, NamedTuple

from roadmap.base.kept import kept
from roadmap.base.settings import refuse
from roadmap.network.named import Model, build_model

if TYPE_CHECKING:
    from roadmap.network.trace import Trace


class SpecRow(NamedTuple):
    """One row of a specification."""

    stage: str
    """``stem``, ``res2`` ... (the first stage is res2, as in ResNet), ``res3
    downsample`` for what stands between two stages, or ``head``."""
    output: str
    """Height and width of its output: ``56x56``."""
    layers: str
    """``[d7x7 96, 1x1 384, 1x1 96] x3``: kernel (d: depthwise) and output channels of
    each layer of a block, and the number of blocks; "" where the blocks themselves
    downsample. Shortcuts, norms and activations are left out, as in Table 9."""


def specification(
    model: Model, num_classes: int = 1000, in_chans: int = 3
) -> list[SpecRow]:
    """Return the rows of a model's specification; a design is read only once.

    Raises:
        ValueError: one line, for a model of timm or torchvision.

    """
    design = model.design
    if design is None:
        raise refuse(
            "models", model.name, "a step, a variant or a Swin, for this table"
        )

    def read() -> list[SpecRow]:
        from roadmap.network.trace import trace  # imports torch

        calls = trace(
            lambda: build_model(model, num_classes, in_chans),
            model.image_size,
            in_chans,
        )
        return _rows(calls, design.depths)

    key = [asdict(design), num_classes, in_chans, model.image_size]
    return [SpecRow(*row) for row in kept(__name__, key, read)]


def _rows(calls: Trace, depths: tuple[int, ...]) -> list[SpecRow]:
    """Return the rows of our network or of timm's Swin, whose channels are last."""
    swin = "patch_embed" in calls
    stem, stages = ("patch_embed", "layers") if swin else ("stem", "stages")

    def row(stage: str, name: str, layers: str) -> SpecRow:
        side = calls[name].shape_out[0 if swin else 1]
        return SpecRow(stage, f"{side}x{side}", layers)

    rows = [row("stem", stem, _layers(calls, stem))]
    for i, depth in enumerate(depths):
        name = f"{stages}.{i}"
        if i > 0:
            between = _layers(calls, f"{name}.downsample")
            rows.append(row(f"res{i + 2} downsample", name, between))
        block = _block(calls, f"{name}.blocks.{depth - 1}.")
        rows.append(row(f"res{i + 2}", name, f"{block} x{depth}"))
    head = _layers(calls, "head")
    return [*rows, SpecRow("head", "1x1", f"average pool; {head}" if head else "")]


def _layers(calls: Trace, prefix: str) -> str:
    """Return the layers of stem, downsampling or head: ``4x4, 96, stride 4``."""
    from torch import nn

    words = []
    for name, call in calls.items():
        module: Any = call.module
        if not f"{name}.".startswith(f"{prefix}."):
            continue
        if isinstance(module, nn.Conv2d):
            side, stride = module.kernel_size[0], module.stride[0]
            words.append(f"{side}x{side}, {module.out_channels}, stride {stride}")
        elif isinstance(module, nn.MaxPool2d):
            pooled = f"{module.kernel_size}x{module.kernel_size} max pool"
            words.append(f"{pooled}, stride {module.stride}")
        elif isinstance(module, nn.Linear):
            merged = "2x2 patches, " if name.endswith(".reduction") else ""
            words.append(f"{merged}1x1, {module.out_features}")
    return "; ".join(words)


def _block(calls: Trace, prefix: str) -> str:
    """Return the layers of a block: ``[1x1 64, 3x3 64, 1x1 256]``."""
    from torch import nn

    parts: dict[str, list[str]] = {}
    for name, call in calls.items():
        inner = name.removeprefix(prefix).split(".")[0]
        if not name.startswith(prefix) or inner == "shortcut":
            continue
        module: Any = call.module
        words = parts.setdefault(inner, [])  # branch; or attn and mlp
        if isinstance(module, nn.Conv2d):
            depthwise = "d" if module.groups == module.in_channels > 1 else ""
            side = module.kernel_size[0]
            words.append(f"{depthwise}{side}x{side} {module.out_channels}")
        elif name.endswith(".qkv"):
            attention: Any = calls[name.removesuffix(".qkv")].module
            window = "w{}x{}".format(*attention.window_size)
            words.append(f"1x1 {module.in_features}x3")
            words.append(f"MSA {window} H={attention.num_heads} rel.pos.")
        elif isinstance(module, nn.Linear):
            words.append(f"1x1 {module.out_features}")
    return f"[{'; '.join(', '.join(words) for words in parts.values() if words)}]"
