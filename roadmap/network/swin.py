"""Swin from timm, described like the other networks: the figure's reference bar."""

from __future__ import annotations

from dataclasses import dataclass

from timm.models.swin_transformer import SwinTransformer
from torch import nn

from roadmap.network.design import (
    check_shared,
    freeze_lists,
    is_counts,
    is_int,
    refuse,
)


@dataclass(frozen=True, kw_only=True)
class SwinDesign:
    """A Swin Transformer (arXiv:2103.14030), as data; the defaults are Swin-T.

    Raises:
        ValueError: one line that names the switch, or the switches at odds, and what is
            valid instead.

    """

    depths: tuple[int, ...] = (2, 2, 6, 2)
    """Blocks in each stage; its length is the number of stages."""
    width: int = 96
    """Channels of the first stage; doubled at each stage after."""
    heads: tuple[int, ...] = (3, 6, 12, 24)
    """Attention heads in each stage."""
    window_size: int = 7
    """Side of the attention windows; a smaller map is one window."""
    stem_stride: int = 4
    """Side of the patches that the stem cuts the image into."""
    drop_path_rate: float = 0.0
    """Stochastic depth rate of the last block; rises linearly from 0 at the first."""

    def __post_init__(self) -> None:
        freeze_lists(self)
        check_shared(self)
        if not (is_counts(self.heads) and len(self.heads) == len(self.depths)):
            refuse("heads", self.heads, f"{len(self.depths)} counts, one a stage")
        if not (is_int(self.window_size) and self.window_size >= 1):
            refuse("window_size", self.window_size, "an integer >= 1")
        for i, heads in enumerate(self.heads):
            if self.width * 2**i % heads:
                raise ValueError(
                    f"network.width={self.width} and network.heads={list(self.heads)} "
                    f"are at odds: {heads} heads do not divide the {self.width * 2**i} "
                    f"channels of stage {i + 1}"
                )


def build_swin(
    design: SwinDesign, num_classes: int, in_chans: int, image_size: int
) -> nn.Module:
    """Return timm's Swin for images (n, in_chans, image_size, image_size).

    timm shrinks a window to the map where the map is smaller, and pads maps that
    windows or patch merging do not divide. It draws the weights by its own rule
    (truncated normal, std 0.02) from torch's generator.
    """
    return SwinTransformer(
        img_size=image_size,
        patch_size=design.stem_stride,
        in_chans=in_chans,
        num_classes=num_classes,
        embed_dim=design.width,
        depths=design.depths,
        num_heads=design.heads,
        window_size=design.window_size,
        drop_path_rate=design.drop_path_rate,
    )
