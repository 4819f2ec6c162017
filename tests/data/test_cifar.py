"""CIFAR in torchvision's files."""

import pickle

import numpy as np
import pytest
from image_folders import FULL, batches, open_folder

from roadmap.data.augment import Augmentation
from roadmap.data.sets.cifar import KINDS
from roadmap.data.source import DataError


@pytest.mark.parametrize("name", ["cifar10", "cifar100"])
@pytest.mark.parametrize("augmentation", [Augmentation(), FULL])
def test_cifar_in_its_own_format(name, augmentation, tmp_path, monkeypatch):
    kind = KINDS[name]
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
