"""GFLOPs of the detectors and of UPerNet, beside those of Tables 3 and 4."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode
from torchvision.models.detection.faster_rcnn import (
    FastRCNNConvFCHead,
    FastRCNNPredictor,
)

from roadmap.base.kept import kept
from roadmap.base.paper import paper_rows
from roadmap.downstream.backbone import backbone
from roadmap.downstream.detection import mask_rcnn
from roadmap.downstream.segmentation import UPerNet

DETECTION_SIZE = (800, 1280)
"""Height and width of the images of Table 3."""
SEGMENTATION_SIZES = {512: (512, 2048), 640: (640, 2560)}
"""Height and width of the images of Table 4, by the crop it trains on."""
PROPOSALS, OBJECTS = 1000, 100
"""How many boxes get a class, and how many a mask, as mmdetection counts."""
_SWIN = {"T": "tiny", "S": "small", "B": "base", "L": "large"}
_RESNET = {
    "ResNet-50": "resnet50",
    "X101-32": "resnext101_32x4d",
    "X101-64": "resnext101_64x4d",
}


class Row(NamedTuple):
    """One network of Table 3 or 4: our count and the paper's, in GFLOPs."""

    method: str
    backbone: str
    ours: float
    paper: float


@cache
def detection_gflops(name: str, num_classes: int = 81) -> dict[str, float]:
    """Return the GFLOPs of ``Mask R-CNN`` and ``Cascade Mask R-CNN``, by method.

    They are multiply-adds / 1e9 of convolutions, linear layers and attention for one
    image of ``DETECTION_SIZE``. The cascade has the same first part. Then come three
    box heads of four 3x3 convolutions and one linear layer, and three mask heads.

    Args:
        name: of the backbone.
        num_classes: with the background.

    """
    with torch.device("meta"):
        network = mask_rcnn(backbone(name), num_classes)
        heads = network.roi_heads
        box = nn.Sequential(heads.box_head, heads.box_predictor)
        mask = nn.Sequential(heads.mask_head, heads.mask_predictor)
        norm = nn.BatchNorm2d
        cascade_box = nn.Sequential(
            FastRCNNConvFCHead((256, 7, 7), [256] * 4, [1024], norm_layer=norm),
            FastRCNNPredictor(1024, num_classes),
        )
    rpn = network.rpn.head.eval()
    pyramid = network.backbone.eval()
    first = _gflops(lambda x: rpn([*pyramid(x).values()]), 1, 3, *DETECTION_SIZE)
    masks = _gflops(mask.eval(), OBJECTS, 256, 14, 14)
    boxes = _gflops(box.eval(), PROPOSALS, 256, 7, 7)
    cascade_boxes = _gflops(cascade_box.eval(), PROPOSALS, 256, 7, 7)
    return {
        "Mask R-CNN": first + boxes + masks,
        "Cascade Mask R-CNN": first + 3 * (cascade_boxes + masks),
    }


def segmentation_gflops(name: str, crop: int, num_classes: int = 150) -> float:
    """Return UPerNet's GFLOPs for one image of ``SEGMENTATION_SIZES[crop]``.

    The auxiliary head does not count: only training uses it.
    """
    with torch.device("meta"):
        network = UPerNet(backbone(name), num_classes)
    return _gflops(network.eval(), 1, 3, *SEGMENTATION_SIZES[crop])


def _gflops(network: Callable[[Tensor], Any], *shape: int) -> float:
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(torch.zeros(shape, device="meta"))
    return counter.get_total_flops() / 2e9  # torch counts two per multiply-add


def beside_the_paper(task: str) -> list[Row]:
    """Return a row for each network of Table 3 (``detection``) or 4, counted once."""
    rows = paper_rows(3 if task == "detection" else 4)
    # Pre-training on ImageNet-22K does not change a network: one row for each.
    one_each = {(_method(row), row["backbone"]): row for row in rows}
    found = kept(
        __name__, [*one_each.values()], lambda: [*map(_row, one_each.values())]
    )
    return [Row(*one) for one in found]


def _row(row: dict[str, str]) -> Row:
    name, method = timm_name(row["backbone"]), _method(row)
    if "crop" in row:
        ours = segmentation_gflops(name, int(row["crop"]))
    else:
        ours = detection_gflops(name)[method]
    return Row(method, row["backbone"], ours, float(row["gflops"]))


def _method(row: dict[str, str]) -> str:
    return row.get("method") or f"UPerNet, {row['crop']}"


def timm_name(backbone: str) -> str:
    """Return the registered name of a backbone of the tables: ``ConvNeXt-T``."""
    family, _, size = backbone.partition("-")
    if family == "Swin":
        return f"swin_{_SWIN[size]}_patch4_window7_224"
    sizes = {**_SWIN, "XL": "xlarge"}
    return _RESNET.get(backbone) or f"roadmap_convnext_{sizes[size]}"
