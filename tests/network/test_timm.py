"""What timm's tools ask of a model, for every step; ``make timm-tests`` asks it all."""

import pytest
import timm
import torch
from timm.data import resolve_data_config
from timm.optim import param_groups_layer_decay, param_groups_weight_decay
from torchvision.models.feature_extraction import create_feature_extractor

import roadmap.models  # noqa: F401, which registers
from roadmap.network.design import Design
from roadmap.network.network import Network
from roadmap.network.path import step_names

STEPS = [f"resnet50_{step}" for step in step_names() if step != "swin"]
SMALL = {"width": 4, "depths": [1, 2, 1]}
SOME = ["resnet50_resnet", "resnet50_separate_downsampling", "convnext_tiny"]


def small(name, **words):
    torch.manual_seed(0)
    return timm.create_model(f"roadmap_{name}", **SMALL, **words)


def images(side=32):
    return torch.randn(2, 1, side, 2 * side, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("name", STEPS)
def test_features_have_the_channels_and_strides_that_are_told(name):
    network = small(name, in_chans=1).eval()
    final, maps = network.forward_intermediates(images())
    assert torch.equal(final, network.forward_features(images()))
    features = small(name, features_only=True, out_indices=(0, 2), in_chans=1).eval()
    assert features.feature_info.channels() == [maps[0].shape[1], maps[2].shape[1]]
    assert features.feature_info.reduction() == [4, 16]
    for got, one in zip(features(images()), (maps[0], maps[2]), strict=True):
        assert torch.equal(got, one)
    assert maps[0].shape[2:] == (8, 16)
    assert maps[2].shape[2:] == (2, 4)


def test_a_network_of_one_stage_has_the_features_of_its_blocks():
    words = {"depths": [3], "width": 4, "in_chans": 1}
    name = "roadmap_convnext_iso_small"
    network = timm.create_model(name, features_only=True, out_indices=[0, 1], **words)
    assert [tuple(one.shape) for one in network(images())] == [(2, 4, 2, 4)] * 2
    assert len(network.model.stages[0].blocks) == 2


@pytest.mark.parametrize("indices", [1, [0], [0, 1, 2]])
def test_pruning_leaves_what_the_features_need(indices):
    network = small("convnext_tiny", in_chans=1).eval()
    words = {"indices": indices, "intermediates_only": True, "stop_early": True}
    before = network.forward_intermediates(images(), **words)
    kept = network.prune_intermediate_layers(indices)
    after = network.forward_intermediates(images(), kept, intermediates_only=True)
    assert all(torch.equal(*pair) for pair in zip(before, after, strict=True))
    assert len(network.stages) == max(kept) + 1
    assert network(images()).shape[1] == network.num_features


@pytest.mark.parametrize("kind", ["avg", "max", "avgmax", "fast", ""])
def test_a_classifier_is_reset_with_its_pooling_type_and_device(kind):
    network = small("convnext_tiny", in_chans=1).double().eval()
    maps = network.forward_features(images().double())
    network.reset_classifier(5 if kind else 0, kind)
    assert all(p.dtype == torch.float64 for p in network.parameters())
    pooled = {"max": maps.amax((2, 3)), "": maps, "avgmax": None}
    expected = pooled.get(kind, maps.mean((2, 3)))
    if expected is None:
        expected = (maps.amax((2, 3)) + maps.mean((2, 3))) / 2
    expected = expected if kind == "" else expected[..., None, None]
    expected = network.norm(expected)
    got = network.forward_head(maps, pre_logits=True)
    assert torch.allclose(got, expected if kind == "" else expected.flatten(1))
    assert network.forward_head(maps).shape[1] == (5 if kind else maps.shape[1])


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ({"global_pool": "catavgmax"}, "global_pool=catavgmax: .*valid: avg, max"),
        ({"global_pool": ""}, "num_classes=1000: valid: 0 where global_pool is ''"),
        ({"num_classes": -1}, "num_classes=-1: valid"),
        ({"img_size": 8}, "need images of 16 pixels a side or more, not 8"),
        ({"kernel": 3}, r"network\.kernel: no such setting"),
        ({"layer_scale": float("inf")}, r"network\.layer_scale=inf: valid"),
    ],
)
def test_wrong_words_are_one_line(words, line):
    with pytest.raises(ValueError, match=line) as refused:
        small("resnet50_separate_downsampling", **words)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("downsampling", ["in_block", "separate"])
