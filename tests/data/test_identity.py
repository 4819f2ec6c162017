"""A run's identity follows the images in a folder, and not where they are."""

import subprocess
import sys
from pathlib import Path

import pytest
from image_folders import fill, open_folder, picture, settings_of
from torchvision.datasets.folder import IMG_EXTENSIONS, make_dataset

from roadmap.data.resolve import resolve
from roadmap.data.sets.folders import EXTENSIONS, read_folder
from roadmap.data.source import DataError
from roadmap.runs.run import Run

NAMES = ("imagenet", "imagenette", "folder")
ROOT = Path(__file__).parents[2]


def settings(root, name="folder", **changes):
    """Return the settings of a folder with train and val in it."""
    return settings_of(name, root=root, **changes)


def run_id(root, name):
    return Run(network={}, recipe={}, data=resolve(settings(root, name)), seed=0).id


def two(root, size=(60, 45)):
    fill(root / "train", 2, size=size)
    fill(root / "val", 1)
    return root


@pytest.mark.parametrize("name", NAMES)
def test_two_folders_are_two_runs(name, tmp_path):
    first = two(tmp_path / "first")
    same, other = two(tmp_path / "same"), two(tmp_path / "other", size=(50, 45))
    assert run_id(first, name) == run_id(same, name)
    assert run_id(first, name) != run_id(other, name)


def test_a_new_file_is_a_new_identity_in_the_same_process(root):
    before = resolve(settings(root))
    picture(7).save(root / "train" / "cat" / "new.jpg")
    assert resolve(settings(root))["fingerprint"] != before["fingerprint"]


def test_images_behind_links_count(tmp_path):
    two(tmp_path / "kept")
    (tmp_path / "linked").mkdir()
    for split in ("train", "val"):
        (tmp_path / "linked" / split).symlink_to(tmp_path / "kept" / split)
    before = resolve(settings(tmp_path / "linked"))
    picture(7).save(tmp_path / "kept" / "train" / "cat" / "new.jpg")
    assert resolve(settings(tmp_path / "linked")) != before


def test_a_link_to_nothing_is_one_line(root):
    (root / "train" / "cat" / "gone.jpg").symlink_to(root / "nowhere.jpg")
    with pytest.raises(ValueError, match=r"^data\.root=.*gone\.jpg") as caught:
        resolve(settings(root))
    assert "\n" not in str(caught.value)


def test_a_folder_that_changed_since_the_plan_is_refused(root):
    planned = resolve(settings(root))
    (root / "val" / "owl" / "0.jpg").unlink()
    with pytest.raises(DataError, match="its files changed since the run was planned"):
        read_folder(settings(root, **from_plan(planned)))


def from_plan(planned):
    return {key: planned[key] for key in ("num_classes", "fingerprint")}


def test_a_process_sees_what_each_plan_saw(root):
    """A worker that is reused trains on the folder as it is planned anew."""
    assert open_folder(root).train_size == 18
    picture(7).save(root / "train" / "cat" / "new.jpg")
    assert open_folder(root).train_size == 19


def test_files_are_measured_by_the_plan_alone_and_listed_once(root, monkeypatch):
    planned = settings(root, **from_plan(resolve(settings(root))))
    monkeypatch.setattr("os.path.getsize", None)
    first = read_folder(planned)
    monkeypatch.setattr("os.walk", None)
    assert read_folder(planned) is first


def test_the_listing_is_torchvisions(tmp_path):
    root = fill(tmp_path, 5, ("a b", "a", "a-b"))
    names = ("1.PNG", "2.webp", "sub/3.tiff", "sub x/4.jpeg", ".jpg", "5.txt", "jpg")
    for name in names:
        (root / "a" / name).parent.mkdir(exist_ok=True)
        (root / "a" / name).write_bytes(b"")
    found = read_folder(settings_of("folder", root=root, held_out=0.5))
    every = [(str(found.base / path), n) for path, n in found.train + found.evaluation]
    numbers = {name: number for number, name in enumerate(sorted(found.classes))}
    assert sorted(every) == sorted(make_dataset(str(root), numbers, IMG_EXTENSIONS))
    assert EXTENSIONS == IMG_EXTENSIONS


def test_a_plan_imports_no_torch():
    """Nor does the preflight's help, nor a wrong word or folder."""
    script = """
import runpy, sys
for words in (["--help"], ["decode=some"], ["data.train_size=0"],
              ["data=folder", "data.root=/nosuch"]):
    sys.argv = ["roadmap.data", *words]
    try:
        runpy.run_module("roadmap.data", run_name="__main__", alter_sys=True)
    except SystemExit as stop:
        print(words, stop.code)
import roadmap.data.resolve
print(sorted({"torch", "torchvision", "timm", "sklearn"} & set(sys.modules)))
"""
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr
    assert done.stderr.splitlines() == [
        "error: decode=some: valid: sample, all, none",
        "error: data.train_size=0: valid: an integer from 1 to 10000000",
        "error: data.root=/nosuch: no such folder",
    ]
