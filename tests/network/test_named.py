"""Models by name, what they cost in parts, and their specification as Table 9."""

import pytest

from roadmap.base.paper import paper_rows
from roadmap.network.named import build_model, cost_of_model, find_models
from roadmap.network.specification import specification
from roadmap.network.split import split_of
from roadmap.report.numbers.printed import printed

TABLE_9 = {
    "resnet50": "resnet",
    "convnext_t": "separate_downsampling",
    "swin_t": "swin",
}


@pytest.mark.parametrize("name", printed(1, 2))
def test_tables_1_and_2_of_convnext_swin_and_vit(name):
    (model,) = find_models([name])
    found, paper = cost_of_model(model), printed(1, 2)[name]
    assert f"{found.params / 1e6:.0f}" == paper.params_m
    assert f"{found.gflops:.1f}" in paper.gflops.split(", ")


@pytest.mark.parametrize(("column", "name"), TABLE_9.items())
def test_the_specification_is_table_9(column, name):
    (model,) = find_models([name])
    paper = {row["stage"]: row for row in paper_rows(9)}
    rows = {row.stage: row for row in specification(model)}
    for stage in ("stem", "res2", "res3", "res4", "res5"):
        assert rows[stage].output == paper[stage]["output"]
        assert rows[stage].layers == paper[stage][column]
    cost = cost_of_model(model)
    assert f"{cost.gflops:.1f}e9" == paper["FLOPs"][column]
    assert f"{cost.params / 1e6:.1f}e6" == paper["params"][column]


def test_a_specification_says_what_stands_between_the_stages():
    words = ["layer_norm", "separate_downsampling", "swin"]
    rows = [
        {row.stage: row.layers for row in specification(model)}
        for model in find_models(words)
    ]
    layers = ["", "2x2, 192, stride 2", "2x2 patches, 1x1, 192"]
    assert [row["res3 downsample"] for row in rows] == layers
    assert {row["head"] for row in rows} == {"average pool; 1x1, 1000"}


def test_a_specification_at_laptop_size():
    (model,) = find_models(["gelu"], "proxy", 48)
    rows = specification(model, num_classes=10)
    assert [row.output for row in rows] == [
        "24x24",
        "24x24",
        *["12x12"] * 2,
        *["6x6"] * 2,
        "1x1",
    ]
    assert rows[1].layers == "[d7x7 12, 1x1 48, 1x1 12] x1"


@pytest.mark.parametrize(
    "name",
    [
        "resnet",
        "convnext_tiny",
        "swin_tiny",
        "timm/vit_tiny_patch16_224",
        "timm/convnext_tiny",
        "torchvision/resnet50",
    ],
)
def test_the_parts_add_up_to_the_whole(name):
    (model,) = find_models([name])
    parts, whole = split_of(model), cost_of_model(model)
    assert sum(part.params for part in parts) == whole.params
    assert sum(part.gflops for part in parts) == pytest.approx(whole.gflops)
    assert sum(part.activations for part in parts) == pytest.approx(whole.activations)


def test_the_parts_of_a_convnext_counted_by_hand():
    (model,) = find_models(["separate_downsampling"])
    parts = {(part.stage, part.kind): part for part in split_of(model)}
    assert list(dict.fromkeys(stage for stage, _ in parts)) == [
        "stem",
        *(f"stage {i}" for i in (1, 2, 3, 4)),
        "head",
    ]
    depthwise = parts["stage 1", "depthwise conv"]
    assert depthwise.params == 3 * 96 * (49 + 1)
    assert depthwise.gflops == pytest.approx(3 * 96 * 49 * 56**2 / 1e9)
    pointwise = parts["stage 4", "1x1 conv"]
    assert pointwise.params == 3 * (2 * 768 * 3072 + 768 + 3072)
    assert parts["head", "linear"].params == 769_000


def test_attention_is_a_kind_of_its_own():
    (model,) = find_models(["swin_tiny"])
    first = next(part for part in split_of(model) if part.kind == "attention")
    windows, tokens = (56 // 7) ** 2, 49
    assert first.gflops == pytest.approx(2 * 2 * windows * tokens**2 * 96 / 1e9)
    assert first.params == 2 * 13**2 * 3  # position biases of two blocks, three heads


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("convnext_tny", "models=convnext_tny: did you mean convnext_tiny? valid: "),
        ("gelu@x", "models=gelu@x: valid: gelu@PIXELS"),
        ("gelu@0", "models=gelu@0: valid: gelu@PIXELS"),
        ("convnext_tiny@16", "need images of 32 pixels"),
        ("keras/resnet50", "timm/NAME or torchvision/NAME"),
    ],
)
def test_a_wrong_name_is_one_line(word, expected):
    with pytest.raises(ValueError, match=r"^[^\n]+$") as no:
        find_models(["resnet", word])
    assert expected in str(no.value)


@pytest.mark.parametrize("name", ["timm/nosuch", "torchvision/nosuch"])
def test_a_model_that_a_library_lacks_is_one_line(name):
    (model,) = find_models([name])
    with pytest.raises(ValueError, match=rf"^models={name}: [^\n]+$"):
        build_model(model)


def test_only_designs_have_a_specification():
    with pytest.raises(ValueError, match=r"^models=timm/resnet18: valid: a step, "):
        specification(find_models(["timm/resnet18"])[0])
