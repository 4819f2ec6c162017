"""Image folders of odd layouts and odd files; the preflight as a command."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from commands import run
from PIL import Image

from roadmap import data
from roadmap.data import Augmentation, DataError, images, timm_sets
from roadmap.data.__main__ import main
from roadmap.data.folders import read_folder

CLASSES = {"imagenet": 3, "imagenette": 10, "folder": None}
GREY = Image.new("RGB", (12, 10), (90, 90, 90))


def fill(folder, classes=3, each=4):
    for label in range(classes):
        (folder / f"class_{label}").mkdir(parents=True)
        for number in range(each):
            GREY.save(folder / f"class_{label}" / f"{number}.jpg")
    return folder


@pytest.fixture
def settings_of(config):
    whole = config("imagenet") | config("folder")

    def settings(**changes):
        return {k: v for k, v in whole.items() if k != "defaults"} | changes

    return settings


def test_flat_classes_divide_into_three(settings_of, tmp_path):
    root = str(fill(tmp_path, each=100))
    tested = read_folder(settings_of(), root)
    held = read_folder(settings_of(evaluate_on="validation"), root)
    assert 45 <= len(tested.evaluation) <= 75
    assert 10 <= len(held.evaluation) <= 40
    assert {*held.train} | {*held.evaluation} == {*tested.train}
    assert not {*held.train} & {*held.evaluation}


def test_what_is_held_out_does_not_depend_on_the_other_files(settings_of, tmp_path):
    held = []
    for each in (30, 50):
        root = fill(tmp_path / f"of_{each}", each=each)
        found = read_folder(settings_of(), str(root))
        held.append({item.path.relative_to(root) for item in found.evaluation})
    assert held[0] == {path for path in held[1] if int(path.stem) < 30}


@pytest.mark.parametrize(
    ("name", "layout", "changes", "line"),
    [
        ("imagenet", None, {}, "no such folder"),
        ("imagenet", "flat", {}, "no train and val folders in it"),
        (
            "imagenet",
            "split",
            {"num_classes": 7},
            "data.num_classes=7: 3 class folders",
        ),
        ("imagenette", "flat", {}, "none of imagenette2, "),
        ("folder", None, {}, "no such folder"),
        ("folder", "empty", {}, "no class folders in it"),
        ("folder", "few", {}, "no image is left for evaluation"),
        ("folder", "split", {"num_classes": 7}, "num_classes=7: 3 class folders"),
        ("folder", "split", {"train_size": 99}, "data.train_size=99: valid: null or"),
    ],
)
def test_a_wrong_root_is_refused_at_plan_time(
    name, layout, changes, line, settings_of, tmp_path
):
    root = tmp_path / "data"
    if layout == "split":
        fill(root / "train")
        fill(root / "val")
    elif layout:
        root.mkdir()
        fill(root, *{"flat": (3, 4), "empty": (0, 0), "few": (1, 1)}[layout])
    asked = settings_of(name=name, num_classes=CLASSES[name]) | changes
    with pytest.raises(ValueError, match=line) as refused:
        data.resolve(asked, str(root))
    assert "\n" not in str(refused.value)


def test_imagenet_is_planned_without_its_root(settings_of):
    asked = settings_of(name="imagenet", num_classes=1000)
    assert data.resolve(asked, None) == asked


@pytest.mark.parametrize("kind", ["16 bits", "moving", "palette", "grey", "alpha"])
def test_odd_files_are_read_as_others(kind, tmp_path):
    file = tmp_path / "odd.png"
    if kind == "16 bits":
        Image.fromarray(np.full((10, 12), 90 * 257, np.uint16)).save(file)
    elif kind == "moving":
        other = Image.new("RGB", (12, 10), (200, 0, 0))
        GREY.save(file, "gif", save_all=True, append_images=[other])
    else:
        made = {"palette": GREY.quantize(), "grey": GREY.convert("L")}
        made["alpha"] = GREY.convert("RGBA")
        made[kind].save(file)
    read = images.read_image(file)
    assert read.dtype == torch.uint8
    assert read.shape == (3, 10, 12)
    assert (read.float() - 90).abs().max() <= 1


@pytest.mark.parametrize("size", [(1, 1), (2, 1), (1, 90), (2000, 2)])
def test_the_smallest_images_are_cropped(size):
    image = images.from_pillow(GREY.resize(size))
    crop = images.training_transform(
        16, True, Augmentation(random_resized_crop=(0.08, 1.0)), (0.5, 0.5, 0.5)
    )
    assert all(crop(image).shape == (3, 16, 16) for _ in range(50))
    assert images.evaluation_transform(16, None)(image).shape == (3, 16, 16)


def test_fewer_images_of_timm_are_spread_evenly(tmp_path):
    root = str(fill(tmp_path, classes=4, each=5))
    words = {"dataset": "torch/image_folder", "train_size": 8}
    found = timm_sets.open_timm(words, "train", root, True)
    assert [found.read(n)[1] for n in range(len(found))] == [0, 0, 1, 1, 2, 2, 3, 3]
    with pytest.raises(DataError, match=r"data\.train_size=21: valid: null or 1 to 20"):
        timm_sets.open_timm({**words, "train_size": 21}, "train", root, True)


@pytest.mark.parametrize(
    ("size", "devices", "line"),
    [(5, False, "data.train_size must be null"), (None, True, "one device alone")],
)
def test_a_reader_with_its_own_order_is_taken_whole(size, devices, line, monkeypatch):
    class Ordered(torch.utils.data.IterableDataset):
        def __iter__(self):
            return iter(())

        def __len__(self):
            return 9

    monkeypatch.setattr(timm_sets, "create_dataset", lambda *_, **__: Ordered())
    ranks = SimpleNamespace(is_initialized=lambda: devices)
    monkeypatch.setattr(timm_sets.torch, "distributed", ranks)
    words = {"dataset": "tfds/some", "train_size": size}
    with pytest.raises(DataError, match=line):
        timm_sets.open_timm(words, "train", None, True)


def test_the_command_says_what_is_there(tmp_path, monkeypatch, capsys):
    fill(tmp_path / "train", each=6)
    fill(tmp_path / "val")
    GREY.resize((30, 20)).save(tmp_path / "val" / "class_2" / "9.jpg")
    words = ["data=folder", f"data.root={tmp_path}", "num_workers=1"]
    monkeypatch.setattr(sys, "argv", ["roadmap.data", *words])
    with pytest.raises(SystemExit) as stop:
        main()
    said = capsys.readouterr().out
    assert stop.value.code == 0
    assert "training: 18 images, 6 / 6 / 6 a class" in said
    assert "evaluation: 13 images, 4 / 4 / 5 a class" in said
    assert "13 decoded: width 12 / 12 / 30, height 10 / 10 / 20 pixels" in said


def test_the_command_refuses_in_one_line(tmp_path):
    words = ["data=imagenet", f"data.root={tmp_path}/none"]
    status, out = run("roadmap.data", *words)
    assert status == 2
    assert out == f"error: data.root={tmp_path}/none: no such folder\n"
