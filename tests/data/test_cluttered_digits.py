import pytest
import torch

from roadmap.data.sets import cluttered_digits
from roadmap.data.sets.cluttered_digits import NUM_CLASSES, PARAMETERS, SPLITS, sources


@pytest.fixture
def make(digits):
    def made(split, size, **changes):
        settings = digits()
        parameters = {key: getattr(settings, key) for key in PARAMETERS} | changes
        return cluttered_digits.make(split, size, **parameters)

    return made


def test_images_and_labels_have_the_promised_shape_and_type(make):
    images, labels = make("train", 7, image_size=32)
    assert images.shape == (7, 3, 32, 32)
    assert images.dtype == torch.uint8
    assert labels.shape == (7,)
    assert labels.dtype == torch.int64
    assert images.float().std() > 20  # not blank


def test_the_same_seed_makes_the_same_bytes_and_another_seed_does_not(make):
    first, again, other = make("test", 20), make("test", 20), make("test", 20, seed=1)
    assert all(map(torch.equal, first, again))
    assert not torch.equal(first[0], other[0])


def test_the_global_generator_is_neither_read_nor_moved(make):
    torch.manual_seed(5)
    images, _ = make("train", 5)
    drawn = torch.rand(1)
    torch.manual_seed(5)
    assert torch.equal(drawn, torch.rand(1))
    assert torch.equal(images, make("train", 5)[0])


@pytest.mark.parametrize("size", [1, 250, 251])
def test_a_smaller_split_is_the_start_of_a_larger_one(make, size):
    large, small = make("train", 600), make("train", size)
    assert torch.equal(large[0][:size], small[0])
    assert torch.equal(large[1][:size], small[1])


def test_the_number_of_threads_changes_no_byte(make):
    threads = torch.get_num_threads()
    try:
        made = []
        for count in (1, 2, 3):
            torch.set_num_threads(count)
            made.append(make("train", 250)[0])
            assert torch.get_num_threads() == count
    finally:
        torch.set_num_threads(threads)
    assert torch.equal(made[0], made[1])
    assert torch.equal(made[0], made[2])


def test_classes_are_balanced(make):
    _, labels = make("train", 500)
    assert labels.bincount(minlength=NUM_CLASSES).tolist() == [50] * NUM_CLASSES


@pytest.mark.parametrize("seed", [0, 3])
def test_splits_share_no_source_digit_and_leave_none_out(seed):
    parts = [sources(split, seed) for split in SPLITS]
    together = torch.cat(parts)
    assert together.unique().numel() == together.numel() == 1797
    shares = [len(part) / 1797 for part in parts]
    assert shares == pytest.approx([0.65, 0.10, 0.25], abs=0.01)


def test_another_seed_divides_the_sources_anew():
    assert not torch.equal(sources("test", 0), sources("test", 1))


def test_every_layer_of_a_split_comes_from_its_own_sources(make, monkeypatch):
    """Digits and fragments alike: blank out the other splits' ink, nothing changes."""
    ink, labels = cluttered_digits._digits()
    own = torch.zeros(len(ink), 1, 1, 1)
    own[sources("test", 0)] = 1
    before, _ = make("test", 100)
    monkeypatch.setattr(cluttered_digits, "_digits", lambda: (ink * own, labels))
    assert torch.equal(before, make("test", 100)[0])


def test_without_clutter_texture_and_noise_the_digit_lies_on_a_flat_colour(make):
    images, _ = make("train", 50, clutter=0, texture=0, noise=0)
    flat = (images == images.mode(dim=3, keepdim=True).values).float().mean()
    assert flat > 0.5


@pytest.mark.parametrize(
    "changes",
    [
        {"clutter": 0},
        {"noise": 0.3},
        {"texture": 0.3},
        {"contrast": (0.5, 0.9)},
        {"hue": 0.9},
        {"digit_size": (8, 10)},
        {"rotation": 45},
        {"shear": 0.0},
        {"elastic": 0.2},
        {"thickness": 0.3},
        {"fragment_size": 0.8},
        {"image_size": 48},
    ],
)
def test_every_difficulty_matters_and_leaves_the_labels(make, changes):
    (images, labels), (others, same) = make("train", 50), make("train", 50, **changes)
    assert torch.equal(labels, same)
    assert images.shape != others.shape or not torch.equal(images, others)
