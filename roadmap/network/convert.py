"""Weights from torchvision's, timm's and FAIR's names to ours, and back."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from roadmap.base.settings import one_of, word
from roadmap.network.design import AnyDesign, Design
from roadmap.network.network import Network
from roadmap.network.sources import FORMATS, MARKS, SOURCES, Source

Weights = Mapping[str, Tensor]


def convert(
    state_dict: Weights, design: AnyDesign, to: str = "roadmap", force: bool = False
) -> dict[str, Tensor]:
    """Return weights under our names, or under those of another library.

    What they are is recognised by their names: ours, torchvision's or timm's bottleneck
    ResNets, or the ConvNeXts of timm, torchvision and FAIR's released code with its
    isotropic ones. Names and shapes are compared, and the design's switches with those
    of such a network, as neither shows its activation. Weights may have any number of
    classes and image channels; build the ``Network`` with the same numbers.

    1x1 convolutions and scales get the shape of the format, Linear weights for timm,
    torchvision and FAIR; otherwise tensors are the given ones, and share their memory.

    Args:
        state_dict: the weights; timm's may be of ``conv_mlp``, too.
        design: of the network that they are for, or come from.
        to: the names wanted: roadmap, torchvision, timm or fair.
        force: convert to or from a design that computes something else, by names and
            shapes alone.

    Raises:
        ValueError: one line: weights of no known kind, the first tensor that does not
            fit the design, or the first switch that such a network has set otherwise.

    """
    one_of("to", to, FORMATS)
    if not isinstance(design, Design):
        raise ValueError("network.family=swin: its names are timm's; valid: convnet")
    source = _recognise(state_dict)
    if source:
        _check(source, design, force)
    ours = _to_ours(state_dict, design, source)
    return ours if to == "roadmap" else _from_ours(ours, design, to, force)


def is_ours(state_dict: Weights) -> bool:
    """Return whether weights have our names."""
    return state_dict.keys() >= MARKS


def _recognise(state_dict: Weights) -> Source | None:
    """Return what the weights are of; None for a network of ours."""
    if is_ours(state_dict):
        return None
    for source in SOURCES:
        if state_dict.keys() >= source.marks:
            return source
    kinds = [f"{one.title} ({', '.join(sorted(one.marks))})" for one in SOURCES]
    raise ValueError(
        "the names of these weights are of no kind that can be converted; looked for: "
        f"roadmap ({', '.join(sorted(MARKS))}), {', '.join(kinds)}"
    )


def _check(source: Source, design: Design, force: bool) -> None:
    """Refuse a design that computes something else than the source's networks."""
    if force:
        return
    for switch in source.differences(design):
        here, there = (word(getattr(one, switch)) for one in (design, source.design))
        raise ValueError(
            f"network.{switch}={here}: {source.title} have {there}; valid: {there}, "
            "or force=true to convert by names and shapes alone"
        )


def _to_ours(
    state_dict: Weights, design: Design, source: Source | None
) -> dict[str, Tensor]:
    """Return the weights under our names, in the shapes of the design's network."""
    name = source.name if source else str
    num_classes = _size(state_dict, name("head.weight"), 0)
    in_chans = _size(state_dict, name("stem.conv.weight"), 1)
    with torch.device("meta"):
        expected = Network(design, num_classes, in_chans).state_dict()
    names = {name(ours): ours for ours in expected}
    fitted = {}
    for key, tensor in state_dict.items():
        if key not in names:
            raise ValueError(f"{key} has no place in the design{_scale_hint(key)}")
        ours = names[key]
        fitted[ours] = _shaped(key, tensor, ours, expected[ours].shape)
    for ours in expected:
        # Old checkpoints lack this count, and torch fills it in.
        if ours not in fitted and not ours.endswith("num_batches_tracked"):
            raise ValueError(f"nothing in these weights is for the design's {ours}")
    return fitted


def _size(state_dict: Weights, name: str | None, axis: int) -> int:
    """Return the size of a tensor along an axis; 0 where there is none."""
    shape = state_dict[name].shape if name and name in state_dict else ()
    return next(iter(shape[axis:]), 0)


def _scale_hint(key: str) -> str:
    """Return what to do about a layer scale that the design has not."""
    is_scale = key.endswith(("gamma", "layer_scale"))
    return " (network.layer_scale=1e-6 makes one)" if is_scale else ""


def _shaped(key: str, tensor: Tensor, ours: str, shape: torch.Size) -> Tensor:
    """Return the tensor in our shape: Linear to 1x1 convolution, gamma to a map."""
    ones = (1,) * (len(shape) - tensor.ndim)
    if (*tensor.shape, *ones) != shape:
        raise ValueError(
            f"{key} has the shape {list(tensor.shape)}; the design's {ours} has "
            f"{list(shape)}"
        )
    return tensor.reshape(shape)


def _from_ours(
    ours: Weights, design: Design, to: str, force: bool
) -> dict[str, Tensor]:
    """Return our weights under the names of a format, in its shapes."""
    kinds = [source for source in SOURCES if to in source.formats]
    source = min(kinds, key=lambda one: len(one.differences(design)))
    _check(source, design, force)
    found = {}
    for name, tensor in ours.items():
        theirs = source.name(name)
        if theirs is None:
            raise ValueError(f"to={to}: {source.title} have no place for {name}")
        found[theirs] = tensor.reshape(source.shape(name, tensor.shape))
    for layer in source.missing(ours):
        raise ValueError(f"to={to}: {source.title} have a {layer}, these weights none")
    return found
