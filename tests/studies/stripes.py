"""A folder of four classes that can be learned: stripes of four directions in noise."""

import numpy as np
from PIL import Image

CLASSES = ("across", "down", "rising", "falling")


def stripes(label, generator, size=32, contrast=60):
    """Return an image of a class; a weak contrast leaves room for errors."""
    y, x = np.mgrid[:size, :size]
    along = (y, x, x + y, x - y)[label]
    wave = np.sin(2 * np.pi * (along / 8 + generator.random()))
    noise = generator.normal(128, 60, (size, size, 3))
    return (noise + contrast * wave[..., None]).clip(0, 255).astype(np.uint8)


def fill(root, train=60, val=25, seed=0):
    """Write so many images of each class to ``root/train`` and ``root/val``."""
    generator = np.random.default_rng(seed)
    for split, count in (("train", train), ("val", val)):
        for label, name in enumerate(CLASSES):
            folder = root / split / name
            folder.mkdir(parents=True)
            for number in range(count):
                image = Image.fromarray(stripes(label, generator))
                image.save(folder / f"{number}.png")
    return root
