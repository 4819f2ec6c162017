"""Data in COCO's format, and COCO's average precision."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import Dataset
from torchvision.datasets import CocoDetection
from torchvision.transforms import v2
from torchvision.tv_tensors import BoundingBoxes, Mask

COLUMNS = {"ap": 0, "ap50": 1, "ap75": 2}
"""Names of Table 3's columns, and their places in COCO's list of results."""


class Coco(Dataset):
    """Images (3, h, w) in [0, 1] with a target each, as Mask R-CNN takes them.

    Labels are 1 to n in the order of the categories' ids. Images without a usable
    object are left out of training; crowds and empty boxes are not trained on. The
    augmentation is a horizontal flip.

    Args:
        folder: with a folder ``split`` and ``annotations/instances_<split>.json``.
        split: ``train2017``, ``val2017`` ...
        train: whether objects come with the images; else the image's id does.

    Raises:
        ValueError: one line, for a folder of another layout, or without pycocotools.

    """

    def __init__(self, folder: Path, split: str, train: bool) -> None:
        file = folder / "annotations" / f"instances_{split}.json"
        if not (folder / split).is_dir() or not file.is_file():
            valid = f"a folder with {split}/ and annotations/{file.name}"
            raise ValueError(f"folder={folder}: valid: {valid}")
        try:
            with redirect_stdout(io.StringIO()):
                self.read = CocoDetection(folder / split, str(file))
            self.coco = self.read.coco
            self.categories = sorted(self.coco.getCatIds())
        except ModuleNotFoundError as error:
            raise ValueError("task=detection needs: pip install pycocotools") from error
        except (ValueError, KeyError, TypeError, AssertionError) as error:
            raise ValueError(f"{file}: is not in COCO's format") from error
        self.train = train
        self.rows = [
            row
            for row, image_id in enumerate(self.read.ids)
            if not train or any(map(_usable, self.coco.imgToAnns[image_id]))
        ]
        self.transform = v2.Compose(
            [v2.RandomHorizontalFlip(), v2.ConvertBoundingBoxFormat("XYXY")]
        )

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> tuple[Tensor, Any]:
        picture, objects = self.read[self.rows[index]]
        image = v2.functional.to_dtype(v2.functional.to_image(picture), scale=True)
        if not self.train:
            return image, self.read.ids[self.rows[index]]
        objects = [one for one in objects if _usable(one)]
        masks = np.stack([self.coco.annToMask(one) for one in objects])
        labels = [self.categories.index(one["category_id"]) + 1 for one in objects]
        target = {
            "boxes": BoundingBoxes(
                torch.tensor([one["bbox"] for one in objects], dtype=torch.float32),
                format="XYWH",
                canvas_size=image.shape[-2:],
            ),
            "labels": torch.tensor(labels),
            "masks": Mask(masks),
        }
        return self.transform(image, target)


def _usable(found: dict[str, Any]) -> bool:
    return not found.get("iscrowd") and min(found["bbox"][2:]) >= 1


@torch.inference_mode()
def average_precision(
    network: nn.Module, data: Coco, device: torch.device
) -> dict[str, float]:
    """Return ``box_ap``, ``box_ap50``, ``box_ap75`` and the same of masks, in percent.

    They are COCO's: means over classes, over IoU from 0.5 to 0.95 without a number.
    """
    network.eval()
    results: list[dict[str, Any]] = []
    for index in range(len(data)):
        image, image_id = data[index]
        (found,) = network([image.to(device)])
        results += _results(found, image_id, data.categories)
    names = {"box": "bbox", "mask": "segm"}
    return {
        f"{name}_{column}": value
        for name, kind in names.items()
        for column, value in _score(data.coco, results, kind).items()
    }


def _results(
    found: dict[str, Tensor], image_id: int, categories: list[int]
) -> Iterator[dict[str, Any]]:
    """Yield the objects of one image as COCO's result files have them."""
    from pycocotools import mask

    corners = found["boxes"].tolist()
    masks = (found["masks"][:, 0] > 0.5).byte().cpu().numpy()
    labels, scores = found["labels"].tolist(), found["scores"].tolist()
    for (x, y, right, bottom), label, score, one in zip(
        corners, labels, scores, masks, strict=True
    ):
        yield {
            "image_id": image_id,
            "category_id": categories[label - 1],
            "score": score,
            "bbox": [x, y, right - x, bottom - y],
            "segmentation": mask.encode(np.asfortranarray(one)),
        }


def _score(coco: Any, results: list[dict[str, Any]], kind: str) -> dict[str, float]:
    from pycocotools.cocoeval import COCOeval

    if not results:
        return dict.fromkeys(COLUMNS, 0.0)
    with redirect_stdout(io.StringIO()):
        scored = COCOeval(coco, coco.loadRes([dict(one) for one in results]), kind)
        scored.evaluate()
        scored.accumulate()
        scored.summarize()
    return {name: 100 * float(scored.stats[i]) for name, i in COLUMNS.items()}
