"""Files of weights: read, loaded into a network, converted to another file."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from timm.models import clean_state_dict
from torch import Tensor, nn

from roadmap.base.files import write_atomic
from roadmap.network.convert import convert, is_ours
from roadmap.network.design import AnyDesign
from roadmap.network.network import Network

_WRAPPED = ("model", "state_dict")
"""Where training scripts keep the weights in a checkpoint."""


def read_weights(path: Path, setting: str = "recipe.weights") -> dict[str, Tensor]:
    """Return the tensors of a file, .safetensors or PyTorch's; its code is not run.

    They may lie under ``model`` or ``state_dict``, as in the checkpoints of FAIR,
    torchvision and timm. ``setting`` is what errors call the file.

    Raises:
        ValueError: one line, for a file that does not exist or cannot be read.

    """
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        with torch.serialization.safe_globals([Namespace]):  # "args" of FAIR's
            state: Any = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, SafetensorError, RuntimeError, EOFError, ValueError) as error:
        line = " ".join(str(error).split())[:200]
        raise ValueError(f"{setting}={path}: cannot be read ({line})") from error
    except Exception as error:  # pickle's, for files that hold more than tensors
        line = "holds no weights, or more than weights"
        raise ValueError(f"{setting}={path}: {line}") from error
    for key in _WRAPPED:
        if isinstance(state, Mapping) and isinstance(state.get(key), Mapping):
            state = state[key]
    if not _is_weights(state):
        raise ValueError(f"{setting}={path}: holds no state dict of tensors")
    return clean_state_dict(state)  # without the prefixes of DDP and torch.compile


def _is_weights(state: object) -> bool:
    """Return whether an object is a state dict: tensors by name."""
    return isinstance(state, Mapping) and all(
        isinstance(name, str) and isinstance(tensor, Tensor)
        for name, tensor in state.items()
    )


def start_from(
    model: nn.Module,
    state_dict: Mapping[str, Tensor],
    setting: str = "recipe.weights",
) -> None:
    """Load our, torchvision's, timm's or FAIR's weights into the model.

    A head for another number of classes keeps its random weights. ``setting`` is what
    errors call the weights.

    Raises:
        ValueError: one line that names the first tensor that does not fit, or the
            switch that the weights are not for.

    """
    own = model.state_dict()
    state = dict(state_dict)
    if isinstance(model, Network) and not is_ours(state):
        state = convert(state, model.design)
    for name in ("head.weight", "head.bias", "head.fc.weight", "head.fc.bias"):
        if name in state and name in own and state[name].shape != own[name].shape:
            state[name] = own[name]
    for name in {*own, *state}:
        if name not in state or name not in own or own[name].shape != state[name].shape:
            raise ValueError(f"{setting}: {name} does not fit this network")
    model.load_state_dict(state)


def convert_file(
    source: Path, target: Path, design: AnyDesign, to: str, force: bool
) -> int:
    """Convert a file of weights into a new one; return its number of tensors.

    ``target`` is .safetensors, or .pt or .pth as ``torch.save`` writes them; it is
    written whole or not at all. ``convert`` has the other arguments.

    Raises:
        ValueError: one line, for files that cannot be read or written, an existing
            ``target``, and weights that do not fit the design.

    """
    if target.suffix not in (".safetensors", ".pt", ".pth"):
        raise ValueError(f"out={target}: valid: a file .safetensors, .pt or .pth")
    if target.exists():
        raise ValueError(f"out={target}: exists already; valid: a new file")
    found = convert(read_weights(source, "in"), design, to, force)
    state = {name: tensor.contiguous() for name, tensor in found.items()}
    try:
        if target.suffix == ".safetensors":
            write_atomic(target, save(state))
        else:
            write_atomic(target, partial(torch.save, state))
    except OSError as error:
        raise ValueError(f"out={target}: {error.strerror}") from error
    return len(state)
