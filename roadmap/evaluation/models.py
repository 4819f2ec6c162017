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
from roadmap.data.augment import crop_share
from roadmap.data.settings import FOLDERS
from roadmap.evaluation.settings import Evaluation
from roadmap.network.build import build
from roadmap.network.design import design_from
from roadmap.network.registry import register
from roadmap.network.weights import read_weights, start_from
from roadmap.runs import store


class Subject(NamedTuple):
    """A network to evaluate, and how its images are made."""

    model: nn.Module
    num_classes: int
    image_size: int
    crop_pct: float
    """The share of the image's shorter side that is kept."""
    mean: tuple[float, ...] = IMAGENET_DEFAULT_MEAN
    std: tuple[float, ...] = IMAGENET_DEFAULT_STD
    weights: str = ""
    """Where the weights are from, in words."""


def open_subject(asked: Evaluation) -> Subject:
    """Return the network, on its device and in evaluation mode.

    Raises:
        ValueError: one line, where the network or its weights cannot be had, or it
            takes no images of that size.
    """
    run = store.find_run(Path(asked.root), asked.model)
    is_run = (run / "record.json").is_file()
    subject = _from_run(asked, run) if is_run else _from_timm(asked)
    subject.model.eval().to(asked.device).to(memory_format=torch.channels_last)
    _try(subject, asked)
    return subject


def _from_run(asked: Evaluation, folder: Path) -> Subject:
    """Return a run's network, which was trained with ImageNet's mean and deviation."""
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
    size, classes = asked.image_size or data["image_size"], data["num_classes"]
    model = build(design_from(record["network"]), classes, data["in_chans"], size)
    _load(model, file)
    crop_pct = crop_share(size, asked.crop_pct or data["crop_pct"])
    return Subject(model, classes, size, crop_pct, weights=str(file))


def _from_timm(asked: Evaluation) -> Subject:
    """Return a network by its name in timm, with its own mean and deviation."""
    register()
    pretrained = asked.pretrained and asked.weights is None
    if pretrained and asked.model.startswith("roadmap_"):
        raise ValueError(
            f"model={asked.model}: has no pretrained weights; valid: weights=FILE, or "
            "pretrained=false for random ones"
        )
    try:
        model: Any = timm.create_model(
            asked.model, pretrained, **(asked.switches or {})
        )
    except Exception as error:  # each source of weights has errors of its own
        line = " ".join(str(error).split())[:200]
        if ":" in asked.model or timm.is_model(asked.model.split(".")[0]):
            raise ValueError(f"model={asked.model}: {line}") from error
        valid = f"a run in {asked.root}/runs, or a network's name in timm"
        raise refuse("model", asked.model, valid, timm.list_models()) from error
    if asked.weights:
        _load(model, Path(asked.weights))
    own = timm.data.resolve_model_data_config(model)
    size = asked.image_size or own["input_size"][-1]
    return Subject(
        model,
        model.num_classes,
        size,
        crop_share(size, asked.crop_pct),
        tuple(own["mean"]),
        tuple(own["std"]),
        asked.weights or ("timm's" if pretrained else "random"),
    )


def _load(model: nn.Module, file: Path) -> None:
    """Load the weights into the model; all of them, the head too."""
    head = list(model.get_classifier().parameters())  # type: ignore[operator]
    for parameter in head:
        nn.init.constant_(parameter, math.nan)
    start_from(model, read_weights(file, "weights"), "weights")
    if any(parameter.isnan().any() for parameter in head):
        raise ValueError(f"weights={file}: for another number of classes")


@torch.inference_mode()
def _try(subject: Subject, asked: Evaluation) -> None:
    """Raise ValueError, one line, if the network takes no images of this size."""
    size = subject.image_size
    try:
        subject.model(torch.zeros(1, 3, size, size, device=asked.device))
    except (RuntimeError, AssertionError, ValueError) as error:
        line = " ".join(str(error).split())[:200]
        raise ValueError(
            f"model={asked.model}: takes no images of image_size={size} ({line})"
        ) from error
