"""What a network looks like: its layers and costs, counted once and kept.

Nothing here imports torch unless a network is counted for the first time.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from roadmap.base.kept import kept
from roadmap.lessons.rows import LayerRow, StageRow
from roadmap.network.design import AnyDesign

PARTS = ("stem", "downsampling", "block", "head")
"""The parts of a network that a view can show."""


@dataclass(frozen=True)
class View:
    """What a network looks like."""

    layers: tuple[LayerRow, ...]
    """The layers of the parts that the view shows, in order."""
    stages: tuple[StageRow, ...]
    params: int
    gflops: float
    """Multiply-adds / 1e9 for one image of the lesson's size."""
    depths: tuple[int, ...]
    """Blocks in each stage."""
    place: str
    """Which block ``layers`` shows: ``stage 1, block 2``."""

    @property
    def notes(self) -> tuple[str, str]:
        """``blocks 3, 3, 9, 3`` and ``25.8 M params, 4.15 GFLOPs``."""
        cost = f"{self.params / 1e6:.3g} M params, {_in_flops(self.gflops)}"
        return "blocks " + ", ".join(map(str, self.depths)), cost


def _in_flops(gflops: float) -> str:
    """Return ``4.15 GFLOPs``, or below a tenth of one ``2.57 MFLOPs``."""
    if gflops < 0.1:
        return f"{gflops * 1e3:.3g} MFLOPs"
    return f"{gflops:.2f} GFLOPs"


def view(
    design: AnyDesign,
    num_classes: int = 1000,
    in_chans: int = 3,
    image_size: int = 224,
    parts: tuple[str, ...] = PARTS,
) -> View:
    """Return the view of a design's network, with the layers of these parts.

    Raises:
        ValueError: one line, when the strides leave nothing of so small an image.

    """
    known = _read(design, num_classes, in_chans, image_size)
    layers = (_layer(row) for row in known["layers"])
    return View(
        layers=tuple(row for row in layers if row.where in parts),
        stages=tuple(StageRow(**row) for row in known["stages"]),
        params=known["params"],
        gflops=known["gflops"],
        depths=design.depths,
        place=known["place"],
    )


def _layer(row: dict[str, Any]) -> LayerRow:
    """Return a row from plain data, in which a shape is a list."""
    shapes = {name: tuple(row[name]) for name in ("shape_in", "shape_out")}
    return LayerRow(**{**row, **shapes})


@cache
def _read(
    design: AnyDesign, num_classes: int, in_chans: int, image_size: int
) -> dict[str, Any]:
    """Return the rows of a design's network, from the cache where they are kept."""
    key = [type(design).__name__, asdict(design), num_classes, in_chans, image_size]
    return kept(
        __name__, key, lambda: _count(design, num_classes, in_chans, image_size)
    )


def _count(
    design: AnyDesign, num_classes: int, in_chans: int, image_size: int
) -> dict[str, Any]:
    from roadmap.lessons.layers import read  # imports torch

    return read(design, num_classes, in_chans, image_size)
