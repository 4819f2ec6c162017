"""The classes of the images that networks are evaluated on."""

import pytest
from image_folders import CLASSES, fill, open_folder, settings_of

from roadmap.data.labels import labels_of
from roadmap.data.resolve import resolve


def test_labels_are_in_the_order_of_the_split(tmp_path):
    fill(tmp_path / "train", each=3)
    fill(tmp_path / "val", each=2)
    data = resolve(settings_of("folder", root=tmp_path))
    found = labels_of(data, str(tmp_path), tmp_path / "cache")
    assert found.names == list(CLASSES)
    source = open_folder(tmp_path)
    labels = [label for _, part in source.eval_batches() for label in part.tolist()]
    source.close()
    assert found.of_image == labels
    assert found.majority == pytest.approx(1 / 3)


def test_the_largest_class_is_the_majority(tmp_path):
    fill(tmp_path / "train")
    fill(tmp_path / "val", each=1)
    (tmp_path / "val/owl/more.jpg").write_bytes(
        (tmp_path / "val/owl/0.jpg").read_bytes()
    )
    data = resolve(settings_of("folder", root=tmp_path))
    assert labels_of(data, str(tmp_path), tmp_path).majority == 0.5


def test_data_that_are_gone_have_no_labels(tmp_path):
    fill(tmp_path / "train")
    fill(tmp_path / "val")
    data = resolve(settings_of("folder", root=tmp_path))
    assert labels_of(data, str(tmp_path / "gone"), tmp_path) is None
    assert labels_of(data, None, tmp_path) is None
