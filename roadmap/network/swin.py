"""timm's Swin Transformer: the figure's reference bar."""

from __future__ import annotations

from timm.models.swin_transformer import SwinTransformer
from torch import nn

from roadmap.network.design import SwinDesign, check_ends


def build_swin(
    design: SwinDesign, num_classes: int, in_chans: int, image_size: int
) -> nn.Module:
    """Return timm's Swin for images (n, in_chans, image_size, image_size).

    timm shrinks a window to the map where the map is smaller, and pads maps that
    windows or patch merging do not divide. It draws the weights by its own rule
    (truncated normal, std 0.02) from torch's generator.

    Raises:
        ValueError: one line, for ``num_classes`` below 0 or ``in_chans`` below 1.

    """
    check_ends(num_classes, in_chans)
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
