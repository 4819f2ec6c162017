"""python -m roadmap.downstream: what it writes, prints and refuses."""

import json
import re
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from tiny_sets import SIDE

from roadmap.downstream import __main__ as door
from roadmap.downstream import cost
from roadmap.downstream.backbone import backbone
from roadmap.downstream.segmentation import UPerNet

PAGE = Path(__file__).parents[2] / "docs" / "elsewhere.md"
TINY = "switches={depths:[1,1,1,1],width:16,layer_scale:null}"
QUICK = ["task.steps=2", "task.batch_size=2", "task.dim=8", "device=cpu"]
SEGMENTATION = ["task=segmentation", f"task.crop={SIDE}", "task.val=training"]
SEGMENTATION += ["task.num_classes=3", *QUICK, TINY]
DETECTION = [f"task.sizes=[{SIDE}]", "task.max_size=64", "task.sampled_boxes=4"]
DETECTION += ["task.train=train", "task.val=train", *QUICK, TINY]


@pytest.fixture
def command(monkeypatch, tmp_path, capsys):
    """Return the command: words in, exit status and output out."""

    def run(*words):
        out = f"out={tmp_path / 'out'}"
        monkeypatch.setattr(sys, "argv", ["roadmap.downstream", *words, out])
        with pytest.raises(SystemExit) as stop:
            door.main()
        said = capsys.readouterr()
        return stop.value.code, said.out + said.err

    return run


def test_segmentation_writes_weights_and_result_the_same_twice(
    command, ade_folder, tmp_path
):
    words = [*SEGMENTATION, f"folder={ade_folder}"]
    results = []
    for seed in (0, 0, 1):
        status, said = command(*words, f"seed={seed}")
        assert status == 0, said
        assert re.search(r"^miou \d+\.\d$", said, re.M)
        results.append(json.loads((tmp_path / "out" / "result.json").read_text()))
    first, second, other = results
    assert first["losses"] == second["losses"] != other["losses"]
    assert first["metrics"] == second["metrics"]
    assert first["settings"]["task"]["dim"] == 8
    switches = {"depths": (1, 1, 1, 1), "width": 16, "layer_scale": None}
    network = UPerNet(backbone("roadmap_convnext_tiny", switches=switches), 3, dim=8)
    network.load_state_dict(load_file(tmp_path / "out" / "weights.safetensors"))


@pytest.mark.slow
def test_detection_prints_both_average_precisions(command, coco_folder):
    status, said = command(*DETECTION, f"folder={coco_folder}")
    assert status == 0, said
    assert re.search(r"^box_ap \d+\.\d$", said, re.M)
    assert re.search(r"^mask_ap75 \d+\.\d$", said, re.M)


def test_count_prints_the_papers_gflops_beside_ours(command, monkeypatch):
    rows = [row for row in cost.paper_rows(3) if row["method"] == "Mask R-CNN"]
    monkeypatch.setattr(cost, "paper_rows", lambda number: rows)
    status, said = command("count=true")
    assert status == 0, said
    assert re.search(r"ConvNeXt-T │\s+262 │\s+262 │\s+-0.0 %", said)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["folder=/nowhere"], "folder=/nowhere: valid: a folder with train2017/ and"),
        ([], "folder=null: valid: a path"),
        (["task=detektion"], "task=detektion: no such task; did you mean detection?"),
        (["task.layer_decay=2"], "task.layer_decay=2: valid: a number from 0 to 1"),
        (["task.crop=512"], "task.crop: no such setting"),
        (["device=gpu"], "device=gpu: did you mean cpu? valid: auto, cpu"),
        (["count=maybe"], "count=maybe: valid: true, false"),
        (["backbone=convnext_tini"], "backbone=convnext_tini: did you mean"),
        (["weights=/nowhere.pth"], "recipe.weights=/nowhere.pth: cannot be read"),
    ],
)
def test_wrong_words_are_refused_in_one_line(words, line, command):
    known = [] if not words or "folder" in words[0] else ["folder=/nowhere"]
    status, said = command(*words, *known)
    assert (status, said.count("\n")) == (2, 1), said
    assert said.startswith(f"error: {line}")


def test_the_examples_of_the_page_run():
    (section,) = re.findall(
        r"^## Detection and segmentation\n(.*?)(?=^## |\Z)",
        PAGE.read_text(),
        re.M | re.S,
    )
    names = {}
    torch.manual_seed(0)
    for block in re.findall(r"^```python\n(.*?)^```", section, re.M | re.S):
        exec(block, names)
    assert names["losses"].keys() == {"loss", "auxiliary"}
    assert names["scores"].shape == (2, 150, 128, 128)
    assert [map.shape[1] for map in names["maps"]] == [96, 192, 384, 768]
