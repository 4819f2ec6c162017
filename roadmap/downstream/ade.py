"""Data in ADE20K's format, and the mean intersection over union."""

from __future__ import annotations

from pathlib import Path

import torch
from PIL import Image
from timm.data import IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD
from torch import Tensor, nn
from torch.utils.data import Dataset
from torchvision import tv_tensors
from torchvision.transforms import v2


class Ade(Dataset):
    """Normalised images (3, h, w) with their labels (h, w), int64; -1 is ignored.

    For training an image is scaled by 0.5 to 2, cropped, flipped and its colours
    changed, as in mmsegmentation; where it is smaller than the crop, ignored pixels
    surround it. Otherwise its shorter side becomes ``crop`` and the labels keep their
    size.

    Args:
        folder: with ``images/<split>/*.jpg`` and ``annotations/<split>/*.png``, whose
            pixels are 0 (ignored) or the class from 1 on.
        split: ``training`` or ``validation``.
        crop: pixels a side.
        train: whether to augment.

    Raises:
        ValueError: one line, for a folder of another layout or an image without labels.

    """

    def __init__(self, folder: Path, split: str, crop: int, train: bool) -> None:
        self.images = sorted((folder / "images" / split).glob("*.jpg"))
        labels = folder / "annotations" / split
        self.labels = [labels / f"{image.stem}.png" for image in self.images]
        if not self.images:
            valid = f"a folder with images/{split}/*.jpg and annotations/{split}/*.png"
            raise ValueError(f"folder={folder}: valid: {valid}")
        for file in self.labels:
            if not file.is_file():
                raise ValueError(
                    f"{file}: there is an image of this name but no labels"
                )
        shape = _augmentation(crop) if train else [v2.Resize(crop, max_size=4 * crop)]
        normalise = v2.Normalize(IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD)
        tail = [v2.ToDtype(torch.float32, scale=True), normalise]
        self.transform = v2.Compose([*shape, *tail])
        self.train = train

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        with Image.open(self.images[index]) as file:
            image = v2.functional.to_image(file.convert("RGB"))
        with Image.open(self.labels[index]) as file:
            labels = tv_tensors.Mask(v2.functional.pil_to_tensor(file))
        if self.train:
            image, labels = self.transform(image, labels)
        else:
            image = self.transform(image)
        return image, labels[0].long() - 1


def _augmentation(crop: int) -> list[nn.Module]:
    mean_colour = tuple(round(255 * mean) for mean in IMAGENET_DEFAULT_MEAN)
    fill = {tv_tensors.Image: mean_colour, tv_tensors.Mask: 0}
    return [
        v2.ScaleJitter((4 * crop, crop), scale_range=(0.5, 2.0)),
        v2.RandomCrop(crop, pad_if_needed=True, fill=fill),
        v2.RandomHorizontalFlip(),
        v2.ColorJitter(brightness=0.125, contrast=0.5, saturation=0.5, hue=0.1),
    ]


@torch.inference_mode()
def mean_iou(
    network: nn.Module, data: Ade, crop: int, num_classes: int, device: torch.device
) -> dict[str, float]:
    """Return ``miou`` in percent: the mean over the classes that occur, one scale."""
    network.eval()
    counts = torch.zeros(num_classes, num_classes, dtype=torch.int64)
    for index in range(len(data)):
        image, labels = data[index]
        scores = slide(network, image[None].to(device), crop)
        scores = nn.functional.interpolate(scores, labels.shape, mode="bilinear")
        counts += confusion(scores.argmax(1)[0].cpu(), labels, num_classes)
    both = counts.diag().double()
    union = counts.sum(0) + counts.sum(1) - both
    return {"miou": 100 * float((both / union)[union > 0].mean())}


def slide(network: nn.Module, images: Tensor, crop: int) -> Tensor:
    """Return the mean scores of windows that overlap by a third (n, classes, h, w)."""
    *_, height, width = images.shape
    windows = [
        (slice(top, top + crop), slice(left, left + crop))
        for top in _starts(height, crop)
        for left in _starts(width, crop)
    ]
    scores = [network(images[..., *window]) for window in windows]
    total = scores[0].new_zeros(*scores[0].shape[:2], height, width)
    seen = total.new_zeros(height, width)
    for window, part in zip(windows, scores, strict=True):
        total[..., *window] += part
        seen[window] += 1
    return total / seen


def _starts(size: int, crop: int) -> list[int]:
    """Return where windows begin; the last one ends with the image."""
    last = max(size - crop, 0)
    stride = 2 * crop // 3
    return [min(start, last) for start in range(0, last + stride, stride)]


def confusion(found: Tensor, labels: Tensor, num_classes: int) -> Tensor:
    """Return the pixels of each class (rows) by the class found (columns).

    Raises:
        ValueError: one line, for a label beyond the classes.

    """
    if labels.max() >= num_classes:
        valid = f"0, ignored, to {num_classes}"
        raise ValueError(f"a label is {int(labels.max()) + 1}: valid: {valid}")
    kept = labels >= 0
    pairs = num_classes * labels[kept] + found[kept]
    counts = torch.bincount(pairs, minlength=num_classes**2)
    return counts.view(num_classes, num_classes)
