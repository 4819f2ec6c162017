"""Converted weights give the logits of the network that they come from."""

from dataclasses import replace

import pytest
import timm
import torch
from torchvision.models import resnet50

from roadmap.network.network import Network
from roadmap.network.steps import load_design
from roadmap.network.variants import VARIANTS
from roadmap.network.weights import convert

TINY = VARIANTS["convnext_tiny"]


def meta(build, *args, **kwargs):
    with torch.device("meta"):
        return build(*args, **kwargs).double().eval()


@torch.no_grad()
def assert_same_logits(theirs, design, image_size):
    """Give ``theirs`` weights with no trivial norm, scale or statistic, and compare."""
    torch.manual_seed(0)
    theirs.to_empty(device="cpu")
    for tensor in theirs.state_dict().values():
        low, high = (0.5, 1.5) if tensor.ndim == 1 else (-0.05, 0.05)
        tensor.copy_(torch.empty(tensor.shape).uniform_(low, high))
    network = meta(Network, design, num_classes=10)
    network.load_state_dict(convert(theirs.state_dict(), design), assign=True)
    images = torch.randn(2, 3, image_size, image_size, dtype=torch.float64)
    expected = theirs(images)
    assert expected.std() > 1e-3
    torch.testing.assert_close(network(images), expected, rtol=1e-6, atol=1e-6)


def test_torchvision_resnet50():
    theirs = meta(resnet50, num_classes=10)
    assert_same_logits(theirs, load_design("resnet", "resnet50"), 64)


@pytest.mark.parametrize(
    ("name", "variant", "image_size", "conv_mlp"),
    [
        ("convnext_tiny", "convnext_tiny", 64, False),
        ("convnext_tiny", "convnext_tiny", 32, True),
    ],
)
def test_timm_convnext(name, variant, image_size, conv_mlp):
    theirs = meta(timm.create_model, name, num_classes=10, conv_mlp=conv_mlp)
    assert_same_logits(theirs, VARIANTS[variant], image_size)


def meta_state(name, **kwargs):
    return meta(timm.create_model, name, **kwargs).state_dict()


def test_classes_and_channels_may_differ():
    found = convert(meta_state("convnext_tiny", num_classes=0, in_chans=1), TINY)
    assert found["stem.conv.weight"].shape == (96, 1, 4, 4)
    assert "head.weight" not in found


@pytest.mark.parametrize(
    ("design", "word"),
    [
        (replace(TINY, width=64), "stem.0.weight has the shape"),
        (replace(TINY, depths=(3, 3, 8, 3)), "stages.2.blocks.8.*no place"),
        (replace(TINY, depths=(3, 3, 9, 4)), "nothing .* stages.3.blocks.3"),
        (replace(TINY, layer_scale=None), "gamma has no place"),
        (replace(TINY, kernel_size=9), "conv_dw.weight has the shape"),
        (load_design("resnet", "resnet50"), "stem.0.weight has the shape"),
    ],
)
def test_weights_that_do_not_fit_are_refused(design, word):
    with pytest.raises(ValueError, match=word) as refused:
        convert(meta_state("convnext_tiny"), design)
    assert "\n" not in str(refused.value)


def test_weights_of_neither_kind_are_refused():
    with pytest.raises(ValueError, match="neither"):
        convert({"weight": torch.zeros(1)}, TINY)
