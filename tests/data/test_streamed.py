"""Image folders, CIFAR and timm's sets, as files in their own formats."""

import io
import pickle
import random
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf
from PIL import Image
from timm.data import IterableImageDataset
from timm.data.transforms import RandomResizedCropAndInterpolation

from roadmap import data
from roadmap.base import config
from roadmap.data import Augmentation, DataError, augment, images, timm_sets
from roadmap.data.__main__ import main

CLASSES = ("cat", "dog", "owl")
FULL = Augmentation(
    random_resized_crop=(0.08, 1.0),
    randaugment="rand-m9-mstd0.5-inc1",
    random_erasing=0.5,
)


def picture(number, size=(60, 45)):
    generator = np.random.default_rng(number)
    small = generator.integers(0, 255, (6, 8, 3), dtype=np.uint8)
    return Image.fromarray(small).resize(size, Image.Resampling.BICUBIC)


def fill(folder, each=4):
    for label, name in enumerate(CLASSES):
        (folder / name).mkdir(parents=True)
        for number in range(each):
            file = folder / name / f"{number}.jpg"
            picture(100 * label + number).save(file, quality=90)


@pytest.fixture
def root(tmp_path):
    fill(tmp_path / "train", 6)
    fill(tmp_path / "val", 3)
    return tmp_path


def settings_of(name, **words):
    cfg = config.compose("preflight", [f"data={name}"])
    plain = OmegaConf.to_container(cfg.data)
    plain.pop("root")
    return {**plain, "image_size": 32, **words}


def open_folder(root, augmentation=FULL, name="folder", num_workers=0, **words):
    settings = data.resolve(settings_of(name, **words), str(root))
    return data.open_source(
        settings,
        augmentation,
        root=str(root),
        cache=root / "cache",
        device=torch.device("cpu"),
        num_workers=num_workers,
    )


def batches(source, seeds=(1, 2, 3)):
    order = torch.arange(source.train_size)
    parts = order.split(-(-source.train_size // len(seeds)))
    made = list(source.train_batches(parts, seeds))
    source.close()
    return made


def equal(first, second):
    return all(
        torch.equal(a, b)
        for one, other in zip(first, second, strict=True)
        for a, b in zip(one, other, strict=True)
    )


@pytest.mark.parametrize("name", ["folder", "imagenet", "imagenette"])
def test_a_folder_is_its_images(name, root):
    if name == "imagenette":
        base = root / "imagenette2-160"
        base.mkdir()
        for split in ("train", "val"):
            (root / split).rename(base / split)
    source = open_folder(root, name=name, num_classes=3)
    assert (source.train_size, source.num_classes) == (18, 3)
    seen = batches(source)
    assert [image.shape[1:] for image, _ in seen] == [(3, 32, 32)] * 3
    assert torch.cat([labels for _, labels in seen]).bincount().tolist() == [6, 6, 6]
    assert sum(len(labels) for _, labels in source.eval_batches()) == 9
    shares = [list(source.eval_batches(rank, 2)) for rank in (0, 1)]
    assert sum(len(labels) for share in shares for _, labels in share) == 9


def test_a_batch_is_its_seed_whoever_makes_it(root):
    alone = batches(open_folder(root))
    assert equal(alone, batches(open_folder(root, num_workers=2)))
    assert not equal(alone, batches(open_folder(root), seeds=(1, 2, 4)))
    # As after a resume: the last batch, without the ones before.
    source = open_folder(root)
    (last,) = source.train_batches([torch.arange(12, 18)], [3])
    assert equal([last], alone[2:])


def test_classes_right_under_the_root_are_divided(tmp_path):
    fill(tmp_path, 20)
    found = data.resolve(settings_of("folder"), str(tmp_path))
    assert found["num_classes"] == 3
    source = open_folder(tmp_path)
    held_out = sum(len(labels) for _, labels in source.eval_batches())
    assert source.train_size + held_out == 60
    assert 5 <= held_out <= 20


def test_fewer_images_are_as_many_of_each_class(root):
    source = open_folder(root, train_size=6)
    labels = torch.cat([labels for _, labels in batches(source)])
    assert labels.bincount().tolist() == [2, 2, 2]


def test_validation_is_held_out_of_training(tmp_path):
    fill(tmp_path / "train", 40)
    fill(tmp_path / "val", 1)
    source = open_folder(tmp_path, evaluate_on="validation")
    assert 90 <= source.train_size < 120
    assert source.train_size + sum(len(y) for _, y in source.eval_batches()) == 120


def test_identity_follows_the_images_and_not_the_path(root, tmp_path):
    before = data.resolve(settings_of("folder"), str(root))
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    for split in ("train", "val"):
        (root / split).rename(moved / split)
    assert data.resolve(settings_of("folder"), str(moved)) == before
    again = tmp_path / "again"
    moved.rename(again)
    picture(7, (90, 90)).save(again / "train" / "cat" / "new.jpg")
    changed = data.resolve(settings_of("folder"), str(again))
    assert changed["fingerprint"] != before["fingerprint"]


@pytest.mark.parametrize("num_workers", [0, 2])
@pytest.mark.parametrize("harm", ["cut", "text", "empty"])
def test_an_unreadable_image_is_named_or_left_out(harm, num_workers, root):
    file = root / "train" / "dog" / "2.jpg"
    whole = file.read_bytes()
    file.write_bytes({"cut": whole[:300], "text": b"x" * 99, "empty": b""}[harm])
    with pytest.raises(DataError, match=r"dog/2\.jpg: cannot be read") as raised:
        batches(open_folder(root, num_workers=num_workers))
    assert "\n" not in str(raised.value)
    assert "data.on_unreadable=skip" in str(raised.value)
    source = open_folder(root, num_workers=num_workers, on_unreadable="skip")
    labels = torch.cat([labels for _, labels in batches(source)])
    assert labels.bincount().tolist() == [6, 5, 6]
    assert source.skipped == 1


@pytest.mark.parametrize("kind", ["png", "cmyk.jpg", "gray.jpg", "bmp", "webp"])
def test_other_kinds_of_files_are_read(kind, tmp_path):
    file, image = tmp_path / f"image.{kind}", picture(1)
    if "." in kind:
        image = image.convert({"cmyk": "CMYK", "gray": "L"}[kind.split(".")[0]])
    image.save(file)
    read = images.read_image(file)
    assert read.shape == (3, 45, 60)
    whole = torch.from_numpy(np.array(Image.open(file).convert("RGB"))).permute(2, 0, 1)
    assert (read.float() - whole.float()).abs().mean() < 3


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31), st.integers(10, 90), st.integers(10, 90))
def test_crops_are_timms(seed, width, height):
    """With the same draws the crop is timm's to the pixel, within rounding."""
    whole = picture(seed % 1000, (width, height))
    tall = images.from_pillow(whole)
    plain = Augmentation(random_resized_crop=(0.08, 1.0))
    ours = images.training_transform(24, False, plain, (0.5, 0.5, 0.5))
    theirs = RandomResizedCropAndInterpolation(24, interpolation="bicubic")
    random.seed(seed)
    made = ours(tall).float()
    random.seed(seed)
    expected = images.from_pillow(theirs(whole)).float()
    assert (made - expected).abs().max() <= 2


