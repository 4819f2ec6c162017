"""A trained run becomes a folder that timm loads, with the same logits."""

import json
import re

import pytest
import timm
import torch
from safetensors.torch import load_file
from timm.data import resolve_data_config

import roadmap.models  # noqa: F401, which registers
from roadmap.data.open import open_images
from roadmap.data.settings import read_settings
from roadmap.network.build import build
from roadmap.network.design import Design, SwinDesign, design_from
from roadmap.network.variants import VARIANTS
from roadmap.runs.assemble import build_model
from roadmap.runs.execute import execute
from roadmap.runs.hub import architecture, save_for_timm
from roadmap.runs.place import Place
from roadmap.studies.plan import plan_run
from roadmap.training.recipe import Recipe
from roadmap.training.setup import Setup

SHORT = ["recipe.epochs=1", "recipe.batch_size=32"]
SHORT += ["data.train_size=64", "data.test_size=32"]


@pytest.mark.parametrize("step", ["separate_downsampling", "swin"])
def test_timm_loads_a_run(step, tmp_path):
    run = plan_run([f"step={step}", *SHORT]).run
    record = execute(run, Place(root=str(tmp_path), setup=Setup()))
    model = build_model(run, Recipe(**run.recipe)).eval()
    folder = tmp_path / "runs" / run.id
    model.load_state_dict(load_file(folder / "weights.safetensors"))
    for named in (run.id, str(folder)):
        save_for_timm(tmp_path, named, tmp_path / "saved")
    loaded = timm.create_model(f"local-dir:{tmp_path}/saved", pretrained=True).eval()
    data = run.data
    images = torch.randn(2, data["in_chans"], data["image_size"], data["image_size"])
    assert torch.equal(loaded(images), model(images))
    opened = open_images(read_settings(data), tmp_path / "data")
    config = resolve_data_config(model=loaded)
    assert config["mean"] == opened.statistics[0].tolist()
    assert tuple(config["input_size"]) == images.shape[1:]
    card = (tmp_path / "saved" / "README.md").read_text()
    assert f"| {record['metrics']['top1']:.2f} % |" in card
    assert f"| seed | {run.seed} |" in card


@pytest.mark.parametrize(
    "design",
    [
        *VARIANTS.values(),
        Design(),
        Design(depths=(1, 2), width=5, stem="patchify", stem_stride=3, kernel_size=9),
        Design(
            layer_scale=0.5, norm="layer_norm", drop_path_rate=0.25, fewer_norms=True
        ),
        SwinDesign(depths=(1, 2), width=12, heads=(2, 4), window_size=4),
    ],
)
def test_any_design_has_a_name_and_arguments(design):
    name, args = architecture(design, 64)
    with torch.device("meta"):
        made = timm.create_model(name, **json.loads(json.dumps(args)))
        shapes = {
            k: v.shape for k, v in build(design, image_size=64).state_dict().items()
        }
    assert {k: v.shape for k, v in made.state_dict().items()} == shapes
    if isinstance(design, Design):
        assert made.design == design == design_from(vars(design))


def test_what_is_no_finished_run_is_one_line(tmp_path):
    with pytest.raises(ValueError, match=re.escape("run=0123: valid: a finished run")):
        save_for_timm(tmp_path, "0123", tmp_path / "saved")
    assert not (tmp_path / "saved").exists()
