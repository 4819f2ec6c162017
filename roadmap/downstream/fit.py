"""The training of either task: AdamW with layer-wise learning rates, and its loop."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from timm.optim import param_groups_layer_decay
from torch import nn
from torch.optim.lr_scheduler import LambdaLR

from roadmap.downstream.backbone import Backbone
from roadmap.downstream.settings import Segmentation, Task


def param_groups(
    network: nn.Module, backbone: Backbone, task: Task
) -> list[dict[str, Any]]:
    """Return AdamW's groups: ``lr`` falls by ``layer_decay`` from layer to layer.

    The backbone's layers are those of its ``group_matcher``. All that is not of the
    classifier (the maps' norms, the heads) is one layer above them, as in the released
    detection code; the released segmentation code takes a stage as a layer.
    """
    net: Any = backbone.net
    exempt = net.no_weight_decay() if hasattr(net, "no_weight_decay") else ()
    groups = param_groups_layer_decay(
        net, task.weight_decay, exempt, layer_decay=task.layer_decay
    )
    for group in groups:
        group["lr"] = task.lr * task.layer_decay * group.pop("lr_scale")
    below = set(net.parameters())
    rest = [p for p in network.parameters() if p not in below]
    plain = [p for p in rest if p.ndim <= 1]
    decayed = [p for p in rest if p.ndim > 1]
    groups.append({"params": plain, "lr": task.lr, "weight_decay": 0.0})
    groups.append({"params": decayed, "lr": task.lr, "weight_decay": task.weight_decay})
    return groups


def lr_factor(task: Task, step: int) -> float:
    """Return the share of the learning rate at a step, counted from 0.

    It rises linearly in the warmup. Then it falls linearly to 0 for segmentation; for
    detection it is a tenth after 27 of 36 parts (epochs, at the paper's length) and a
    hundredth after 33.
    """
    warm = min(1.0, (step + 1) / max(1, task.warmup_steps))
    if isinstance(task, Segmentation):
        return warm * (1 - step / task.steps)
    part = 36 * step / task.steps
    return warm * 0.1 ** ((part >= 27) + (part >= 33))


def fit(
    network: nn.Module,
    groups: list[dict[str, Any]],
    batches: Iterable[tuple[Any, Any]],
    task: Task,
    device: torch.device,
    say: Callable[[str], None] = print,
) -> list[float]:
    """Train on every batch once; return the loss of each.

    Args:
        network: returns a dict of losses for images and targets.
        groups: of its parameters.
        batches: as many as ``task.steps``.
        task: the learning rate's schedule.
        device: where the network is.
        say: takes a line of progress, some twenty times.

    Raises:
        ValueError: one line, where the loss is not finite.

    """
    network.train()
    optimizer = torch.optim.AdamW(groups)
    schedule = LambdaLR(optimizer, lambda step: lr_factor(task, step))
    losses: list[float] = []
    for step, (images, targets) in enumerate(batches, start=1):
        found = network(_to(device, images), _to(device, targets))
        loss = torch.stack(list(found.values())).sum()
        losses.append(loss.item())
        if not loss.isfinite():
            raise ValueError(f"step {step}: the loss is {losses[-1]}; lower task.lr")
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % max(1, task.steps // 20) == 0:
            say(f"step {step} of {task.steps}: loss {losses[-1]:.3f}")
    return losses


def _to(device: torch.device, batch: Any) -> Any:
    """Return a tensor, or lists and dicts of them, on the device."""
    if isinstance(batch, dict):
        return {key: _to(device, one) for key, one in batch.items()}
    if isinstance(batch, list | tuple):
        return [_to(device, one) for one in batch]
    return batch.to(device)