@pytest.mark.parametrize(("size", "share"), [(224, 0.875), (288, 0.875), (384, 1.0)])
def test_evaluation_sees_the_papers_crop(size, share):
    """A white frame of a sixteenth a side is cut off by 0.875, and kept by 1.0."""
    image = torch.zeros(3, 1024, 1024, dtype=torch.uint8)
    for side in (image[:, :60], image[:, -60:], image[:, :, :60], image[:, :, -60:]):
        side.fill_(255)
    seen = images.evaluation_transform(size, None)(image)
    assert seen.shape == (3, size, size)
    assert bool(seen.max() > 200) == (share == 1.0)
    wide = images.evaluation_transform(size, None)(image[:, :, :512])
    assert wide.shape == (3, size, size)


def enhanced():
    """Return the augmentation of the paper's recipe."""
    recipe = config.compose("train", ["step=gelu", "recipe=enhanced"]).recipe
    names = (n for n in Augmentation._fields if n in recipe)
    return Augmentation(**{name: recipe[name] for name in names})


def test_ten_thousand_images_under_the_papers_augmentation(root):
    """Under the locked versions: Pillow 13 would refuse to posterize to 0 bits."""
    source = open_folder(root, enhanced())
    every = torch.arange(10_000) % source.train_size
    count = 0
    for image, labels in source.train_batches(every.split(500), range(20)):
        assert image.isfinite().all()
        count += len(labels)
    assert count == 10_000


def test_the_order_of_augmentations_is_the_papers(root, monkeypatch):
    seen = []

    def spy(owner, name):
        real = getattr(owner, name)

        def noted(*words):
            seen.append(name)
            return real(*words)

        monkeypatch.setattr(owner, name, noted)

    spy(images, "_random_crop")
    spy(torch.Tensor, "flip")
    spy(images, "to_pillow")  # RandAugment is all that needs Pillow
    spy(augment, "normalize")
    spy(augment, "random_erasing")
    source = open_folder(root, enhanced())
    list(source.train_batches([torch.zeros(8, dtype=torch.int64)], [0]))
    order = " ".join(seen)
    assert "_random_crop flip to_pillow" in order  # half of the images are flipped
    assert order.endswith("to_pillow normalize random_erasing")


