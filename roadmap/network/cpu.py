"""A convolution with the numbers of PyTorch's, whose training on CPUs is faster.

oneDNN, which PyTorch uses on CPUs, is slow at the gradients of depthwise convolutions,
at patches that do not overlap, and at 1x1 convolutions of maps of a few pixels. At
other 1x1 convolutions it is fast, but PyTorch does not use it for fewer than 16 images
on one thread. The bounds below were found by measuring; docs/training.md says what they
bring.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import torch
from timm.models import register_notrace_module
from torch import Size, Tensor, nn
from torch.nn.functional import linear
from torch.nn.grad import conv2d_input

_LARGE = 2**14
"""Weights of a 1x1 convolution beyond those of the proxy regime, whose numbers stay."""


@register_notrace_module  # so that timm's and torchvision's graphs have its numbers
class Conv2d(nn.Conv2d):
    """``nn.Conv2d``, computed in another way where that is faster.

    The way depends on the device and the shapes alone. GPUs, autocast, compilation,
    ``torch.export``, ``torch.fx`` and ``torch.jit`` get PyTorch's own convolution.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return the convolution of maps (n, c, h, w)."""
        if not torch.jit.is_scripting():  # noqa: SIM102 (what it does not compile)
            if _eager_on_cpu(x) and _usual(self):
                return _convolve(self, x)
        return self._conv_forward(x, self.weight, self.bias)


def _eager_on_cpu(x: Tensor) -> bool:
    """Return whether this is an ordinary CPU tensor that nothing traces or casts."""
    on_cpu = is_eager(x) and x.device.type == "cpu" and x.dim() == 4
    return on_cpu and not torch.is_autocast_enabled("cpu")


def is_eager(x: Tensor) -> bool:
    """Return whether this is an ordinary tensor, and nothing traces what is done."""
    traced = torch.compiler.is_compiling() or torch.jit.is_tracing()
    return type(x) is Tensor and not traced


def _usual(conv: nn.Conv2d) -> bool:
    """Return whether kernel, stride and padding are square, and padding is zeros."""
    sides: Any = (conv.kernel_size, conv.stride, conv.padding)
    square = all(side[0] == side[1] for side in sides)
    return square and conv.dilation == (1, 1) and conv.padding_mode == "zeros"


