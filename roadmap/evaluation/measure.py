"""One folder of images: the accuracy of a network on it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, NamedTuple

import torch
from PIL import Image
from rich.console import Console
from rich.progress import track
from timm.data import create_transform
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder

from roadmap.data.source import DataError
from roadmap.evaluation.models import Subject
from roadmap.evaluation.sets import CLASSES, SETS, Part, indices
from roadmap.evaluation.settings import Evaluation
from roadmap.training.evaluate import evaluate

MISSING = "missing"


class Score(NamedTuple):
    """What was measured on a part; accuracies in percent, None where there is none."""

    part: Part
    images: int = 0
    classes: int = 0
    top1: float | None = None
    top5: float | None = None
    problem: str = ""
    """Why there is no accuracy, or why it is not that of the whole set; "" if whole."""


class _Among(nn.Module):
    """A network that chooses among some of its classes: logits [n, len(indices)]."""

    def __init__(self, model: nn.Module, indices: list[int]) -> None:
        super().__init__()
        self.model, self.indices = model, indices

    def forward(self, images: Tensor) -> Tensor:
        return self.model(images)[:, self.indices]


def measure(subject: Subject, part: Part, asked: Evaluation, console: Console) -> Score:
    """Return the network's accuracy on a part, and what the part lacks.

    On a masked set the network chooses among the classes of the folder.
    """
    if not part.classes:
        return Score(part, problem=MISSING)
    chosen = indices(part, subject.num_classes)
    dataset = ImageFolder(
        part.path, _transform(subject, part), loader=_read, allow_empty=True
    )
    count, classes = len(dataset), len(set(dataset.targets))
    if not count:
        return Score(part, problem="no image in it")
    loader = DataLoader(
        dataset,
        asked.batch_size,
        num_workers=asked.num_workers or 0,
        pin_memory=asked.device == "cuda",
    )
    model, labels = subject.model, torch.tensor(chosen)
    if SETS[part.key].masked:
        model, labels = _Among(model, chosen), torch.arange(len(chosen))
    quiet = not console.is_terminal
    bar = partial(track, console=console, transient=True, disable=quiet)
    batches = _batches(bar(loader, part.title, len(loader)), labels, asked.device)
    try:
        metrics, _ = evaluate(model, batches, getattr(torch, asked.precision))
    except DataError as error:  # a worker's has its traceback before the line itself
        line = str(error).strip().splitlines()[-1].rpartition("DataError: ")[2]
        return Score(part, count, classes, problem=line)
    if not math.isfinite(metrics.loss):  # its first class would count as its answer
        return Score(part, count, classes, problem="the logits are not finite")
    lacks = _lacks(part, count, classes) if subject.num_classes == CLASSES else ""
    return Score(part, count, classes, metrics.top1, metrics.top5, lacks)


def _lacks(part: Part, images: int, classes: int) -> str:
    """Return how a part differs from the published set, or ""."""
    whole = SETS[part.key]
    if (images, classes) == (whole.images, whole.classes):
        return ""
    return (
        f"partial: {images:,} of {whole.images:,} images, {classes:,} of "
        f"{whole.classes:,} classes"
    )


def _transform(subject: Subject, part: Part) -> Any:
    """Return timm's evaluation transform with the paper's crops.

    Corrupted images have their final crop already, so they are shown as they are.
    """
    crop_pct = 1.0 if SETS[part.key].baseline else subject.crop_pct
    return create_transform(
        subject.image_size,
        interpolation="bicubic",
        mean=subject.mean,
        std=subject.std,
        crop_pct=crop_pct,
        # As the released code: with nothing cropped, both sides are resized.
        crop_mode="squash" if crop_pct == 1.0 else "center",
    )


def _read(path: str) -> Image.Image:
    try:
        with Image.open(path) as image:
            return image.convert("RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        line = " ".join(str(error).split())
        raise DataError(f"{path}: cannot be read as an image ({line})") from None


def _batches(
    loader: Iterable[Any], labels: Tensor, device: str
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield images and the network's labels for them, on the device."""
    for images, folders in loader:
        yield images.to(device, non_blocking=True), labels[folders].to(device)
