"""Any design builds and trains or is refused; one rule of biases and of weights."""

from itertools import pairwise
from typing import get_args

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from roadmap.network.build import build
from roadmap.network.design import (
    Activation,
    Design,
    Downsampling,
    Norm,
    Stem,
    design_from,
)
from roadmap.network.init import init_weights
from roadmap.network.network import Network
from roadmap.network.steps import step_names

DESIGN_STEPS = [step for step in step_names() if step != "swin"]
SWITCHES = st.fixed_dictionaries(
    {
        "depths": st.lists(st.integers(1, 2), min_size=1, max_size=4),
        "width": st.integers(2, 4),
        "stem": st.sampled_from(get_args(Stem)),
        "stem_stride": st.sampled_from([1, 2, 3, 4]),
        "depthwise": st.booleans(),
        "inverted_bottleneck": st.booleans(),
        "spatial_first": st.booleans(),
        "kernel_size": st.sampled_from([1, 2, 3, 5, 7]),
        "activation": st.sampled_from(get_args(Activation)),
        "fewer_activations": st.booleans(),
        "norm": st.sampled_from(get_args(Norm)),
        "fewer_norms": st.booleans(),
        "downsampling": st.sampled_from(get_args(Downsampling)),
        "layer_scale": st.sampled_from([None, 1e-6, 1.0]),
        "drop_path_rate": st.sampled_from([0.0, 0.5]),
    }
)


def assert_trains(network, image_size, in_chans=1):
    logits = network(torch.randn(2, in_chans, image_size, image_size))
    assert logits.shape == (2, 3)
    nn.functional.cross_entropy(logits, torch.tensor([0, 2])).backward()
    gradients = {name: p.grad for name, p in network.named_parameters()}
    assert [
        n for n, g in gradients.items() if g is None or not g.isfinite().all()
    ] == []
    assert any(g.any() for g in gradients.values())


@settings(max_examples=120, deadline=None, derandomize=True)
@given(switches=SWITCHES)
def test_any_switches_train_or_are_refused(switches):
    try:
        design = design_from(switches)
    except ValueError as refused:
        message = str(refused)
        assert "\n" not in message
        named = {name for name in switches if f"network.{name}=" in message}
        assert named in ({"kernel_size"}, {"stem", "stem_stride"})
        assert switches["kernel_size"] % 2 == 0 or switches["stem_stride"] == 3
        return
    torch.manual_seed(0)
    assert_trains(build(design, num_classes=3, in_chans=1, image_size=32), 32)


@pytest.mark.parametrize("image_size", [28, 32])
@pytest.mark.parametrize("step", step_names())
def test_steps_train_at_proxy_size(step, image_size, design_of):
    torch.manual_seed(0)
    assert_trains(build(design_of(step, "proxy"), 3, 1, image_size), image_size)


@pytest.mark.parametrize("step", DESIGN_STEPS)
def test_a_convolution_has_a_bias_unless_batch_norm_follows(step, network_of):
    for group in network_of(step).modules():
        if not isinstance(group, nn.Sequential):
            continue
        for layer, after in pairwise([*group, nn.Identity()]):
            if isinstance(layer, nn.Conv2d):
                normed = isinstance(after, nn.BatchNorm2d)
                assert (layer.bias is None) == normed


@pytest.mark.parametrize("step", DESIGN_STEPS)
def test_weights_are_drawn_by_one_rule(step, network_of):
    for layer in network_of(step).modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            if layer.weight.numel() > 2000:
                assert layer.weight.std().item() == pytest.approx(0.02, rel=0.1)
            assert layer.bias is None or not layer.bias.any()


@pytest.mark.parametrize(
    ("scheme", "variance"),
    [("kaiming_normal", 2 / (64 * 9)), ("lecun_normal", 1 / (32 * 9))],
)
def test_other_rules_draw_by_fan_out_and_fan_in(scheme, variance):
    network = Network(Design(depths=(1, 1), width=32))
    conv = nn.Conv2d(32, 64, 3)
    network.stem.add_module("conv", conv)
    torch.manual_seed(0)
    init_weights(network, scheme)
    assert conv.weight.std().item() == pytest.approx(variance**0.5, rel=0.05)


@pytest.mark.parametrize("step", ["resnet", "separate_downsampling", "swin"])
def test_one_seed_gives_one_network(step, design_of):
    drawn = []
    for _ in range(2):
        torch.manual_seed(7)
        drawn.append(build(design_of(step, "proxy"), 3, 1, 32).state_dict())
    assert all(torch.equal(drawn[0][name], drawn[1][name]) for name in drawn[0])


def test_images_that_the_strides_use_up_are_refused(design_of):
    with pytest.raises(ValueError, match=r"network\.stem_stride=4.* 32 pixels"):
        build(design_of("separate_downsampling", "resnet50"), image_size=28)
