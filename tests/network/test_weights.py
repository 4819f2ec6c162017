"""Converted weights give the logits of the network that they come from, and go back."""

import re
import sys
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

import elsewhere
import pytest
import timm
import torch
import torchvision

from roadmap import weights as door
from roadmap.base import cli
from roadmap.network.design import Design, SwinDesign
from roadmap.network.network import Network
from roadmap.network.variants import VARIANTS
from roadmap.network.weights import read_weights, start_from
from roadmap.weights import convert

TINY = VARIANTS["convnext_tiny"]
PAGE = Path(__file__).parents[2] / "docs" / "elsewhere.md"


@pytest.fixture(scope="module", params=elsewhere.NETWORKS)
def source(request):
    """Return a format, a network of it with random weights, and its design."""
    build, design = elsewhere.NETWORKS[request.param]
    return request.param.split()[0], elsewhere.randomized(build()), design


def same(found, expected):
    """Return whether two state dicts hold the same bits under the same names."""
    return found.keys() == expected.keys() and all(
        found[k].dtype == v.dtype and found[k].shape == v.shape and found[k].equal(v)
        for k, v in expected.items()
    )


@torch.no_grad()
def assert_same_logits(theirs, design):
    network = Network(design, num_classes=10).double().eval()
    network.load_state_dict(convert(theirs.state_dict(), design))
    images = torch.randn(2, 3, 64, 64, dtype=torch.float64)
    expected = theirs(images)
    assert expected.std() > 1e-3
    assert (network(images) - expected).abs().max() < 1e-9 * expected.abs().max()


def test_logits_are_the_same(source):
    _, theirs, design = source
    assert_same_logits(theirs, design)


def test_the_way_back_gives_the_same_bits(source):
    name, theirs, design = source
    ours = convert(theirs.state_dict(), design)
    assert same(convert(ours, design), ours)
    back = convert(ours, design, to=name)
    assert same(back, theirs.state_dict())
    theirs.load_state_dict(back)


def test_timm_with_convolutions_for_linear_layers():
    theirs = elsewhere.timm_convnext_of(conv_mlp=True)
    assert_same_logits(elsewhere.randomized(theirs), elsewhere.CONVNEXT)


def released():
    """Yield a format, a name and the design of networks with released weights."""
    depths = [(3, 4, 6, 3), (3, 4, 23, 3), (3, 8, 36, 3), (3, 24, 36, 3)]
    for size, one in zip([50, 101, 152, 200], depths, strict=True):
        yield "timm", f"resnet{size}", Design(depths=one)
        if size < 200:
            yield "torchvision", f"resnet{size}", Design(depths=one)
    for name, design in VARIANTS.items():
        if "iso" not in name:
            yield "timm", name, design
            if "xlarge" not in name:
                yield "torchvision", name, design


@pytest.mark.parametrize(("library", "name", "design"), [*released()])
def test_released_networks_by_names_and_shapes(library, name, design):
    build = {"timm": timm.create_model, "torchvision": torchvision.models.get_model}
    with torch.device("meta"):
        theirs = build[library](name).state_dict()
    back = convert(convert(theirs, design), design, to=library)
    shapes = {key: tensor.shape for key, tensor in theirs.items()}
    assert {key: tensor.shape for key, tensor in back.items()} == shapes


def test_classes_and_channels_may_differ():
    theirs = timm_state(num_classes=0, in_chans=1)
    found = convert(theirs, TINY)
    assert found["stem.conv.weight"].shape == (96, 1, 4, 4)
    assert "head.weight" not in found
    assert convert(found, TINY, to="timm").keys() == theirs.keys()


def timm_state(**kwargs):
    with torch.device("meta"):
        return timm.create_model("convnext_tiny", **kwargs).state_dict()


