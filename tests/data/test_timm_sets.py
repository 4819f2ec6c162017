"""What timm's readers are asked for, and what is refused."""

import io
from types import SimpleNamespace

import pytest
import torch
from image_folders import fill, picture, settings_of
from PIL import Image
from timm.data import ImageDataset, IterableImageDataset

from roadmap.data.sets import timm_sets
from roadmap.data.source import DataError


def open_timm(split="train", dataset="torch/image_folder", training=True, **changes):
    settings = settings_of("timm", dataset=dataset, **changes)
    return timm_sets.open_timm(settings, split, training)


def test_fewer_images_of_timm_are_spread_evenly(tmp_path):
    root = fill(tmp_path, 5, ("a", "b", "c", "d"))
    found = open_timm(root=root, train_size=8)
    assert [found.read(n)[1] for n in range(len(found))] == [0, 0, 1, 1, 2, 2, 3, 3]
    with pytest.raises(DataError, match=r"data\.train_size=21: valid: .* to 20"):
        open_timm(root=root, train_size=21)


@pytest.mark.parametrize(
    ("size", "devices", "line"),
    [(5, False, "data.train_size must be null"), (None, True, "single device")],
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
    with pytest.raises(DataError, match=line):
        open_timm(dataset="tfds/some", train_size=size)


def test_timm_reads_by_prefix(root):
    for split, count in (("train", 18), ("val", 9)):
        assert len(open_timm(split, root=root / split, training=False)) == count
    with pytest.raises(DataError, match=r"data\.dataset=wds/x, split train: "):
        open_timm(dataset="wds/x", root=root)


def test_timm_never_replaces_an_unreadable_image(root):
    (root / "train" / "cat" / "1.jpg").write_bytes(b"no image")
    found = timm_sets.Numbered(ImageDataset(str(root / "train")), 18)
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


def test_readers_in_order_go_round():
    found = timm_sets.InOrder(IterableImageDataset(None, reader=Reader()))
    assert [found.read(0)[1] for _ in range(7)] == [0, 1, 2, 3, 4, 0, 1]