@pytest.mark.parametrize("name", ["cifar10", "cifar100"])
@pytest.mark.parametrize("augmentation", [Augmentation(), FULL])
def test_cifar_in_its_own_format(name, augmentation, tmp_path, monkeypatch):
    cifar = {"cifar10": "CIFAR10", "cifar100": "CIFAR100"}[name]
    kind = getattr(pytest.importorskip("torchvision.datasets"), cifar)
    folder = tmp_path / kind.base_folder
    folder.mkdir()
    pixels = np.random.default_rng(0).integers(0, 255, (20, 3072), dtype=np.uint8)
    key = "labels" if name == "cifar10" else "fine_labels"
    for file, _ in [*kind.train_list, *kind.test_list]:
        content = {"data": pixels, key: [i % 10 for i in range(20)]}
        (folder / file).write_bytes(pickle.dumps(content))
    (folder / kind.meta["filename"]).write_bytes(pickle.dumps({kind.meta["key"]: []}))
    # The published files' checksums cannot hold for files made here.
    monkeypatch.setattr("torchvision.datasets.cifar.check_integrity", lambda *_: True)
    source = open_folder(tmp_path, augmentation, name=name)
    assert source.train_size == 20 * len(kind.train_list)
    (first, labels), *_ = batches(source)
    assert first.shape[1:] == (3, 32, 32)
    assert labels[:3].tolist() == [0, 1, 2]


def test_no_cifar_is_one_line(tmp_path):
    with pytest.raises(DataError, match="set data\\.root to"):
        open_folder(tmp_path, name="cifar10")


def test_grey_images_in_memory_take_the_full_augmentation(tmp_path):
    source = data.open_source(
        settings_of("fashion_mnist", train_size=64, test_size=8),
        FULL,
        root=None,
        cache=tmp_path,
        device=torch.device("cpu"),
        num_workers=0,
    )
    for image, _ in batches(source):
        assert image.shape[1:] == (1, 32, 32)
        assert image.isfinite().all()


def test_timm_reads_by_prefix(root):
    words = {"dataset": "torch/image_folder", "num_classes": 3}
    words |= {"train_split": "train", "eval_split": "val"}
    for split in ("train", "val"):
        assert len(timm_sets.open_timm(words, split, str(root / split), False)) > 0
    with pytest.raises(DataError, match=r"data\.dataset=wds/x, split train: "):
        timm_sets.open_timm({"dataset": "wds/x"}, "train", str(root), True)
    with pytest.raises(ValueError, match="hfds/NAME"):
        data.validate(settings_of("timm", dataset="nosuch/x", num_classes=3))


def test_timm_never_replaces_an_unreadable_image(root):
    (root / "train" / "cat" / "1.jpg").write_bytes(b"no image")
    found = timm_sets.open_timm({"dataset": ""}, "train", str(root / "train"), True)
    with pytest.raises(DataError, match="image 1 cannot be read"):
        found.read(1)


class Reader:
    """A reader with an order of its own, as timm's for tfds and wds."""

    def __iter__(self):
        for number in range(5):
            content = io.BytesIO()
            picture(number).save(content, "png")
            yield Image.open(io.BytesIO(content.getvalue())), number

    def __len__(self):
        return 5


def test_readers_in_order_go_round(monkeypatch):
    found = timm_sets.InOrder(IterableImageDataset(None, reader=Reader()))
    assert [found.read(0)[1] for _ in range(7)] == [0, 1, 2, 3, 4, 0, 1]


def preflight(monkeypatch, *words):
    monkeypatch.setattr(sys, "argv", ["roadmap.data", *words])
    with pytest.raises(SystemExit) as stop:
        main()
    return stop.value.code


def test_preflight_counts_and_names_what_is_broken(root, monkeypatch, capsys):
    words = ["data=folder", f"data.root={root}", "decode=all"]
    assert preflight(monkeypatch, *words) == 0
    said = capsys.readouterr().out
    for part in ("3 classes", "training: 18 images", "evaluation: 9 images"):
        assert part in said
    (root / "val" / "owl" / "0.jpg").write_bytes(b"no image")
    assert preflight(monkeypatch, *words) == 1
    assert "owl/0.jpg" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["data=folder", "data.root=/nosuch"], "data.root=/nosuch: no such folder"),
        (["data=folder"], "data.root is missing"),
        (["decode=some"], "decode=some: valid: sample, all, none"),
        (["data=folder", "data.crop_pct=2"], "data.crop_pct=2: expected null or"),
        (["data=imagenet", "data.on_unreadable=x"], "expected error or skip"),
    ],
)
def test_preflight_refuses_in_one_line(words, line, monkeypatch, capsys):
    assert preflight(monkeypatch, *words) == 2
    said = capsys.readouterr().err
    assert line in said
    assert said.count("\n") == 1
