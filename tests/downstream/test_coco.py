import json

import pytest
import torch
from tiny_sets import SIDE, TINY, detection
from torch import nn
from torchvision.models.detection.mask_rcnn import MaskRCNNHeads

from roadmap.downstream.backbone import backbone
from roadmap.downstream.coco import Coco, average_precision
from roadmap.downstream.detection import mask_rcnn
from roadmap.downstream.fit import fit, param_groups

CPU = torch.device("cpu")
ALL = {"box_ap", "box_ap50", "box_ap75", "mask_ap", "mask_ap50", "mask_ap75"}


class Oracle(nn.Module):
    """Finds the objects that it is told, image by image, with a score of 1."""

    def __init__(self, targets):
        super().__init__()
        self.targets = iter(targets)

    def forward(self, images):
        target = next(self.targets)
        scores = torch.ones(len(target["labels"]))
        return [{**target, "masks": target["masks"][:, None].float(), "scores": scores}]


@pytest.fixture
def targets(coco_folder):
    data = Coco(coco_folder, "train", train=True)
    data.transform.transforms[0].p = 0  # no flip
    return [data[index][1] for index in range(len(data))]


def test_what_is_trained_on(coco_folder, targets):
    data = Coco(coco_folder, "train", train=True)
    assert len(data) == 2, "the third image has no object"
    assert len(Coco(coco_folder, "train", train=False)) == 3
    for target in targets:
        assert target["labels"].tolist() == [1, 2], "no crowd, ids without gaps"
        for (left, top, right, bottom), mask in zip(
            target["boxes"].tolist(), target["masks"], strict=True
        ):
            rows, columns = mask.nonzero().T
            assert abs(rows.min() - top) <= 1 >= abs(rows.max() + 1 - bottom)
            assert abs(columns.min() - left) <= 1 >= abs(columns.max() + 1 - right)


def test_a_flip_takes_image_boxes_and_masks_along(coco_folder):
    data, seen = Coco(coco_folder, "train", train=True), set()
    for seed in range(8):
        torch.manual_seed(seed)
        image, target = data[0]
        inside = image[:, target["masks"][0].bool()].mean(1)
        assert inside.argmax() == 0, "class 1 is red"
        left, _, right, _ = target["boxes"][0].tolist()
        columns = target["masks"][0].nonzero()[:, 1]
        assert left - 1 <= columns.min() <= columns.max() <= right
        seen.add(left)
    assert len(seen) == 2


def test_average_precision_of_what_is_true_and_of_nothing(coco_folder, targets):
    data = Coco(coco_folder, "train", train=False)
    nothing = {"boxes": torch.zeros(0, 4), "labels": torch.zeros(0, dtype=torch.long)}
    nothing["masks"] = torch.zeros(0, SIDE, SIDE)
    perfect = average_precision(Oracle([*targets, nothing]), data, CPU)
    assert perfect == pytest.approx(dict.fromkeys(ALL, 100))
    none = average_precision(Oracle([nothing] * 3), data, CPU)
    assert none == dict.fromkeys(ALL, 0)


def test_objects_of_the_wrong_class_are_no_hits(coco_folder, targets):
    swapped = [{**one, "labels": 3 - one["labels"]} for one in targets]
    found = average_precision(
        Oracle([*swapped, swapped[0]]), Coco(coco_folder, "train", train=False), CPU
    )
    assert found["box_ap50"] < 20


@pytest.mark.parametrize("split", ["train2017", "annotations"])
def test_a_folder_of_another_layout_is_refused(coco_folder, split):
    with pytest.raises(ValueError, match=f"^folder=.*valid: a folder with {split}/"):
        Coco(coco_folder, split, train=True)


def test_a_file_of_another_format_is_refused(tmp_path):
    (tmp_path / "train").mkdir()
    (tmp_path / "annotations").mkdir()
    file = tmp_path / "annotations" / "instances_train.json"
    for content in (json.dumps({"some": "thing"}), json.dumps([1]), "{"):
        file.write_text(content)
        with pytest.raises(ValueError, match=r"instances_train.json: is not in COCO's"):
            Coco(tmp_path, "train", train=True)


@pytest.mark.slow
def test_mask_rcnn_learns_a_tiny_set_by_heart(coco_folder):
    torch.manual_seed(0)
    task = detection()
    data = Coco(coco_folder, "train", train=True)
    body = backbone("convnext_tiny", switches={**TINY, "ls_init_value": None})
    sizes = {"min_size": SIDE, "max_size": SIDE, "box_detections_per_img": 10}
    quick = MaskRCNNHeads(32, (256,), 1)  # one convolution, not four of 256 channels
    network = mask_rcnn(
        body, 3, 32, **sizes, mask_head=quick, box_batch_size_per_image=16
    )
    batches = ([*zip(*(data[i] for i in range(2)), strict=True)] for _ in range(50))
    losses = fit(network, param_groups(network, body, task), batches, task, CPU)
    assert losses[-1] < losses[0] / 2
    found = average_precision(network, Coco(coco_folder, "train", train=False), CPU)
    assert found["box_ap50"] > 90
    assert found["mask_ap50"] > 90