def _convolve(conv: nn.Conv2d, x: Tensor) -> Tensor:
    """Return the convolution, in the fastest way known for the shapes."""
    side, stride, padding = conv.kernel_size[0], conv.stride[0], conv.padding[0]
    if side == 1 < stride and not padding and conv.in_channels <= 16:
        # It avoids a fault of torch 2.15: the backward pass of such convolutions
        # overwrites memory with up to 8 channels on large channels-last maps. With more
        # channels it is slower.
        x, stride = x[:, :, ::stride, ::stride], 1
    depthwise = conv.groups == conv.in_channels == conv.out_channels > 1
    if depthwise and side > 3 and padding == side // 2:
        inputs = x.shape[2] * x.shape[3]
        outputs = [-(-pixels // stride) for pixels in x.shape[2:]]
        few = inputs <= 25 or min(outputs) <= padding  # oneDNN is slow at the latter
        if not few or inputs * outputs[0] * outputs[1] <= 64**2:
            return _Depthwise.apply(x, conv.weight, conv.bias, stride, few)
    if conv.groups == 1 and side == stride and not padding:
        if _patches_pay(x, conv.weight):
            return _product_of_patches(x, conv.weight, conv.bias)
        if side == 1 and _rows_pay(x, conv.weight):
            return _convolution_of_rows(x, conv.weight, conv.bias)
    return torch.conv2d(x, conv.weight, conv.bias, stride, padding, 1, conv.groups)


def _patches_pay(x: Tensor, weight: Tensor) -> bool:
    """Return whether a product of channels-last patches is faster than oneDNN."""
    (height, width), side = x.shape[2:], weight.shape[-1]
    large = weight.numel() >= _LARGE
    if side == 1 and large and torch.get_num_threads() > 1:  # oneDNN shares it better
        return False
    bound = (36 if side == 1 and not large else 64) * side**2
    whole = height % side == width % side == 0
    return whole and height * width <= bound and x.stride(1) == 1


def _rows_pay(x: Tensor, weight: Tensor) -> bool:
    """Return whether a 1x1 convolution is faster by rows of channels-last maps."""
    few = 1 < len(x) < 16 and torch.get_num_threads() == 1
    large = weight.numel() >= _LARGE and x.dtype == torch.float32
    return few and large and x.stride(1) == 1


def _convolution_of_rows(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """Return the 1x1 convolution, each row an image: so many PyTorch gives to oneDNN.

    It copies nothing.
    """
    n, c, height, width = x.shape
    rows = x.permute(0, 2, 3, 1).reshape(n * height, 1, width, c).permute(0, 3, 1, 2)
    y = torch.conv2d(rows, weight, bias).permute(0, 2, 3, 1)
    return y.reshape(n, height, width, -1).permute(0, 3, 1, 2)


def _product_of_patches(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """Return the convolution of patches; with 1x1 patches it copies nothing."""
    n, c, height, width = x.shape
    side = weight.shape[-1]
    sizes = n, height // side, side, width // side, side, c
    patches = x.permute(0, 2, 3, 1).reshape(sizes).transpose(2, 3).flatten(3)
    matrix = weight.permute(0, 2, 3, 1).flatten(1)
    return linear(patches, matrix, bias).permute(0, 3, 1, 2)


class _Depthwise(torch.autograd.Function):
    """A depthwise convolution; its gradients have derivatives of any order."""

    generate_vmap_rule = True

    @staticmethod
    def forward(
        x: Tensor, weight: Tensor, bias: Tensor | None, stride: int, few: bool
    ) -> Tensor:
        padding, groups = weight.shape[-1] // 2, len(weight)
        return torch.conv2d(x, weight, bias, stride, padding, 1, groups)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        x, weight, _, *ctx.settings = inputs
        ctx.save_for_backward(x, weight)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        (grad,), (x, weight), (stride, few) = grads, ctx.saved_tensors, ctx.settings
        by_weight = _by_products if few else _by_correlation
        for_x, for_weight, for_bias, *_ = ctx.needs_input_grad
        x_grad = _by_input(grad, x, weight, stride) if for_x else None
        weight_grad = by_weight(grad, x, weight, stride) if for_weight else None
        bias_grad = grad.sum((0, 2, 3)) if for_bias else None
        return x_grad, weight_grad, bias_grad, None, None


def _by_input(grad: Tensor, x: Tensor, weight: Tensor, stride: int) -> Tensor:
    """Return the input's gradient; at stride 1 by the faster forward kernel."""
    padding, groups = weight.shape[-1] // 2, len(weight)
    if stride == 1:
        return torch.conv2d(grad, weight.flip(2, 3), None, 1, padding, 1, groups)
    return conv2d_input(x.shape, weight, grad, stride, padding, 1, groups)


def _by_correlation(grad: Tensor, x: Tensor, weight: Tensor, stride: int) -> Tensor:
    """Return the weight's gradient, from one depthwise convolution.

    Its kernels are the output's gradients, one per image and channel; its outputs are
    the offsets of the weight.
    """
    (n, c), side = x.shape[:2], weight.shape[-1]
    maps = x.contiguous().view(1, n * c, *x.shape[2:])
    kernels = grad.contiguous().view(n * c, 1, *grad.shape[2:])
    offsets = torch.conv2d(maps, kernels, None, 1, side // 2, stride, n * c)
    sums = offsets[:, :, :side, :side].reshape(n, -1).sum(0)
    return sums.view_as(weight)


def _by_products(grad: Tensor, x: Tensor, weight: Tensor, stride: int) -> Tensor:
    """Return the weight's gradient, from the products of all pairs of pixels.

    One matrix product per channel sums over images; then each offset's pairs are added.
    """
    (n, c), side = x.shape[:2], weight.shape[-1]
    outputs = grad.contiguous().view(n, c, -1).permute(1, 2, 0)
    pairs = outputs @ x.contiguous().view(n, c, -1).transpose(0, 1)
    index = _offsets(grad.shape[2:], x.shape[2:], side, stride)
    sums = pairs.new_zeros(c, side**2 + 1).index_add(1, index, pairs.flatten(1))
    return sums[:, :-1].reshape(weight.shape)


@lru_cache
def _offsets(outputs: Size, inputs: Size, side: int, stride: int) -> Tensor:
    """Return the offset of each output and input pixel, int64; ``side**2`` for none."""
    rows, columns = (
        torch.arange(i) - stride * torch.arange(o)[:, None] + side // 2
        for o, i in zip(outputs, inputs, strict=True)
    )
    rows, columns = rows[:, None, :, None], columns[None, :, None, :]
    inside = (rows >= 0) & (rows < side) & (columns >= 0) & (columns < side)
    return torch.where(inside, rows * side + columns, side**2).flatten()
