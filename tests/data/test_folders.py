"""Image folders of any layout, and which images go where."""

from pathlib import Path

import pytest
import torch
from image_folders import CLASSES, batches, fill, open_folder, settings_of, words_of

from roadmap.data.resolve import resolve
from roadmap.data.sets.folders import read_folder
from roadmap.data.settings import read_settings


def read(root, **changes):
    return read_folder(settings_of("folder", root=root, **changes))


@pytest.mark.parametrize("name", ["folder", "imagenet", "imagenette"])
def test_a_folder_is_its_images(name, root):
    if name == "imagenette":
        base = root / "imagenette2-160"
        base.mkdir()
        for split in ("train", "val"):
            (root / split).rename(base / split)
    source = open_folder(root, name=name)
    assert (source.train_size, source.num_classes) == (18, 3)
    seen = batches(source)
    assert [image.shape[1:] for image, _ in seen] == [(3, 32, 32)] * 3
    assert torch.cat([labels for _, labels in seen]).bincount().tolist() == [6, 6, 6]
    assert sum(len(labels) for _, labels in source.eval_batches()) == 9
    shares = [list(source.eval_batches(rank, 2)) for rank in (0, 1)]
    assert sum(len(labels) for share in shares for _, labels in share) == 9


def test_classes_right_under_the_root_are_divided(tmp_path):
    fill(tmp_path, 20)
    found = resolve(settings_of("folder", root=tmp_path))
    assert found["num_classes"] == 3
    source = open_folder(tmp_path)
    assert source.train_size + source.eval_size == 60
    assert 5 <= source.eval_size <= 20


def test_fewer_images_are_as_many_of_each_class(root):
    source = open_folder(root, train_size=6)
    labels = torch.cat([labels for _, labels in batches(source)])
    assert labels.bincount().tolist() == [2, 2, 2]


def test_validation_is_held_out_of_training(tmp_path):
    fill(tmp_path / "train", 40)
    fill(tmp_path / "val", 1)
    source = open_folder(tmp_path, evaluate_on="validation")
    assert 90 <= source.train_size < 120
    assert source.train_size + source.eval_size == 120


def test_flat_classes_divide_into_three(tmp_path):
    root = fill(tmp_path, each=100)
    tested = read(root)
    held = read(root, evaluate_on="validation")
    assert 45 <= len(tested.evaluation) <= 75
    assert 10 <= len(held.evaluation) <= 40
    assert {*held.train} | {*held.evaluation} == {*tested.train}
    assert not {*held.train} & {*held.evaluation}


def test_what_is_held_out_does_not_depend_on_the_other_files(tmp_path):
    held = []
    for each in (30, 50):
        root = fill(tmp_path / f"of_{each}", each=each)
        held.append({Path(item.path) for item in read(root).evaluation})
    assert held[0] == {path for path in held[1] if int(path.stem) < 30}


@pytest.mark.parametrize(
    ("name", "layout", "changes", "line"),
    [
        ("imagenet", None, {}, "no such folder"),
        ("imagenet", "flat", {}, "no train and val folders in it"),
        ("imagenet", "split", {"num_classes": 7}, "data.num_classes=7: 3 class fol"),
        ("imagenette", "flat", {}, "none of imagenette2, "),
        ("folder", None, {}, "no such folder"),
        ("folder", "empty", {}, "no class folders in it"),
        ("folder", "hollow", {}, "no image in cat, dog, owl"),
        ("folder", "odd", {}, "train and val have different classes: owl"),
        ("folder", "few", {}, "no image is left for evaluation"),
        ("folder", "split", {"num_classes": 7}, "num_classes=7: 3 class folders"),
        ("folder", "split", {"train_size": 99}, "data.train_size=99: valid: null or"),
    ],
)
def test_a_wrong_root_is_refused_at_plan_time(name, layout, changes, line, tmp_path):
    root = tmp_path / "data"
    if layout in ("split", "odd"):
        fill(root / "train")
        fill(root / "val", classes=CLASSES[: 3 if layout == "split" else 2])
    elif layout:
        root.mkdir()
        each = {"flat": 4, "empty": 0, "few": 1, "hollow": 0}[layout]
        fill(root, each, {"empty": (), "few": ("cat",)}.get(layout, CLASSES))
    asked = settings_of(name, root=root, **changes)
    with pytest.raises(ValueError, match=line) as refused:
        resolve(asked)
    assert "\n" not in str(refused.value)


def test_imagenet_is_planned_without_its_root():
    known = resolve(read_settings(words_of("imagenet")))
    assert (known["num_classes"], known["fingerprint"]) == (1000, None)
