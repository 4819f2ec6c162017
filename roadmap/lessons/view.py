"""What a network looks like: its layers and costs, read off the network itself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from roadmap.lessons.diagram import Panel, draw
from roadmap.lessons.layers import LayerRow, layer_rows
from roadmap.network.build import build
from roadmap.network.design import AnyDesign, Design
from roadmap.network.trace import Trace, trace

PARTS = ("stem", "downsampling", "block", "head")
"""What a view can show."""


@dataclass(frozen=True)
class StageRow:
    """What a part of the network costs; the parts make up the whole."""

    name: str
    """``stem``, ``stage 1`` ... and ``head`` (the classifier and the norm before)."""
    params: int
    gflops: float


@dataclass(frozen=True)
class View:
    """What a network looks like."""

    design: Design | None
    """None for Swin, which is timm's network."""
    layers: tuple[LayerRow, ...]
    """Of the parts that the view shows, in order."""
    stages: tuple[StageRow, ...]
    params: int
    gflops: float
    """Multiply-adds / 1e9 for one image of the lesson's size."""
    depths: tuple[int, ...]
    """Blocks in each stage."""
    place: str
    """Where the block of ``layers`` stands: ``stage 1, block 2``."""
    diagram: str
    """The layers as an ``<svg>`` element, which takes the page's text colour."""

    @property
    def notes(self) -> tuple[str, str]:
        """``blocks 3, 3, 9, 3`` and ``25.8 M params, 4.15 GFLOPs``."""
        cost = f"{self.params / 1e6:.3g} M params, {in_flops(self.gflops)}"
        return "blocks " + ", ".join(map(str, self.depths)), cost


def in_flops(gflops: float) -> str:
    """Return ``4.15 GFLOPs``, or below a tenth of one ``2.57 MFLOPs``."""
    if gflops < 0.1:
        return f"{gflops * 1e3:.3g} MFLOPs"
    return f"{gflops:.2f} GFLOPs"


@cache
def view(
    design: AnyDesign,
    num_classes: int = 1000,
    in_chans: int = 3,
    image_size: int = 224,
    parts: tuple[str, ...] = PARTS,
) -> View:
    """Return the view of a design's network, with the layers of these parts.

    The block is the second of the first stage that has two: a first block may change
    shape and is then not like the others.

    Raises:
        ValueError: one line, when the strides leave nothing of so small an image.

    """
    calls = _trace(design, num_classes, in_chans, image_size)
    stage = next((i for i, depth in enumerate(design.depths) if depth > 1), 0)
    block = min(1, design.depths[stage] - 1)
    rows = layer_rows(calls, stage, block)
    shown = [row for row in rows if row.where in parts]
    place = f"stage {stage + 1}, block {block + 1}"
    return View(
        design=design if isinstance(design, Design) else None,
        layers=tuple(shown),
        stages=_stage_rows(calls, len(design.depths)),
        params=calls[""].params,
        gflops=calls[""].gflops,
        depths=design.depths,
        place=place,
        diagram=draw([Panel("", (), place, shown)]),
    )


@cache
def _trace(
    design: AnyDesign, num_classes: int, in_chans: int, image_size: int
) -> Trace:
    return trace(
        lambda: build(design, num_classes, in_chans, image_size), image_size, in_chans
    )


def _stage_rows(calls: Trace, count: int) -> tuple[StageRow, ...]:
    """Return the costs of stem, stages and head, by what our names and timm's are."""
    prefixes = {"stem": ["stem", "patch_embed"], "head": ["norm", "head"]}
    for i in range(count):
        prefixes[f"stage {i + 1}"] = [f"stages.{i}", f"layers.{i}"]
    order = ["stem", *(f"stage {i + 1}" for i in range(count)), "head"]
    parts = {name: [calls[p] for p in prefixes[name] if p in calls] for name in order}
    return tuple(
        StageRow(name, sum(c.params for c in part), sum(c.gflops for c in part))
        for name, part in parts.items()
    )
