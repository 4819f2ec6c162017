import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from roadmap.data.augment.by_batch import (
    normalize,
    random_erasing,
    random_flip,
    random_shift,
    statistics,
)

shapes = st.tuples(
    st.integers(1, 5), st.sampled_from([1, 3]), st.integers(6, 12), st.integers(6, 12)
)
seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=40, deadline=None)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def batch(shape, dtype=torch.uint8):
    """Return images whose pixels are all different where 255 values allow, never 0."""
    places = torch.arange(torch.Size(shape).numel()) % 255 + 1
    return places.view(shape).to(dtype)


AUGMENTATIONS = {
    "shift": lambda images, generator: random_shift(images, 3, generator),
    "flip": random_flip,
    "erasing": lambda images, generator: random_erasing(images, 0.7, generator),
}


@pytest.mark.parametrize("name", AUGMENTATIONS)
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_shape_type_and_layout_stay(name, channels, layout):
    images = batch((8, channels, 10, 12), torch.float32).contiguous(
        memory_format=layout
    )
    before = images.clone()
    result = AUGMENTATIONS[name](images, seeded())
    # Erasing is done in place, to save a copy of each batch.
    assert torch.equal(images, result if name == "erasing" else before)
    assert (result.shape, result.dtype) == (images.shape, images.dtype)
    assert result.is_contiguous(memory_format=layout)
    assert not torch.equal(result, before)
    plain = AUGMENTATIONS[name](before.contiguous(), seeded())
    assert torch.equal(result, plain)


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_the_generator_alone_decides(name):
    images = batch((16, 3, 10, 10), torch.float32)
    results = [AUGMENTATIONS[name](images.clone(), seeded(seed)) for seed in (1, 1, 2)]
    assert torch.equal(results[0], results[1])
    assert not torch.equal(results[0], results[2])


def shifted(image, down, across):
    """Return the image moved, one pixel at a time, as random_shift must move it."""
    _, height, width = image.shape
    result = torch.zeros_like(image)
    for row in range(height):
        for column in range(width):
            if 0 <= row + down < height and 0 <= column + across < width:
                result[:, row, column] = image[:, row + down, column + across]
    return result


@few
@given(shapes, st.integers(1, 2), seeds)
def test_each_image_is_shifted_as_a_whole_within_bounds(shape, pixels, seed):
    images = batch(shape)
    offsets = range(-pixels, pixels + 1)
    for image, result in zip(
        images, random_shift(images, pixels, seeded(seed)), strict=True
    ):
        candidates = (shifted(image, y, x) for y in offsets for x in offsets)
        assert any(torch.equal(result, candidate) for candidate in candidates)


def test_every_offset_comes_up_and_images_move_apart():
    images = batch((200, 1, 6, 6))[:1].expand(200, -1, -1, -1)
    results = {r.numpy().tobytes() for r in random_shift(images, 1, seeded())}
    assert len(results) == 9


def test_a_shift_by_no_pixels_is_identity():
    images = batch((4, 3, 8, 8))
    assert torch.equal(random_shift(images, 0, seeded()), images)


@few
@given(shapes, seeds)
def test_each_image_is_mirrored_or_left(shape, seed):
    images = batch(shape)
    for image, result in zip(images, random_flip(images, seeded(seed)), strict=True):
        assert torch.equal(result, image) or torch.equal(result, image.flip(2))


def test_half_the_images_are_mirrored():
    images = batch((1000, 1, 2, 3))
    same = (random_flip(images, seeded()) == images).flatten(1).all(1)
    assert 420 < same.sum() < 580


@few
@given(
    seeds,
    st.floats(0.02, 0.3),
    st.floats(0, 0.4),
    st.sampled_from([(32, 32), (20, 48)]),
)
def test_erased_pixels_form_one_rectangle_of_the_right_area(seed, low, extra, size):
    images = torch.full((12, 3, *size), 9.0)
    area = (low, low + extra)
    erased = random_erasing(images, 1.0, seeded(seed), area=area) != images
    assert torch.equal(erased[:, 0], erased[:, 2])
    for mask in erased[:, 0]:
        rows, columns = mask.any(1).nonzero(), mask.any(0).nonzero()
        if len(rows) == 0:
            continue  # no attempt fitted
        tall, wide = (int(i.max() - i.min()) + 1 for i in (rows, columns))
        assert mask.sum() == tall * wide
        slack = (tall + wide) / 2 + 0.25  # each side is rounded to whole pixels
        assert area[0] * mask.numel() - slack <= tall * wide
        assert tall * wide <= area[1] * mask.numel() + slack


def test_erasing_draws_normal_noise_in_its_share_of_the_images():
    images = torch.full((1000, 1, 32, 32), 9.0)
    result = random_erasing(images.clone(), 0.25, seeded())
    erased = result != images
    assert 0.2 < erased.flatten(1).any(1).float().mean() < 0.3
    assert result[erased].mean().abs() < 0.02
    assert result[erased].std() == pytest.approx(1, abs=0.02)
    everywhere = random_erasing(images.clone(), 1.0, seeded()) != images
    reached = everywhere.any(0)[0]
    assert reached.all()  # corners too


def test_probability_zero_is_identity():
    images = batch((4, 3, 8, 8), torch.float32)
    assert torch.equal(random_erasing(images, 0.0, seeded()), images)


@few
@given(shapes, seeds)
def test_statistics_normalise_a_split_to_mean_0_and_deviation_1(shape, seed):
    images = torch.randint(
        256, (shape[0] + 1, *shape[1:]), generator=seeded(seed), dtype=torch.uint8
    )
    mean, std = statistics(images)
    assert mean.shape == std.shape == (shape[1],)
    result = normalize(images, mean, std)
    assert result.dtype == torch.float32
    for channel in result.unbind(1):
        assert channel.mean().item() == pytest.approx(0, abs=1e-4)
        assert channel.std(correction=0).item() == pytest.approx(1, abs=1e-4)