@pytest.mark.parametrize(
    ("design", "words"),
    [
        (replace(TINY, width=64), ["stem.0.weight has the shape"]),
        (replace(TINY, depths=(3, 3, 8, 3)), ["stages.2.blocks.8.", "no place"]),
        (replace(TINY, depths=(3, 3, 9, 4)), ["nothing", "stages.3.blocks.3"]),
        (replace(TINY, layer_scale=None), ["gamma has no place", "layer_scale=1e-6"]),
        (replace(TINY, kernel_size=9), ["network.kernel_size=9", "valid: 7"]),
        (replace(TINY, activation="relu"), ["activation=relu", "valid: gelu", "force"]),
        (replace(TINY, fewer_activations=False), ["fewer_activations=false"]),
        (Design(), ["network.stem=resnet: timm's ConvNeXts have patchify"]),
        (SwinDesign(), ["network.family=swin"]),
    ],
)
def test_another_design_is_refused(design, words):
    refuses(words, timm_state(), design)


def refuses(words, *args, **kwargs):
    with pytest.raises(ValueError, match=r"^[^\n]+$") as refused:
        convert(*args, **kwargs)
    assert all(word in str(refused.value) for word in words), refused.value


def test_weights_of_no_known_kind_are_refused():
    marks = ["torchvision's and timm's ResNets (conv1.weight", "dwconv", "features.0.0"]
    refuses(marks, {"weight": torch.zeros(1)}, TINY)
    odd = dict.fromkeys(["conv1.weight", "layer1.0.conv2.weight"], torch.zeros(()))
    refuses(["in_chans=0"], odd, Design())


@pytest.mark.parametrize(
    ("design", "to", "words"),
    [
        (elsewhere.RESNET, "fair", ["network.stem=resnet: FAIR's"]),
        (elsewhere.ISO, "timm", ["network.stem_stride=16"]),
        (replace(elsewhere.ISO, stem_stride=4), "timm", ["stem.norm"]),
        (
            replace(elsewhere.CONVNEXT, stem_stride=16),
            "fair",
            ["no place for stem.norm.weight"],
        ),
        (elsewhere.UNSCALED, "torchvision", ["layer_scale"]),
        (replace(elsewhere.RESNET, activation="gelu"), "timm", ["activation=gelu"]),
        (elsewhere.RESNET, "keras", ["to=keras", "torchvision, timm, fair"]),
    ],
)
def test_what_has_no_such_names_is_refused(design, to, words):
    refuses(words, Network(design).state_dict(), design, to=to)


def test_force_converts_to_another_activation():
    build, design = elsewhere.NETWORKS["timm resnet"]
    theirs, gelu = build().state_dict(), replace(design, activation="gelu")
    ours = convert(theirs, gelu, force=True)
    assert same(convert(ours, gelu, to="timm", force=True), theirs)


def test_training_starts_from_any_of_them(source):
    _, theirs, design = source
    network = Network(design, num_classes=7)
    drawn = network.head.weight.clone()
    start_from(network, theirs.state_dict())
    assert network.head.weight.equal(drawn)
    stem = convert(theirs.state_dict(), design)["stem.conv.weight"]
    assert network.stem.conv.weight.equal(stem.float())
    other = {"relu": "gelu", "gelu": "relu"}[design.activation]
    network = Network(replace(design, activation=other))
    with pytest.raises(ValueError, match=rf"activation={other}.* valid: "):
        start_from(network, theirs.state_dict())


@pytest.mark.parametrize("key", ["model", "state_dict"])
def test_checkpoints_of_training_scripts_are_read(key, tmp_path):
    state = elsewhere.Fair().state_dict()
    wrapped = {f"module.{name}": tensor for name, tensor in state.items()}
    content = {key: wrapped, "args": Namespace(lr=4e-3), "epoch": 3}
    torch.save(content, tmp_path / "x.pth")
    assert same(read_weights(tmp_path / "x.pth"), state)


@pytest.mark.parametrize("content", [[1], {"epoch": 3}, {"model": Namespace(lr=1)}])
def test_files_without_weights_are_refused(content, tmp_path):
    torch.save(content, tmp_path / "x.pth")
    with pytest.raises(ValueError, match=r"recipe.weights=.*x.pth: holds no"):
        read_weights(tmp_path / "x.pth")


