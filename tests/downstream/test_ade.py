import shutil

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tiny_sets import SIDE, TINY, segmentation
from torch import nn

from roadmap.downstream.ade import Ade, confusion, mean_iou, slide
from roadmap.downstream.backbone import backbone
from roadmap.downstream.fit import fit, param_groups
from roadmap.downstream.segmentation import UPerNet

CPU = torch.device("cpu")


def test_labels_are_from_0_and_what_is_ignored_is_minus_1(ade_folder):
    image, labels = Ade(ade_folder, "training", SIDE, train=False)[0]
    assert image.shape == (3, SIDE, SIDE)
    assert image.dtype == torch.float32
    assert labels.unique().tolist() == [-1, 0, 1, 2]
    assert (labels[60:] == -1).all()


def test_images_are_scaled_and_labels_keep_their_size(ade_folder):
    image, labels = Ade(ade_folder, "training", 2 * SIDE, train=False)[0]
    assert image.shape == (3, 2 * SIDE, 2 * SIDE)
    assert labels.shape == (SIDE, SIDE)


def test_augmentation_moves_labels_with_the_image(ade_folder):
    data = Ade(ade_folder, "training", SIDE, train=True)
    for seed in range(12):
        torch.manual_seed(seed)
        image, labels = data[0]
        assert image.shape == (3, SIDE, SIDE)
        assert labels.shape == (SIDE, SIDE)
        red = image[0] - image[2]
        if (labels == 0).sum() > 50 < (labels == 1).sum():
            assert red[labels == 0].mean() > red[labels == 1].mean() + 1


@given(st.integers(5, 50), st.integers(5, 50), st.integers(3, 20))
def test_windows_cover_every_pixel(height, width, crop):
    images = torch.randn(1, 2, height, width)
    torch.testing.assert_close(slide(nn.Identity(), images, crop), images)


def test_windows_are_no_larger_than_the_crop():
    sizes = []

    def network(part):
        sizes.append(part.shape[-2:])
        return part

    slide(network, torch.zeros(1, 1, 20, 9), 9)
    assert sizes == [(9, 9)] * 3, "starts 0, 6, 11"


class Oracle(nn.Module):
    """Gives the scores of the labels that it is told, image by image."""

    def __init__(self, labels):
        super().__init__()
        self.labels = iter(labels)

    def forward(self, images):
        labels = next(self.labels).clamp(min=0)
        return nn.functional.one_hot(labels, 3).movedim(-1, 0)[None].float()


def test_mean_iou_of_what_is_true_and_of_one_class(ade_folder):
    data = Ade(ade_folder, "training", SIDE, train=False)
    labels = [data[index][1] for index in range(2)]
    assert mean_iou(Oracle(labels), data, SIDE, 3, CPU) == {"miou": 100}
    ground = [torch.full_like(one, 2) for one in labels]
    kept = torch.stack(labels)
    share = ((kept == 2).sum() / (kept >= 0).sum()).item()
    found = mean_iou(Oracle(ground), data, SIDE, 3, CPU)["miou"]
    assert found == pytest.approx(100 * share / 3)


def test_ignored_pixels_do_not_count():
    labels = torch.tensor([[-1, -1, 0, 1]])
    counts = confusion(torch.tensor([[0, 1, 0, 0]]), labels, 2)
    assert counts.tolist() == [[1, 0], [1, 0]]


def test_a_label_beyond_the_classes_is_refused():
    with pytest.raises(ValueError, match="a label is 4: valid: 0, ignored, to 3"):
        confusion(torch.zeros(1, 1, dtype=torch.long), torch.full((1, 1), 3), 3)


def test_a_folder_of_another_layout_is_refused(ade_folder, tmp_path):
    with pytest.raises(ValueError, match=r"^folder=.*valid: a folder with images/val"):
        Ade(ade_folder, "val", SIDE, train=True)
    shutil.copytree(ade_folder, tmp_path / "ade")
    (tmp_path / "ade" / "annotations" / "training" / "1.png").unlink()
    with pytest.raises(ValueError, match=r"training/1\.png: .* no labels"):
        Ade(tmp_path / "ade", "training", SIDE, train=True)


def test_an_image_of_ignored_pixels_has_no_loss(ade_folder):
    network = UPerNet(backbone("convnext_tiny", switches=TINY), 3, dim=8)
    images = torch.randn(2, 3, SIDE, SIDE)
    losses = network(images, torch.full((2, SIDE, SIDE), -1))
    assert sum(losses.values()) == 0


def test_scores_have_the_images_size():
    network = UPerNet(backbone("convnext_tiny", switches=TINY), 5, dim=8).eval()
    assert network(torch.randn(1, 3, 64, 96)).shape == (1, 5, 64, 96)


@pytest.mark.slow
def test_upernet_learns_a_tiny_set_by_heart(ade_folder):
    torch.manual_seed(0)
    task = segmentation()
    data = Ade(ade_folder, "training", SIDE, train=False)
    batch = [torch.stack(one) for one in zip(data[0], data[1], strict=True)]
    body = backbone("convnext_tiny", switches={**TINY, "ls_init_value": None})
    network = UPerNet(body, 3, dim=32)
    groups = param_groups(network, body, task)
    losses = fit(network, groups, [batch] * task.steps, task, CPU)
    assert losses[-1] < losses[0] / 2
    assert mean_iou(network, data, SIDE, 3, CPU)["miou"] > 80


def test_grey_images_are_read(ade_folder, tmp_path):
    shutil.copytree(ade_folder, tmp_path / "ade")
    file = tmp_path / "ade" / "images" / "training" / "0.jpg"
    Image.open(file).convert("L").save(file)
    assert Ade(tmp_path / "ade", "training", SIDE, train=True)[0][0].shape[0] == 3
