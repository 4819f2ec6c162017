"""The CPU's convolution has the numbers of PyTorch's, and gives way to it elsewhere."""

import copy
import subprocess
import sys

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from roadmap.network.build import build
from roadmap.network.cpu import _LARGE, Conv2d

FORMATS = [torch.contiguous_format, torch.channels_last]


@st.composite
def convolutions(draw):
    """Return a convolution of float64 and a batch of maps that it takes."""
    kind = draw(st.sampled_from(["depthwise", "pointwise", "patches", "dense"]))
    width, side = draw(st.integers(1, 5)), draw(st.sampled_from([3, 5, 7, 9, 11]))
    stride, bias = draw(st.integers(1, 3)), draw(st.booleans())
    torch.manual_seed(draw(st.integers(0, 99)))
    if kind == "depthwise":
        conv = Conv2d(width, width, side, stride, side // 2, groups=width, bias=bias)
    elif kind == "pointwise":
        conv = Conv2d(width, draw(st.integers(1, 5)), 1, stride, bias=bias)
    elif kind == "patches":
        conv = Conv2d(width, draw(st.integers(1, 5)), stride, stride, bias=bias)
    else:
        conv = Conv2d(width, 2, 3, stride, draw(st.integers(0, 1)), bias=bias)
    sizes = draw(st.integers(1, 4)), width, *(draw(st.integers(3, 19)) for _ in "hw")
    x = torch.randn(sizes, dtype=torch.float64)
    return conv.double(), x.contiguous(memory_format=draw(st.sampled_from(FORMATS)))


def plain(conv):
    """Return PyTorch's convolution of the same parameters."""
    other = copy.deepcopy(conv)
    other.__class__ = nn.Conv2d
    return other


def gradients(conv, x, toward):
    x = x.detach().requires_grad_()
    y = conv(x)
    return [y, *torch.autograd.grad(y, [x, *conv.parameters()], toward)]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(case=convolutions())
def test_output_and_gradients_are_pytorchs(case):
    conv, x = case
    toward = torch.randn_like(plain(conv)(x))
    pairs = zip(
        gradients(conv, x, toward), gradients(plain(conv), x, toward), strict=True
    )
    for ours, theirs in pairs:
        torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("memory_format", FORMATS)
@pytest.mark.parametrize("count", [1, 3, 16])
@pytest.mark.parametrize("map_side", [7, 14])
def test_wide_pointwise_convolutions_equal_pytorchs(map_side, count, memory_format):
    torch.manual_seed(0)
    conv = Conv2d(128, 256, 1)
    x = torch.randn(count, 128, map_side, map_side)
    x = x.contiguous(memory_format=memory_format)
    toward = torch.randn(count, 256, map_side, map_side)
    exact = gradients(plain(conv.double()), x.double(), toward.double())
    found = gradients(conv.float(), x, toward)
    assert found[0].is_contiguous(memory_format=memory_format)
    for ours, theirs in zip(found, exact, strict=True):
        torch.testing.assert_close(ours.double(), theirs, rtol=1e-4, atol=1e-3)


def test_at_proxy_size_no_number_is_of_the_way_for_wide_convolutions(design_of):
    steps = [
        "resnet",
        "increase_width",
        "inverting_dimensions",
        "separate_downsampling",
    ]
    for step in steps:
        for module in build(design_of(step, "proxy"), 10, 3, 48).modules():
            if isinstance(module, Conv2d) and module.kernel_size == module.stride:
                assert module.weight.numel() < _LARGE


@pytest.mark.parametrize("memory_format", FORMATS)
@pytest.mark.parametrize(
    ("sizes", "map_side"),
    [
        ((2, 2, 5, 1, 2, 1, 2), 4),
        ((2, 2, 5, 1, 2, 1, 2), 6),
        ((2, 2, 5, 2, 2, 1, 2), 6),
        ((2, 3, 2, 2), 4),
        ((2, 3, 1, 2), 4),
    ],
)
def test_first_and_second_derivatives(sizes, map_side, memory_format):
    torch.manual_seed(0)
    conv = Conv2d(*sizes).double()
    x = torch.randn(2, 2, map_side, map_side, dtype=torch.float64)
    x = x.contiguous(memory_format=memory_format).requires_grad_()
    names, values = zip(*conv.named_parameters(), strict=True)

    def call(x, *values):
        return torch.func.functional_call(
            conv, dict(zip(names, values, strict=True)), (x,)
        )

    assert torch.autograd.gradcheck(call, (x, *values))
    assert torch.autograd.gradgradcheck(call, (x, *values))


@pytest.mark.parametrize("map_side", [4, 16])
def test_per_sample_gradients(map_side):
    conv = Conv2d(3, 3, 7, padding=3, groups=3).double()
    x = torch.randn(5, 3, map_side, map_side, dtype=torch.float64)

    def loss(weight, x):
        weights = {"weight": weight, "bias": conv.bias}
        return torch.func.functional_call(conv, weights, (x[None],)).square().sum()

    each = torch.func.vmap(torch.func.grad(loss), (None, 0))(conv.weight, x)
    (whole,) = torch.autograd.grad(conv(x).square().sum(), conv.weight)
    torch.testing.assert_close(each.sum(0), whole)


@pytest.mark.parametrize("step", ["depthwise_conv", "separate_downsampling"])
def test_traced_networks_have_pytorchs_convolutions_only(step, design_of):
    network = build(design_of(step, "proxy"), 3, 1, 32)
    count = sum(isinstance(m, nn.Conv2d) for m in network.modules())
    images = (torch.randn(2, 1, 32, 32),)
    exported = torch.export.export(network, images).graph
    symbolic = torch.fx.symbolic_trace(network).graph
    for graph in (exported, symbolic):
        called = [n for n in graph.nodes if n.op == "call_function"]
        found = [n for n in called if str(n.target).startswith("aten.conv2d")]
        found += [n for n in called if n.target is torch.conv2d]
        assert len(found) == count
    kinds = [
        node.kind() for node in torch.jit.trace(network, images).inlined_graph.nodes()
    ]
    assert kinds.count("aten::_convolution") == count
    scripted = torch.jit.script(network.stages[0].blocks[0].branch.spatial)
    assert "conv2d" in scripted.inlined_graph.str()


def test_autocast_gets_pytorchs_convolution():
    conv, x = Conv2d(2, 2, 7, padding=3, groups=2), torch.randn(1, 2, 8, 8)
    with torch.autocast("cpu", torch.bfloat16):
        y = conv(x)
    assert y.dtype == torch.bfloat16
    assert type(y.grad_fn).__name__ == "ConvolutionBackward0"


CRASH = """
import torch
from roadmap.network.build import build
from roadmap.network.design import Design

torch.set_num_threads(1)
network = build(Design(depths=(1, 1), width=2), 10, 3, 256)
conv = network.stages[1].blocks[0].shortcut.conv
assert conv.in_channels == 8 and conv.stride == (2, 2)
if {plain}:
    conv.__class__ = torch.nn.Conv2d
conv.to(memory_format=torch.channels_last)
for _ in range(300):
    x = torch.randn(8, 8, 64, 64).contiguous(memory_format=torch.channels_last)
    conv(x.requires_grad_()).square().mean().backward()
"""


def test_shortcuts_do_not_meet_torchs_memory_fault():
    # With torch 2.15, the same loop of a plain nn.Conv2d ends by a signal.
    command = [sys.executable, "-c", CRASH.format(plain=False)]
    assert subprocess.run(command, check=False).returncode == 0
