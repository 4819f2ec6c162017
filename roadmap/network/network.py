"""The one network of the roadmap: stem, stages of blocks and head of a Design.

``roadmap.network.stages`` has the stem and the stages, ``layers`` the block.
"""
# No annotations from __future__: torch.fx hands them to TorchScript, as types.

import re
from collections.abc import Callable
from typing import Any

import torch
from timm.layers import (
    SelectAdaptivePool2d,
    calculate_drop_path_rates,
    trunc_normal_,
)
from timm.models._features import feature_take_indices
from torch import Tensor, nn

from roadmap.base.settings import one_of, refuse
from roadmap.network.cpu import is_eager
from roadmap.network.design import Design, check_ends, check_images, feature_info
from roadmap.network.init import init_weights
from roadmap.network.layers import Block, make_norm
from roadmap.network.stages import Stage, make_stem

POOLS = ("avg", "max", "avgmax", "fast", "")
"""What may pool the last map, by timm's names; ``fast`` is ``avg``."""


class Network(nn.Module):
    """The classifier that a Design describes; one class for the whole roadmap.

    The methods have timm's names, so timm's tools work on it.

    Args:
        design: what to build.
        num_classes: outputs of the head; 0 for none (features come out).
        in_chans: channels of the images.
        global_pool: pooling before the head, one of ``POOLS``; "" for none, which
            takes ``num_classes=0``: maps come out.
        drop_rate: dropout before the head.

    Raises:
        ValueError: one line, for ``num_classes`` below 0 or ``in_chans`` below 1, or
            for another pooling.

    """

    def __init__(
        self,
        design: Design,
        num_classes: int = 1000,
        in_chans: int = 3,
        global_pool: str = "avg",
        drop_rate: float = 0.0,
    ) -> None:
        super().__init__()
        check_ends(num_classes, in_chans)
        self.design = design
        self.stem = make_stem(design, in_chans)
        in_dims = (design.width, *design.dims)
        drop_paths: Any = calculate_drop_path_rates(
            design.drop_path_rate, list(design.depths), stagewise=True
        )
        self.stages = nn.Sequential(
            *(Stage(design, i, in_dims[i], p) for i, p in enumerate(drop_paths))
        )
        self.feature_info = feature_info(design)
        self.num_features = self.head_hidden_size = design.dims[-1]
        self.norm = (
            make_norm(design, self.num_features)
            if design.downsampling == "separate"
            else nn.Identity()
        )
        self.drop = nn.Dropout(drop_rate)
        self.reset_classifier(num_classes, global_pool)
        init_weights(self)  # a run draws again by its recipe: once would change results

    def forward_features(self, x: Tensor) -> Tensor:
        """Return the last stage's (n, dim, h, w) map of images (n, in_chans, h, w)."""
        self._check(x)
        return self.stages(self.stem(x))

    def forward_head(self, x: Tensor, pre_logits: bool = False) -> Tensor:
        """Return the logits (n, num_classes) of a last map, or the pooled features."""
        x = self.drop(self.flatten(self.norm(self.global_pool(x))))
        return x if pre_logits else self.head(x)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits (n, num_classes) of images (n, in_chans, h, w)."""
        return self.forward_head(self.forward_features(x))

    def forward_intermediates(
        self,
        x: Tensor,
        indices: int | list[int] | None = None,
        norm: bool = False,
        stop_early: bool = False,
        output_fmt: str = "NCHW",
        intermediates_only: bool = False,
    ) -> list[Tensor] | tuple[Tensor, list[Tensor]]:
        """Return the last map and the maps that ``feature_info`` describes.

        Args:
            x: images (n, in_chans, h, w).
            indices: which of the maps; an integer for so many last ones, None for all.
            norm: no effect: the only norm outside of the stages follows the pooling.
            stop_early: compute nothing after the last of these maps.
            output_fmt: NCHW.
            intermediates_only: return only the list of maps.

        Raises:
            ValueError: one line, for another ``output_fmt``.

        """
        one_of("output_fmt", output_fmt, ("NCHW",))
        taken, last = feature_take_indices(len(self.feature_info), indices)
        self._check(x)
        x, maps = self.stem(x), []
        for i, info in enumerate(self.feature_info):
            x = self.get_submodule(info["module"])(x)
            if i in taken:
                maps.append(x)
            if stop_early and i == last:
                break
        return maps if intermediates_only else (x, maps)

    def _check(self, x: Tensor) -> None:
        """Check the size of images, unless they are symbols of a tracer."""
        if not torch.jit.is_scripting():  # noqa: SIM102 (what it does not compile)
            if is_eager(x):
                check_images(self.design, x.shape, self.training)

    def prune_intermediate_layers(
        self,
        indices: int | list[int] = 1,
        prune_norm: bool = False,
        prune_head: bool = True,
    ) -> list[int]:
        """Remove what these maps of ``forward_intermediates`` do not need.

        Return their indices, from the beginning. Where the last stage goes, norm and
        head go, too.
        """
        taken, last = feature_take_indices(len(self.feature_info), indices)
        shorter = last + 1 < len(self.feature_info)
        self.feature_info = self.feature_info[: last + 1]
        self.num_features = self.head_hidden_size = self.feature_info[-1]["num_chs"]
        if len(self.design.depths) == 1:
            stage: Any = self.stages[0]
            stage.blocks = stage.blocks[: last + 1]
        else:
            self.stages = self.stages[: last + 1]
        if shorter or prune_norm:
            self.norm = nn.Identity()
        if shorter or prune_head:
            self.reset_classifier(0, "")
        return taken

    @torch.jit.ignore
    def set_grad_checkpointing(self, enable: bool = True) -> None:
        """Compute the inside of blocks again in the backward pass, to save memory.

        Gradients stay the same. A BatchNorm's running statistics take each batch twice.
        """
        for module in self.modules():
            if isinstance(module, Block):
                module.grad_checkpointing = enable

    @torch.jit.ignore
    def no_weight_decay(self) -> set[str]:
        """Return the parameters that timm shall not decay, beside biases and norms."""
        return {name for name, _ in self.named_parameters() if name.endswith(".gamma")}

    @torch.jit.ignore
    def group_matcher(self, coarse: bool = False) -> Callable[[str], tuple[int, ...]]:
        """Return a function from a parameter's name to its layer, as sortable numbers.

        For timm's layer-wise decay. Each three successive blocks of a stage are one
        layer, with the downsampling before them (appendix A.2); with ``coarse`` a stage
        is one layer.
        """

        def layer(name: str) -> tuple[int, ...]:
            if name.startswith("stem."):
                return (0,)
            found = re.match(r"stages\.(\d+)\.(?:blocks\.(\d+))?", name)
            if not found:
                return (2,)  # norm and head
            block = int(found.group(2) or 0)
            return (1, int(found.group(1)), 0 if coarse else block // 3)

        return layer

    @torch.jit.ignore
    def get_classifier(self) -> nn.Module:
        """Return the head."""
        return self.head

    def reset_classifier(
        self, num_classes: int, global_pool: str | None = None
    ) -> None:
        """Replace the head by a new one of ``num_classes`` outputs.

        Args:
            num_classes: outputs of the head; 0 for none.
            global_pool: pooling before it, one of ``POOLS``; None leaves it.

        Raises:
            ValueError: one line, for sizes or poolings that are not valid.

        """
        check_ends(num_classes)
        if global_pool is not None:
            self.global_pool, self.flatten = _pool(global_pool)
        if num_classes and not self.global_pool.pool_type:
            raise refuse("num_classes", num_classes, "0 where global_pool is ''")
        self.num_classes = num_classes
        head = _head(self.num_features, num_classes).to(next(self.stem.parameters()))
        self.head = head.train(self.training)


def _pool(kind: str) -> tuple[nn.Module, nn.Module]:
    """Return the pooling of a map to one pixel, and what makes a vector of that."""
    if kind not in POOLS:
        raise refuse("global_pool", kind, "avg, max, avgmax, fast or '' (none)", POOLS)
    if not kind:
        return SelectAdaptivePool2d(pool_type=""), nn.Identity()
    # timm's fast ones: its others are as fast, and give another memory format.
    name = f"fast{kind.removeprefix('fast')}"
    return SelectAdaptivePool2d(pool_type=name), nn.Flatten(1)


def _head(dim: int, num_classes: int) -> nn.Module:
    """Return the linear classifier with new weights; the identity for 0 classes."""
    if num_classes == 0:
        return nn.Identity()
    head = nn.Linear(dim, num_classes)
    trunc_normal_(head.weight, std=0.02)
    nn.init.zeros_(head.bias)
    return head
