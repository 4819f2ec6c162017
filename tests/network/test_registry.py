"""timm finds, makes and configures the networks by name."""

import hydra
import pytest
import timm
import torch
from timm.data import resolve_data_config

import roadmap.models  # noqa: F401, which registers
from roadmap.network.path import step_names
from roadmap.network.registry import REGIMES, register
from roadmap.network.steps import load_design
from roadmap.network.variants import VARIANTS


def test_every_step_and_variant_is_registered():
    steps = [step for step in step_names() if step != "swin"]
    expected = {f"roadmap_{regime}_{step}" for regime in REGIMES for step in steps}
    expected |= {f"roadmap_{name}" for name in VARIANTS}
    assert set(timm.list_models("roadmap_*")) == expected


def test_a_step_runs_and_takes_timms_arguments():
    network = timm.create_model(
        "roadmap_resnet50_gelu", num_classes=5, in_chans=1, drop_path_rate=0.1
    )
    assert network.design == load_design("gelu", "resnet50", drop_path_rate=0.1)
    images = torch.zeros(2, 1, 32, 32)
    assert network(images).shape == (2, 5)
    network.reset_classifier(0)
    assert network(images).shape == (2, network.num_features)
    config = resolve_data_config(model=network)
    assert config["input_size"] == (3, 224, 224)
    assert config["crop_pct"] == 0.875


@pytest.mark.parametrize("name", ["convnext_tiny", "convnext_iso_small"])
def test_a_variant_takes_switches(name):
    with torch.device("meta"):
        network = timm.create_model(f"roadmap_{name}", kernel_size=5, layer_scale=0.1)
    assert network.design.kernel_size == 5
    assert network.design.depths == VARIANTS[name].depths
    assert network(torch.zeros(1, 3, 64, 64, device="meta")).shape == (1, 1000)
    assert network.get_classifier() is network.head


def test_what_cannot_be_made_is_refused_in_one_line():
    with pytest.raises(RuntimeError, match="No pretrained weights"):
        timm.create_model("roadmap_convnext_tiny", pretrained=True)
    with pytest.raises(ValueError, match=r"network\.kernel: no such setting"):
        timm.create_model("roadmap_convnext_tiny", kernel=9)


@pytest.mark.filterwarnings("ignore:Overwriting")
def test_registration_composes_no_step(monkeypatch):
    monkeypatch.setattr(hydra, "compose", None)
    register.__wrapped__()
