"""The network to evaluate, from a trained run, a file of weights, or timm."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, NamedTuple

import timm
import torch
from timm.data import IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD
from torch import nn

from roadmap.base.settings import refuse
from roadmap.data.settings import FOLDERS
from roadmap.evaluation.settings import Evaluation
from roadmap.network.build import build
from roadmap.network.design import design_from
from roadmap.network.registry import register
from roadmap.network.weights import read_weights, start_from
from roadmap.runs import store

WHOLE_IMAGE = 384
"""From so many pixels on the whole image is shown, not cropped (appendix A.2)."""


class Subject(NamedTuple):
    """A network to evaluate, and how its images are made."""

    model: nn.Module
    num_classes: int
    image_size: int
    crop_pct: float
    mean: tuple[float, ...]
    std: tuple[float, ...]


def open_subject(asked: Evaluation) -> Subject:
    """Return the network, on its device and in evaluation mode.

    Raises:
        ValueError: one line, where the network or its weights cannot be had, or it
            takes no images of that size.
    """
    folder = _run_folder(asked)
    model, size, crop_pct, mean, std = (
        _from_run(asked, folder) if folder else _from_timm(asked)
    )
    crop_pct = asked.crop_pct or crop_pct or (0.875 if size < WHOLE_IMAGE else 1.0)
    model.eval().to(asked.device, memory_format=torch.channels_last)
    return Subject(model, _classes(model, size, asked), size, crop_pct, mean, std)


def _run_folder(asked: Evaluation) -> Path | None:
    """Return the run's folder, or None where the model is no run."""
    places = (Path(asked.model), store.run_folder(Path(asked.root), asked.model))
    return next((one for one in places if (one / "record.json").is_file()), None)


def _from_run(asked: Evaluation, folder: Path) -> tuple[Any, ...]:
    """Return the run's network, image size, crop, mean and standard deviation."""
    record = json.loads((folder / "record.json").read_bytes())
    data, run = record["data"], f"model={asked.model}"
    file = Path(asked.weights or folder / "weights.safetensors")
    if asked.switches:
        raise refuse("switches", asked.switches, "null for a run, which has its own")
    if data["name"] not in (*FOLDERS, "timm"):
        raise ValueError(
            f"{run}: trained on {data['name']}; valid: a run on image folders"
        )
    if not file.is_file():
        raise ValueError(
            f"{run}: no file {file} (the run is {record['status']}); valid: a finished "
            "run, which keeps its weights"
        )
    size = asked.image_size or data["image_size"]
    model = build(
        design_from(record["network"]), data["num_classes"], data["in_chans"], size
    )
    _load(model, file)
    return model, size, data["crop_pct"], IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD


def _from_timm(asked: Evaluation) -> tuple[Any, ...]:
    """Return a network by its name in timm, with what its config says of images."""
    register()
    pretrained = asked.pretrained and asked.weights is None
    if pretrained and asked.model.startswith("roadmap_"):
        raise ValueError(
            f"model={asked.model}: has no pretrained weights; valid: weights=FILE, or "
            "pretrained=false for random ones"
        )
    try:
        model = timm.create_model(
            asked.model, pretrained=pretrained, **(asked.switches or {})
        )
    except (OSError, RuntimeError, TypeError, ValueError, AssertionError) as error:
        line = " ".join(str(error).split())[:200]
        names = timm.list_models()
        valid = f"a run under {asked.root}/runs, or a name in timm ({line})"
        raise refuse("model", asked.model, valid, names) from error
    if asked.weights:
        _load(model, Path(asked.weights))
    config = timm.data.resolve_model_data_config(model)
    size = asked.image_size or config["input_size"][-1]
    return model, size, None, tuple(config["mean"]), tuple(config["std"])


def _load(model: nn.Module, file: Path) -> None:
    """Load the weights into the model; all of them, the head too."""
    head = list(model.get_classifier().parameters())  # type: ignore[operator]
    for parameter in head:
        nn.init.constant_(parameter, math.nan)
    try:
        start_from(model, read_weights(file))
    except ValueError as error:
        raise ValueError(str(error).replace("recipe.weights", "weights")) from error
    if any(parameter.isnan().any() for parameter in head):
        raise ValueError(f"weights={file}: for another number of classes")


@torch.inference_mode()
def _classes(model: nn.Module, size: int, asked: Evaluation) -> int:
    """Return how many logits an image has; so it is seen that the model takes one."""
    try:
        return model(torch.zeros(1, 3, size, size, device=asked.device)).shape[1]
    except (RuntimeError, AssertionError, ValueError) as error:
        line = " ".join(str(error).split())[:200]
        raise ValueError(
            f"model={asked.model}: takes no images of image_size={size} ({line})"
        ) from error
