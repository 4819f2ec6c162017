"""Images of any kind of file, cropped as timm and the paper do."""

import random

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from image_folders import picture
from PIL import Image
from timm.data.transforms import RandomResizedCropAndInterpolation

from roadmap.data.augment import Augmentation
from roadmap.data.augment import by_image as images

GREY = Image.new("RGB", (12, 10), (90, 90, 90))


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


@pytest.mark.parametrize("kind", ["16 bits", "moving", "palette", "grey", "alpha"])
def test_odd_files_are_read_as_others(kind, tmp_path):
    file = tmp_path / "odd.png"
    if kind == "16 bits":
        Image.fromarray(np.full((10, 12), 90 * 257, np.uint16)).save(file)
    elif kind == "moving":
        other = Image.new("RGB", (12, 10), (200, 0, 0))
        GREY.save(file, "gif", save_all=True, append_images=[other])
    else:
        made = {"palette": GREY.quantize(), "grey": GREY.convert("L")}
        made["alpha"] = GREY.convert("RGBA")
        made[kind].save(file)
    read = images.read_image(file)
    assert read.dtype == torch.uint8
    assert read.shape == (3, 10, 12)
    assert (read.float() - 90).abs().max() <= 1


@pytest.mark.parametrize("size", [(1, 1), (2, 1), (1, 90), (2000, 2)])
def test_the_smallest_images_are_cropped(size):
    image = images.from_pillow(GREY.resize(size))
    crop = images.training_transform(
        16, True, Augmentation(random_resized_crop=(0.08, 1.0)), (0.5, 0.5, 0.5)
    )
    assert all(crop(image).shape == (3, 16, 16) for _ in range(50))
    assert images.evaluation_transform(16, None)(image).shape == (3, 16, 16)


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