def test_one_value_per_channel_in_training_is_one_line(downsampling):
    network = Network(Design(depths=(1, 1), width=2, downsampling=downsampling))
    with pytest.raises(ValueError, match="a batch of one image of 8x8 pixels leaves"):
        network(torch.zeros(1, 3, 8, 8))
    network(torch.zeros(2, 3, 8, 8))
    network.eval()(torch.zeros(1, 3, 8, 8))
    with pytest.raises(ValueError, match="need images of"):
        Network(Design(depths=(1, 1), downsampling="separate"))(torch.zeros(2, 3, 3, 8))


@pytest.mark.parametrize("name", SOME)
def test_checkpointing_keeps_the_gradients(name):
    grads = []
    for enable in (False, True):
        network = small(name, in_chans=1, drop_path_rate=0.3, drop_rate=0.1)
        network.set_grad_checkpointing(enable)
        torch.manual_seed(1)
        network(images()).square().mean().backward()
        grads.append([p.grad for p in network.parameters()])
    assert all(torch.equal(*pair) for pair in zip(*grads, strict=True))


@pytest.mark.parametrize("name", SOME)
def test_graphs_and_scripts_compute_the_same(name):
    network = small(name, in_chans=1).eval()
    with torch.inference_mode():
        logits = network(images())
        tools = {"leaf_modules": timm.models.get_notrace_modules()}
        graph = create_feature_extractor(network, ["head"], tracer_kwargs=tools)
        assert torch.equal(graph(images())["head"], logits)
    for made in (
        torch.jit.script(network),
        torch.jit.script(torch.fx.symbolic_trace(network)),
        torch.export.export(network, (images(),)).module(),
    ):
        assert torch.allclose(made(images()), logits, atol=1e-5)


def test_dropout_is_before_the_head_and_only_in_training():
    network = small("resnet50_gelu", in_chans=1, drop_rate=0.5)
    maps = torch.ones(2, network.num_features, 1, 1)
    assert set(network.forward_head(maps, pre_logits=True).unique().tolist()) == {0, 2}
    assert network.eval().forward_head(maps, pre_logits=True).eq(1).all()


def test_timm_decays_weights_alone_and_layers_by_their_depth():
    network = timm.create_model("roadmap_convnext_tiny", width=2)
    names = {id(p): name for name, p in network.named_parameters()}
    spared = network.no_weight_decay()
    free, decayed = param_groups_weight_decay(network, 0.1, no_weight_decay_list=spared)
    assert free["weight_decay"] == 0
    decayed = {names[id(p)] for p in decayed["params"]}
    assert decayed == {n for n, p in network.named_parameters() if p.ndim > 1} - spared
    assert len(spared) == 18  # the layer scales
    groups = param_groups_layer_decay(
        network, 0.1, no_weight_decay_list=spared, layer_decay=0.5
    )
    scales = {names[id(p)]: g["lr_scale"] for g in groups for p in g["params"]}
    layers = ["head.weight", "stages.3.blocks.2.branch.spatial.weight"]
    layers += [f"stages.2.blocks.{i}.branch.spatial.weight" for i in (8, 5, 2)]
    layers += [
        "stages.1.downsample.conv.weight",
        "stages.0.blocks.0.branch.spatial.bias",
    ]
    layers += ["stem.conv.weight"]
    assert [scales[name] for name in layers] == [0.5**i for i in range(8)]


@pytest.mark.parametrize("name", timm.list_models("roadmap_*"))
def test_what_timm_knows_of_a_name_is_so(name):
    with torch.device("meta"):
        network = timm.create_model(name, num_classes=0, global_pool="").eval()
        cfg = network.default_cfg
        sizes = network(torch.zeros(1, *cfg["input_size"])).shape
        weights = timm.create_model(name).state_dict()
    assert tuple(sizes[2:]) == cfg["pool_size"]
    assert {f"{cfg[key]}.weight" for key in ("classifier", "first_conv")} <= set(
        weights
    )
    assert resolve_data_config(model=network)["crop_pct"] == 0.875
