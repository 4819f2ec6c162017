"""Batches of loader processes: what they follow from, and what becomes of errors."""

import pytest
import torch
from image_folders import batches, equal, open_folder

from roadmap.base import config
from roadmap.data.augment import Augmentation, by_batch
from roadmap.data.augment import by_image as images
from roadmap.data.source import DataError


def test_a_batch_is_its_seed_whoever_makes_it(root):
    alone = batches(open_folder(root))
    assert equal(alone, batches(open_folder(root, num_workers=2)))
    assert not equal(alone, batches(open_folder(root), seeds=(1, 2, 4)))
    # As after a resume: the last batch, without the ones before.
    source = open_folder(root)
    (last,) = source.train_batches([torch.arange(12, 18)], [3])
    assert equal([last], alone[2:])


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


def test_the_share_of_the_largest_class_is_known(root):
    (root / "val" / "owl" / "0.jpg").unlink()  # 3, 3 and 2 images are left
    source = open_folder(root)
    assert source.majority() == 37.5
    source.close()


def enhanced():
    """Return the augmentation of the paper's recipe."""
    recipe = config.compose("train", ["step=gelu", "recipe=enhanced"]).recipe
    names = (n for n in Augmentation._fields if n in recipe)
    return Augmentation(**{name: recipe[name] for name in names})


def test_thousands_of_images_under_the_papers_augmentation(root):
    """Under the locked versions: Pillow 13 would refuse to posterize to 0 bits."""
    source = open_folder(root, enhanced())
    every = torch.arange(2_500) % source.train_size
    count = 0
    for image, labels in source.train_batches(every.split(500), range(5)):
        assert image.isfinite().all()
        count += len(labels)
    assert count == 2_500


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
    spy(by_batch, "normalize")
    spy(by_batch, "random_erasing")
    source = open_folder(root, enhanced())
    list(source.train_batches([torch.zeros(8, dtype=torch.int64)], [0]))
    order = " ".join(seen)
    assert "_random_crop flip to_pillow" in order  # half of the images are flipped
    assert order.endswith("to_pillow normalize random_erasing")
