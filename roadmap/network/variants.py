"""The paper's other models: the sizes of ConvNeXt, and isotropic ConvNeXts."""

from __future__ import annotations

from dataclasses import replace

from roadmap.network.design import Design

_CONVNEXT = Design(
    stem="patchify",
    depthwise=True,
    inverted_bottleneck=True,
    spatial_first=True,
    kernel_size=7,
    activation="gelu",
    fewer_activations=True,
    norm="layer_norm",
    fewer_norms=True,
    downsampling="separate",
    layer_scale=1e-6,  # Table 5
)


def _isotropic(depth: int, width: int, layer_scale: float | None) -> Design:
    """Return a ConvNeXt of one stage at 1/16 of the image size, as ViT (section 3.3).

    No norm follows the stem, as in the released code.
    """
    return replace(
        _CONVNEXT, depths=(depth,), width=width, stem_stride=16, layer_scale=layer_scale
    )


VARIANTS: dict[str, Design] = {
    "convnext_tiny": replace(_CONVNEXT, depths=(3, 3, 9, 3), width=96),
    "convnext_small": replace(_CONVNEXT, depths=(3, 3, 27, 3), width=96),
    "convnext_base": replace(_CONVNEXT, depths=(3, 3, 27, 3), width=128),
    "convnext_large": replace(_CONVNEXT, depths=(3, 3, 27, 3), width=192),
    "convnext_xlarge": replace(_CONVNEXT, depths=(3, 3, 27, 3), width=256),
    # Without layer scale except for the large one (appendix A.1).
    "convnext_iso_small": _isotropic(18, 384, layer_scale=None),
    "convnext_iso_base": _isotropic(18, 768, layer_scale=None),
    "convnext_iso_large": _isotropic(36, 1024, layer_scale=1e-6),
}
"""The designs of Tables 1 and 2 by name; drop path belongs to a recipe and is 0."""
