"""One task from its data to its result: build, train, evaluate, write."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Any, NamedTuple

import torch
from safetensors.torch import save
from torch import nn
from torch.utils.data import DataLoader, Dataset, RandomSampler, default_collate

from roadmap.base import machine
from roadmap.base.files import write_atomic
from roadmap.downstream.ade import Ade, mean_iou
from roadmap.downstream.backbone import Backbone, backbone
from roadmap.downstream.coco import Coco, average_precision
from roadmap.downstream.detection import mask_rcnn
from roadmap.downstream.fit import fit, param_groups
from roadmap.downstream.segmentation import UPerNet
from roadmap.downstream.settings import Detection, Downstream


class Parts(NamedTuple):
    """What the training needs to know of a task."""

    network: nn.Module
    data: Dataset
    collate: Callable[[list[Any]], Any]
    evaluate: Callable[[torch.device], dict[str, float]]


def run(asked: Downstream, say: Callable[[str], None] = print) -> dict[str, float]:
    """Train and evaluate a task; return its metrics in percent.

    ``asked.out`` gets the weights and, in result.json, the metrics, every step's loss
    and the settings. The same settings give the same result on one machine.

    Raises:
        ValueError: one line, for a wrong name or file, or where the loss is not finite.

    """
    device = torch.device(machine.resolve_device(asked.device))
    machine.keep_memory()
    torch.manual_seed(asked.seed)
    task = asked.task
    own = {"drop_path_rate": task.drop_path_rate, **(asked.switches or {})}
    body = backbone(asked.backbone, asked.weights, own)
    parts = (_detection if isinstance(task, Detection) else _segmentation)(asked, body)
    network = parts.network.to(device)
    losses = fit(
        network,
        param_groups(network, body, task),
        _batches(asked, parts),
        task,
        device,
        say,
    )
    metrics = parts.evaluate(device)
    settings = json.loads(json.dumps(asdict(asked), default=str))
    result = {"metrics": metrics, "losses": losses, "settings": settings}
    write_atomic(asked.out / "weights.safetensors", save(network.state_dict()))
    write_atomic(asked.out / "result.json", json.dumps(result, indent=1).encode())
    return metrics


def _detection(asked: Downstream, body: Backbone) -> Parts:
    task: Any = asked.task
    data = Coco(asked.folder, task.train, train=True)
    val = Coco(asked.folder, task.val, train=False)
    network = mask_rcnn(
        body,
        len(data.categories) + 1,
        task.dim,
        min_size=task.sizes,
        max_size=task.max_size,
        box_batch_size_per_image=task.sampled_boxes,
    )
    evaluate = partial(average_precision, network, val)
    return Parts(network, data, _lists, evaluate)


def _segmentation(asked: Downstream, body: Backbone) -> Parts:
    task: Any = asked.task
    data = Ade(asked.folder, task.train, task.crop, train=True)
    val = Ade(asked.folder, task.val, task.crop, train=False)
    network = UPerNet(body, task.num_classes, task.dim)
    evaluate = partial(mean_iou, network, val, task.crop, task.num_classes)
    return Parts(network, data, default_collate, evaluate)


def _lists(samples: list[Any]) -> Any:
    """Return images and targets as lists: in detection the sizes differ."""
    return tuple(map(list, zip(*samples, strict=True)))


def _batches(asked: Downstream, parts: Parts) -> DataLoader:
    """Return ``task.steps`` batches: all images in a random order, again and again."""
    task = asked.task
    order = torch.Generator().manual_seed(asked.seed)
    wanted = task.steps * task.batch_size
    data: Any = parts.data
    sampler = RandomSampler(data, num_samples=wanted, generator=order)
    return DataLoader(
        parts.data,
        task.batch_size,
        sampler=sampler,
        collate_fn=parts.collate,
        num_workers=asked.num_workers,
        generator=order,
    )