def run(monkeypatch, line):
    """Run ``python -m roadmap.weights``; return its exit status."""
    monkeypatch.setattr(sys, "argv", ["roadmap.weights", *line.split()])
    with pytest.raises(SystemExit) as stop:
        cli.run("weights", door.weights)
    return stop.value.code


LAST = "step=separate_downsampling network.layer_scale=1e-6"
LAST += " network.depths=[1,2,1,1] network.width=8"


@pytest.mark.parametrize("suffix", ["safetensors", "pth"])
def test_files_there_and_back(suffix, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    state = elsewhere.randomized(elsewhere.Fair()).state_dict()
    torch.save({"model": state}, "fair.pth")
    assert run(monkeypatch, f"in=fair.pth out=ours.{suffix} {LAST}") == 0
    assert (
        run(monkeypatch, f"in=ours.{suffix} out=new/back.{suffix} {LAST} to=fair") == 0
    )
    assert same(read_weights(tmp_path / f"new/back.{suffix}"), state)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", ["out=null", "a file"]),
        ("out=x.pth step=resnet", ["in=null", "a file"]),
        ("in=ours.pth out=x.pth", ["variant=convnext_tiny"]),
        ("in=ours.pth out=x.pth step=resnet variant=convnext_tiny", ["one of them"]),
        ("in=ours.pth out=x.pth variant=convnext_tin", ["mean convnext_tiny?"]),
        ("in=ours.pth out=x.pth step=nosuch", ["step=nosuch", "kernel_7"]),
        ("in=ours.pth out=x.pth step=all", ["step=all: valid: one step"]),
        ("in=ours.pth out=x.pth step=swin", ["network.family=swin"]),
        ("in=ours.pth out=x.pth step=resnet to=tim", ["to=tim", "timm, fair"]),
        ("in=ours.pth out=x.pth step=resnet force=2", ["force=2", "true, false"]),
        ("in=ours.pth out=x.bin step=resnet", ["out=x.bin", ".safetensors"]),
        ("in=ours.pth out=ours.pth step=resnet", ["out=ours.pth: exists already"]),
        (f"in=ours.pth out=ours.pth/x.pth {LAST}", ["out=ours.pth/x.pth: "]),
        ("in=nosuch.pth out=x.pth step=resnet", ["in=nosuch.pth: cannot be read"]),
        ("in=. out=x.pth step=resnet", ["in=.: cannot be read"]),
        ("in=ours.pth out=x.pth step=resnet", ["stem.conv.weight has the shape"]),
        ("in=ours.pth out=x.pth step=gelu nosuch=1", ["nosuch", "variant"]),
    ],
)
def test_mistakes_are_one_line_and_nothing_is_written(
    line, words, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    torch.save(Network(elsewhere.CONVNEXT).state_dict(), "ours.pth")
    before = Path("ours.pth").read_bytes()
    assert run(monkeypatch, line) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert all(word in error for word in words), error
    assert [path.name for path in tmp_path.iterdir()] == ["ours.pth"]
    assert Path("ours.pth").read_bytes() == before


def test_the_examples_of_the_page(tmp_path, monkeypatch):
    text = PAGE.read_text().split("## Weights, both ways")[1].split("\n## ")[0]
    (shell,) = re.findall(r"```sh\n(.*?)```", text, re.S)
    (python,) = re.findall(r"```python\n(.*?)```", text, re.S)
    exec(python, names := {})
    first = names["theirs"].state_dict()
    assert same(convert(first, Design()), names["network"].state_dict())
    monkeypatch.chdir(tmp_path)
    state = Network(TINY).state_dict()
    fair = convert(state, TINY, to="fair")
    torch.save({"model": fair}, "convnext_tiny_1k_224_ema.pth")
    for line in shell.replace("\\\n", "").splitlines():
        assert run(monkeypatch, line.partition("roadmap.weights ")[2]) == 0
    timm.create_model("convnext_tiny", checkpoint_path="timm.safetensors")
    assert same(read_weights(tmp_path / "tiny.safetensors"), state)
