"""Which parameters cannot learn, as docs/switches.md says: a later BatchNorm subtracts
what they add."""

import re

import pytest
import torch
from torch import nn

from roadmap.network.build import build
from roadmap.network.path import step_names

DEAD = {
    "patchify_stem": {"stem.conv.bias"},
    "depthwise_conv": {"stem.conv.bias"},
    "increase_width": {"stem.conv.bias"},
    "fewer_activations": {"stages.#.blocks.#.branch.spatial_norm.bias"},
}


@pytest.mark.parametrize("step", [one for one in step_names() if one != "swin"])
def test_parameters_without_a_gradient(step, design_of):
    torch.manual_seed(0)
    network = build(design_of(step, "proxy"), 3, 1, 32).double().train()
    for weight in network.parameters():
        low, high = (0.5, 1.5) if weight.ndim == 1 else (-0.5, 0.5)
        nn.init.uniform_(weight, low, high)
    logits = network(torch.randn(6, 1, 32, 32, dtype=torch.float64))
    nn.functional.cross_entropy(logits, torch.arange(6) % 3).backward()
    largest = {k: p.grad.abs().max() for k, p in network.named_parameters()}
    least = 1e-12 * max(largest.values())
    dead = {re.sub(r"\d+", "#", k) for k, found in largest.items() if found < least}
    assert dead == DEAD.get(step, set())
