import pytest
import timm
import torch
from safetensors.torch import save_file
from tiny_sets import TINY

from roadmap.downstream.backbone import STRIDES, Backbone, backbone

SMALL = {"depths": (1, 1, 1, 1), "width": 16}


@pytest.mark.parametrize(
    ("name", "switches", "normed"),
    [
        ("convnext_tiny", TINY, True),
        ("roadmap_convnext_tiny", SMALL, True),
        ("roadmap_resnet50_layer_norm", SMALL, True),
        ("resnet18", {}, False),
        ("roadmap_resnet50_gelu", SMALL, False),
        ("roadmap_resnet50_resnet", {**SMALL, "kernel_size": 5}, False),
        ("swin_tiny_patch4_window7_224", {"depths": (1, 1, 1, 2)}, True),
    ],
)
def test_maps_have_the_channels_and_strides_that_they_should(name, switches, normed):
    body = backbone(name, switches=switches)
    maps = body(torch.randn(1, 3, 64, 96))
    for one, channels, stride in zip(maps, body.channels, STRIDES, strict=True):
        assert one.shape == (1, channels, 64 // stride, 96 // stride)
        if normed:
            assert one.mean(1).abs().max() < 1e-5
            assert (one.var(1, unbiased=False) - 1).abs().max() < 0.1
    sum(one.square().sum() for one in maps).backward()
    assert [n for n, p in body.named_parameters() if p.grad is None] == []


def test_the_weights_come_from_a_classifiers_file(tmp_path):
    classifier = timm.create_model("convnext_tiny", num_classes=7, **TINY)
    save_file(classifier.state_dict(), tmp_path / "tiny.safetensors")
    body = backbone("convnext_tiny", tmp_path / "tiny.safetensors", TINY).eval()
    images = torch.randn(2, 3, 64, 64)
    expected = Backbone(classifier).eval()(images)
    for one, other in zip(body(images), expected, strict=True):
        torch.testing.assert_close(one, other)


def test_weights_of_another_network_are_refused(tmp_path):
    other = timm.create_model("convnext_tiny", **TINY)
    save_file(other.state_dict(), tmp_path / "tiny.safetensors")
    with pytest.raises(ValueError, match="does not fit this network"):
        backbone("resnet18", tmp_path / "tiny.safetensors")


def test_an_unknown_name_is_refused():
    with pytest.raises(ValueError, match=r"^backbone=convnext_tony: did you mean"):
        backbone("convnext_tony")


@pytest.mark.parametrize("name", ["convnext_tiny", "roadmap_convnext_tiny"])
def test_an_unknown_switch_is_refused_in_one_line(name):
    with pytest.raises(ValueError, match="kernel_sise") as error:
        backbone(name, switches={"kernel_sise": 9})
    assert "\n" not in str(error.value)


def test_a_switch_may_be_null():
    switches = {**SMALL, "layer_scale": None}
    body = backbone("roadmap_convnext_tiny", switches=switches)
    assert body.net.design.layer_scale is None


def test_a_network_of_one_map_is_refused():
    with pytest.raises(ValueError, match=r"strides \[4,8,16,32\]"):
        backbone("roadmap_convnext_iso_small", switches={"depths": (1,), "width": 16})
