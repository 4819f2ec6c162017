"""Weights from files, and torchvision's and timm's weights under our names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from roadmap.network.design import Design
from roadmap.network.network import Network

# Layer names, theirs to ours, for each kind of state dict.
_RESNET = {"conv1": "stem.conv", "bn1": "stem.norm", "fc": "head"}
_RESNET_BLOCK = {
    "conv1": "branch.pointwise_1",
    "bn1": "branch.pointwise_1_norm",
    "conv2": "branch.spatial",
    "bn2": "branch.spatial_norm",
    "conv3": "branch.pointwise_2",
    "bn3": "branch.pointwise_2_norm",
    "downsample.0": "shortcut.conv",
    "downsample.1": "shortcut.norm",
}
_CONVNEXT = {
    "stem.0": "stem.conv",
    "stem.1": "stem.norm",
    "head.norm": "norm",
    "head.fc": "head",
}
_CONVNEXT_STAGE = {"downsample.0": "downsample.norm", "downsample.1": "downsample.conv"}
_CONVNEXT_BLOCK = {
    "conv_dw": "branch.spatial",
    "norm": "branch.spatial_norm",
    "mlp.fc1": "branch.pointwise_1",
    "mlp.fc2": "branch.pointwise_2",
    "": "layer_scale",  # timm keeps gamma in the block itself
}


def read_weights(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a file, .safetensors or PyTorch's; its code is not run.

    Raises:
        ValueError: one line, for a file that does not exist or cannot be read.
    """
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, SafetensorError, RuntimeError, EOFError, ValueError) as error:
        line = " ".join(str(error).split())[:200]
        raise ValueError(f"recipe.weights={path}: cannot be read ({line})") from error
    except Exception as error:  # pickle's, for files that hold more than tensors
        raise ValueError(f"recipe.weights={path}: holds more than weights") from error
    return state.get("model", state.get("state_dict", state))


def start_from(model: nn.Module, state_dict: Mapping[str, Tensor]) -> None:
    """Load our, torchvision's or timm's weights into the model.

    A head for another number of classes keeps its random weights.

    Raises:
        ValueError: one line that names the first tensor that does not fit.
    """
    own = model.state_dict()
    state = dict(state_dict)
    if isinstance(model, Network) and not {"stem.conv.weight"} <= state.keys():
        state = convert(state, model.design)
    for name in ("head.weight", "head.bias", "head.fc.weight", "head.fc.bias"):
        if name in state and name in own and state[name].shape != own[name].shape:
            state[name] = own[name]
    for name in {*own, *state}:
        if name not in state or name not in own or own[name].shape != state[name].shape:
            raise ValueError(f"recipe.weights: {name} does not fit this network")
    model.load_state_dict(state)


def convert(state_dict: Mapping[str, Tensor], design: Design) -> dict[str, Tensor]:
    """Return torchvision ResNet or timm ConvNeXt weights under our names.

    Only names and shapes are compared: the caller must know that the design computes
    the same, as its activation and strides. The weights may have any number of classes
    and image channels; build the ``Network`` with the same numbers. Linear weights
    become 1x1 convolutions. The tensors share memory with the given ones.

    Args:
        state_dict: of a bottleneck ResNet (resnet50, resnet152, ...; timm's have the
            same names) or a timm ConvNeXt (convnext_tiny, ..., with or without
            ``conv_mlp``).
        design: of the network that the weights are for.

    Raises:
        ValueError: one line, for a dict of neither kind, or that names the first tensor
            that does not fit the design.

    """
    if {"conv1.weight", "layer1.0.conv1.weight"} <= state_dict.keys():
        layers, head, first = _resnet_layers(design), "fc.weight", "conv1.weight"
    elif {"stem.0.weight", "stages.0.blocks.0.conv_dw.weight"} <= state_dict.keys():
        layers, head, first = (
            _convnext_layers(design),
            "head.fc.weight",
            "stem.0.weight",
        )
    else:
        raise ValueError(
            "these weights are neither a torchvision ResNet's (conv1.weight, layer1.0."
            "conv1.weight) nor a timm ConvNeXt's (stem.0.weight, stages.0.blocks.0."
            "conv_dw.weight)"
        )
    num_classes = len(state_dict[head]) if head in state_dict else 0
    with torch.device("meta"):
        network = Network(design, num_classes, in_chans=state_dict[first].shape[1])
    return _fit(state_dict, layers, network.state_dict())


def _resnet_layers(design: Design) -> dict[str, str]:
    layers = dict(_RESNET)
    for i, depth in enumerate(design.depths):
        for j in range(depth):
            for theirs, ours in _RESNET_BLOCK.items():
                layers[f"layer{i + 1}.{j}.{theirs}"] = f"stages.{i}.blocks.{j}.{ours}"
    return layers


def _convnext_layers(design: Design) -> dict[str, str]:
    layers = dict(_CONVNEXT)
    for i, depth in enumerate(design.depths):
        for theirs, ours in _CONVNEXT_STAGE.items():
            layers[f"stages.{i}.{theirs}"] = f"stages.{i}.{ours}"
        for j in range(depth):
            block = f"stages.{i}.blocks.{j}"
            for theirs, ours in _CONVNEXT_BLOCK.items():
                layers[f"{block}.{theirs}".rstrip(".")] = f"{block}.{ours}"
    return layers


def _fit(
    state_dict: Mapping[str, Tensor],
    layers: dict[str, str],
    expected: Mapping[str, Tensor],
) -> dict[str, Tensor]:
    """Return the tensors renamed by ``layers``, in the shapes of ``expected``."""
    fitted = {}
    for key, tensor in state_dict.items():
        layer, _, name = key.rpartition(".")
        ours = f"{layers.get(layer)}.{name}"
        if ours not in expected:
            raise ValueError(f"{key} has no place in the design")
        shape = expected[ours].shape
        ones = (1,) * (len(shape) - tensor.ndim)  # Linear to 1x1 conv, gamma to a map
        if (*tensor.shape, *ones) != shape:
            raise ValueError(
                f"{key} has the shape {list(tensor.shape)}; the design's {ours} has "
                f"{list(shape)}"
            )
        fitted[ours] = tensor.reshape(shape)
    for ours in expected:
        # Old checkpoints lack this count, and torch fills it in.
        if ours not in fitted and not ours.endswith("num_batches_tracked"):
            raise ValueError(f"nothing in these weights is for the design's {ours}")
    return fitted
