"""Fashion-MNIST in every layout that it is kept in."""

import gzip
import shutil
import struct

import pytest
import torch
from image_folders import batches, open_data, words_of

from roadmap.data.sets import fashion_mnist
from roadmap.data.sets.in_memory import load
from roadmap.data.settings import read_settings
from roadmap.data.source import DataError

TRAIN, TEST = 40, 20


def fashion(root=None, **changes):
    words = words_of("fashion_mnist", root=root and str(root), **changes)
    return read_settings(words)


def idx(tensor):
    shape = struct.pack(f">{tensor.dim()}I", *tensor.shape)
    return bytes([0, 0, 8, tensor.dim()]) + shape + tensor.numpy().tobytes()


@pytest.fixture
def written(tmp_path):
    """Write a small Fashion-MNIST into a folder of `tmp_path`; return the images."""

    def write(folder, zipped):
        home = tmp_path / folder
        home.mkdir(parents=True)
        generator = torch.Generator().manual_seed(0)
        drawn = {}
        for part, count in (("train", TRAIN), ("t10k", TEST)):
            drawn[part] = torch.randint(
                256, (count, 28, 28), generator=generator, dtype=torch.uint8
            )
            labels = torch.arange(count, dtype=torch.uint8) % 10
            for name, values in (
                (f"{part}-images-idx3-ubyte", drawn[part]),
                (f"{part}-labels-idx1-ubyte", labels),
            ):
                if zipped:
                    (home / f"{name}.gz").write_bytes(
                        gzip.compress(idx(values), mtime=0)
                    )
                else:
                    (home / name).write_bytes(idx(values))
        return drawn

    return write


@pytest.mark.parametrize(
    ("folder", "zipped"),
    [("root", True), ("root", False), ("root/FashionMNIST/raw", False)],
)
def test_every_layout_under_root_is_read(tmp_path, written, folder, zipped):
    drawn = written(folder, zipped)
    data = fashion(tmp_path / "root")
    train, test = load(data, tmp_path / "cache")
    assert train.images.shape == (TRAIN, 1, 32, 32)
    assert torch.equal(train.images[:, 0, 2:-2, 2:-2], drawn["train"])
    assert torch.equal(test.images[:, 0, 2:-2, 2:-2], drawn["t10k"])
    assert train.images.sum() == drawn["train"].sum()  # the padding is zero
    assert test.labels.tolist() == [i % 10 for i in range(TEST)]
    assert test.labels.dtype == torch.int64


def test_debians_folder_and_the_cache_are_found_without_a_root(
    tmp_path, written, monkeypatch
):
    monkeypatch.setattr(fashion_mnist, "DEBIAN", tmp_path / "debian")
    written("cache/FashionMNIST/raw", zipped=False)
    assert len(load(fashion(), tmp_path / "cache")[0].labels) == TRAIN
    written("debian", zipped=True)
    assert len(load(fashion(), tmp_path / "empty")[0].labels) == TRAIN


def test_validation_is_the_last_tenth_taken_out_of_training(tmp_path, written):
    drawn = written("root", zipped=True)["train"]
    data = fashion(tmp_path / "root", evaluate_on="validation")
    train, held_out = load(data, tmp_path)
    assert torch.equal(train.images[:, 0, 2:-2, 2:-2], drawn[:36])
    assert torch.equal(held_out.images[:, 0, 2:-2, 2:-2], drawn[36:])


def test_sizes_cut_from_the_start_and_are_checked_against_what_is_there(
    tmp_path, written
):
    written("root", zipped=True)
    data = fashion(tmp_path / "root", train_size=5, test_size=3)
    train, test = load(data, tmp_path)
    assert (len(train.images), len(test.labels)) == (5, 3)
    with pytest.raises(ValueError, match=r"data\.train_size=41.* to 40"):
        load(fashion(tmp_path / "root", train_size=41), tmp_path)


def test_a_root_without_the_files_says_what_to_do(tmp_path):
    with pytest.raises(DataError, match=r"data\.root=.*dataset-fashion-mnist"):
        load(fashion(tmp_path), tmp_path)


@pytest.mark.parametrize(
    "content", [b"", b"garbage", gzip.compress(b"\0\0\x08\x03", mtime=0)]
)
def test_a_broken_file_is_named(tmp_path, written, content):
    written("root", zipped=True)
    (tmp_path / "root" / "train-images-idx3-ubyte.gz").write_bytes(content)
    with pytest.raises(DataError, match="train-images-idx3-ubyte") as caught:
        load(fashion(tmp_path / "root"), tmp_path)
    assert "\n" not in str(caught.value)


def test_a_failed_download_is_one_clear_line(tmp_path, monkeypatch):
    from torchvision.datasets import FashionMNIST

    def fail(self):
        raise RuntimeError("Error downloading:\nTried somewhere")

    monkeypatch.setattr(FashionMNIST, "download", fail)
    monkeypatch.setattr(fashion_mnist, "DEBIAN", tmp_path / "nowhere")
    with pytest.raises(DataError, match=r"dataset-fashion-mnist.*data\.root") as caught:
        load(fashion(), tmp_path / "cache")
    assert "\n" not in str(caught.value)
    assert not list((tmp_path / "cache").iterdir())


def test_a_download_lands_in_the_cache_and_is_found_again(
    tmp_path, written, monkeypatch
):
    from torchvision.datasets import FashionMNIST

    written("server", zipped=False)

    def download(self):
        shutil.copytree(tmp_path / "server", self.raw_folder)

    monkeypatch.setattr(FashionMNIST, "download", download)
    monkeypatch.setattr(fashion_mnist, "DEBIAN", tmp_path / "nowhere")
    train, _ = load(fashion(), tmp_path / "cache")
    assert len(train.labels) == TRAIN
    monkeypatch.setattr(FashionMNIST, "download", None)
    assert torch.equal(load(fashion(), tmp_path / "cache")[0].images, train.images)
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["FashionMNIST"]


def test_grey_images_in_memory_take_the_full_augmentation(tmp_path, written):
    written("root", zipped=False)
    source = open_data(fashion(tmp_path / "root"), tmp_path)
    for image, _ in batches(source):
        assert image.shape[1:] == (1, 32, 32)
        assert image.isfinite().all()
