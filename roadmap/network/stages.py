"""The parts of a network: its stem, and its stages of blocks."""

from __future__ import annotations

from torch import Tensor, nn

from roadmap.network.design import Design
from roadmap.network.layers import (
    Block,
    conv_norm,
    make_activation,
    make_norm,
    sequence,
)


class Stage(nn.Module):
    """The blocks of one resolution, after the downsampling to it."""

    def __init__(
        self, design: Design, index: int, in_dim: int, drop_paths: list[float]
    ) -> None:
        super().__init__()
        dim, hidden_dim = design.dims[index], design.hidden_dims[index]
        stride = 1 if index == 0 else 2
        self.downsample: nn.Module = nn.Identity()
        if stride == 2 and design.downsampling != "in_block":
            self.downsample = _downsample(design, in_dim, dim)
            in_dim, stride = dim, 1
        self.blocks = nn.Sequential(
            *(
                Block(
                    design,
                    in_dim if i == 0 else dim,
                    hidden_dim,
                    dim,
                    stride if i == 0 else 1,
                    drop_path,
                )
                for i, drop_path in enumerate(drop_paths)
            )
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return the (n, dim, h, w) map; all stages but the first halve h and w."""
        return self.blocks(self.downsample(x))


def _downsample(design: Design, in_dim: int, dim: int) -> nn.Sequential:
    """Return the separate downsampling layer between two stages (section 2.6)."""
    norm = make_norm(design, in_dim) if design.downsampling == "separate" else None
    conv, _ = conv_norm(design, in_dim, dim, 2, stride=2, padding=0, normed=False)
    return sequence(norm=norm, conv=conv)


def make_stem(design: Design, in_chans: int) -> nn.Sequential:
    """Return the stem: ResNet's, or one non-overlapping convolution (section 2.2).

    ResNet's has a convolution and a max pool of stride 2 each. For a total stride of 2
    it has no pool, and for 1 the convolution has stride 1, too.
    """
    dim, stride = design.width, design.stem_stride
    if design.stem == "patchify":
        normed = design.downsampling == "separate"
        conv, norm = conv_norm(
            design, in_chans, dim, stride, stride=stride, padding=0, normed=normed
        )
        return sequence(conv=conv, norm=norm)
    conv, norm = conv_norm(design, in_chans, dim, 7, stride=min(stride, 2))
    return sequence(
        conv=conv,
        norm=norm,
        activation=make_activation(design),
        pool=nn.MaxPool2d(3, 2, padding=1) if stride == 4 else None,
    )
