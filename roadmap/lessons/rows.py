"""Rows of a network's tables: a layer, and a part of the network with its cost."""

from __future__ import annotations

from dataclasses import dataclass

Shape = tuple[int, int, int]


@dataclass(frozen=True)
class LayerRow:
    """A layer of the stem, of a downsampling, of a block or of the head."""

    where: str
    """``stem``, ``downsampling``, ``block`` or ``head``."""
    name: str
    """The usual name: ``7×7 depthwise conv``, ``LayerNorm``, ``GELU``."""
    shape_in: Shape
    """Channels, height, width."""
    shape_out: Shape
    params: int
    gflops: float
    """Multiply-adds / 1e9, as ``roadmap.network.trace`` counts."""
    part: str = ""
    """In a residual block: ``branch`` (Swin has two: ``attention`` and ``MLP``),
    ``shortcut`` (where it has layers) or ``output`` (what follows the addition)."""


@dataclass(frozen=True)
class StageRow:
    """The cost of one part of the network; the parts add up to the whole."""

    name: str
    """``stem``, ``stage 1`` ... and ``head`` (the classifier and the norm before)."""
    params: int
    gflops: float
    """Multiply-adds / 1e9."""
