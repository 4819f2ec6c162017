"""From the words of a command to a place, and on to other processes."""

import json
import re
from dataclasses import asdict, replace

import pytest

from roadmap.base import config, machine
from roadmap.runs.place import Place, place_from, place_of
from roadmap.training.setup import Setup


def place(*words, **more):
    return place_of(config.compose("train", ["step=gelu", *words]), **more)


@pytest.mark.parametrize(
    ("word", "valid"),
    [
        ("threads=0", "an integer >= 1"),
        ("num_workers=-1", "null or an integer >= 0"),
        ("num_workers=x", "null or an integer >= 0"),
        ("device_batch=0", "null or an integer >= 1"),
        ("compile=maybe", "true, false"),
        ("checkpoint_seconds=-1", "a number >= 0"),
        ("device=tpu", "auto, cpu, cuda"),
    ],
)
def test_a_wrong_word_is_one_line(word, valid):
    line = f"^{re.escape(word)}: valid: {valid}$"
    with pytest.raises(ValueError, match=line):
        place(word)


@pytest.mark.parametrize("name", ["folder", "imagenet", "imagenette"])
def test_folders_of_images_need_a_root(name):
    with pytest.raises(ValueError, match=r"^data.root is missing: .* imagen|folder"):
        place(f"data={name}")


def test_paths_are_absolute_for_processes_in_other_folders(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = place("data=imagenet", "data.root=x", "recipe.weights=y", "root=z")
    assert found.root == str(tmp_path / "z")
    assert found.setup.data_root == str(tmp_path / "x")
    assert found.setup.weights == str(tmp_path / "y")


@pytest.mark.parametrize(
    ("device", "launcher", "loaders"),
    [
        ("cpu", {"workers": 1}, 0),  # the run decodes by itself
        ("cuda", {"workers": 2}, 4),  # the cores are shared out
        ("cuda", {"workers": 99}, 1),
        ("auto", {"elsewhere": True, "cpus_per_run": 8}, 7),
        ("auto", {"elsewhere": True}, 0),
    ],
)
def test_loaders_follow_from_the_machine(device, launcher, loaders, monkeypatch):
    monkeypatch.setattr(machine, "cores", lambda: 8)
    monkeypatch.setattr(machine, "gpus", lambda: 2)
    found = place(f"device={device}", **launcher)
    assert found.setup.num_workers == loaders
    assert place(f"device={device}", "num_workers=3").setup.num_workers == 3


def test_a_place_is_the_same_after_its_way_as_json():
    sent = place("tracker=wandb", "device_batch=8")
    assert place_from(json.loads(json.dumps(asdict(sent)))) == sent
    assert replace(sent, step="gelu").setup == sent.setup
    assert Place(root="x").setup == Setup()
