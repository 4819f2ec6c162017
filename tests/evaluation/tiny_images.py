"""Tiny images, and how the paper shows them, computed by Pillow and numpy alone."""

import numpy as np
import torch
from PIL import Image
from timm.data import ImageNetInfo

SIZE = 32
WNIDS = ImageNetInfo().label_names()
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def picture(number, size=(50, 40)):
    generator = np.random.default_rng(number)
    small = generator.integers(0, 255, (3, 4, 3), dtype=np.uint8)
    return Image.fromarray(small).resize(size, Image.Resampling.BICUBIC)


def pixels(image, crop=True):
    """Return an image as the paper shows it at SIZE, computed by Pillow and numpy."""
    if crop:  # the shorter side to SIZE / 0.875, then the centre
        short, (width, height) = int(SIZE / 0.875), image.size
        scale = short / min(width, height)
        image = image.resize((int(width * scale), int(height * scale)), 3)
        left, top = (round((side - SIZE) / 2) for side in image.size)
        image = image.crop((left, top, left + SIZE, top + SIZE))
    values = (np.asarray(image) / 255 - MEAN) / STD
    return torch.tensor(values, dtype=torch.float32).permute(2, 0, 1)[None]
