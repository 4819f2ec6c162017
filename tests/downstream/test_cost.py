import pytest
import torch

from roadmap.base.paper import paper_rows
from roadmap.downstream import cost
from roadmap.downstream.backbone import backbone
from roadmap.downstream.segmentation import UPerNet


def test_mask_rcnn_has_the_papers_gflops():
    found = cost.detection_gflops("roadmap_convnext_tiny")
    assert found["Mask R-CNN"] == pytest.approx(262, abs=0.5)
    assert found["Cascade Mask R-CNN"] == pytest.approx(741, rel=0.002)


def test_upernet_has_the_papers_gflops_and_params():
    found = cost.segmentation_gflops("roadmap_convnext_tiny", 512)
    assert found == pytest.approx(939, rel=0.002)
    with torch.device("meta"):
        network = UPerNet(backbone("roadmap_convnext_tiny"), 150)
    assert sum(p.numel() for p in network.parameters()) == pytest.approx(60e6, abs=5e5)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("task", "networks"), [("detection", 14), ("segmentation", 11)]
)
def test_every_network_of_tables_3_and_4_is_within_one_percent(task, networks):
    rows = cost.beside_the_paper(task)
    assert len(rows) == networks
    off = {row: row.ours / row.paper - 1 for row in rows}
    assert {row: part for row, part in off.items() if abs(part) > 0.01} == {}


def test_the_papers_tables_are_there():
    three, four, seven = map(paper_rows, (3, 4, 7))
    assert (len(three), len(four), len(seven)) == (16, 11, 6)
    single = {(row["backbone"], row["crop"]): row["miou_single_scale"] for row in seven}
    assert single.items() >= {("ConvNeXt-T", "512"): "46.0"}.items()
    for row in four:  # several scales never cost accuracy
        key = row["backbone"], row["crop"]
        assert key not in single or single[key] < row["miou_multi_scale"]
