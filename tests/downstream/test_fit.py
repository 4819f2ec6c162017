import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny_sets import TINY, detection, segmentation
from torch import nn

from roadmap.downstream.backbone import backbone
from roadmap.downstream.fit import fit, lr_factor, param_groups
from roadmap.downstream.segmentation import UPerNet


def rates(name, switches, decay=0.5):
    """Return the learning rate of each parameter of a UPerNet, by name."""
    body = backbone(name, switches=switches)
    network = UPerNet(body, 3, dim=8)
    task = segmentation(lr=1.0, layer_decay=decay)
    names = {parameter: n for n, parameter in network.named_parameters()}
    found = {}
    for group in param_groups(network, body, task):
        for parameter in group["params"]:
            assert names[parameter] not in found
            found[names[parameter]] = group["lr"]
            exempt = parameter.ndim <= 1 or "bias" in names[parameter]
            assert (group["weight_decay"] == 0) == exempt, names[parameter]
    assert found.keys() == set(names.values())
    return found


def test_rates_fall_by_layers_of_three_blocks_as_the_released_code():
    # Its six layers of ConvNeXt-T under the heads: stages 1, 2, 3 (three) and 4.
    switches = {"depths": (3, 3, 9, 3), "width": 8, "layer_scale": None}
    found = rates("roadmap_convnext_tiny", switches)
    layers = {
        "head.classify.1.weight": 0,
        "backbone.norms.0.weight": 0,
        "backbone.net.stages.3.blocks.2.branch.spatial.weight": 1,
        "backbone.net.stages.3.downsample.conv.weight": 1,
        "backbone.net.stages.2.blocks.8.branch.spatial.weight": 2,
        "backbone.net.stages.2.blocks.3.branch.spatial.weight": 3,
        "backbone.net.stages.2.blocks.2.branch.spatial.weight": 4,
        "backbone.net.stages.2.downsample.conv.weight": 4,
        "backbone.net.stages.1.blocks.0.branch.spatial.weight": 5,
        "backbone.net.stages.0.blocks.2.branch.spatial.weight": 6,
        "backbone.net.stem.conv.weight": 7,
    }
    assert {name: found[name] for name in layers} == {
        name: 0.5**below for name, below in layers.items()
    }


@pytest.mark.parametrize(
    ("name", "switches"),
    [
        ("resnet18", {}),
        ("convnext_tiny", TINY),
        ("swin_tiny_patch4_window7_224", {"depths": (1, 1, 1, 1)}),
    ],
)
def test_every_parameter_of_any_backbone_has_one_rate(name, switches):
    found = rates(name, switches)
    assert len(set(found.values())) >= 5
    assert set(rates(name, switches, decay=1.0).values()) == {1.0}


@given(st.integers(1, 400), st.integers(0, 400), st.sampled_from([0, 1]))
def test_the_rate_is_positive_and_at_most_its_highest(steps, warmup, which):
    make = (detection, segmentation)[which]
    task = make(steps=steps, warmup_steps=warmup)
    found = [lr_factor(task, step) for step in range(steps)]
    assert all(0 < one <= 1 for one in found)
    after = found[warmup:]
    assert after == sorted(after, reverse=True)


def test_the_papers_schedules():
    task = detection(steps=36_000, warmup_steps=500)
    at = [0, 249, 499, 26_999, 27_000, 32_999, 33_000, 35_999]
    expected = [0.002, 0.5, 1, 1, 0.1, 0.1, 0.01, 0.01]
    assert [lr_factor(task, step) for step in at] == pytest.approx(expected)
    task = segmentation(steps=160_000, warmup_steps=1500)
    at = [1499, 40_000, 80_000, 120_000]
    expected = [1 - 1499 / 160_000, 0.75, 0.5, 0.25]
    assert [lr_factor(task, step) for step in at] == pytest.approx(expected)


class Diverges(nn.Module):
    """Loses infinitely much."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))

    def forward(self, images, targets):
        return {"loss": (self.weight * math.inf).sum()}


def test_a_loss_that_is_not_finite_stops_the_training():
    network = Diverges()
    groups = [{"params": network.parameters()}]
    batches = [(torch.zeros(1), torch.zeros(1))]
    with pytest.raises(ValueError, match=r"step 1: the loss is inf; lower task\.lr"):
        fit(network, groups, batches, segmentation(), torch.device("cpu"))
