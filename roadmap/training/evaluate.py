"""The metrics of a network on the evaluation split, over all devices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy


class Metrics(NamedTuple):
    """Metrics on the evaluation split: accuracies in percent, cross-entropy in nats."""

    top1: float
    top5: float
    loss: float


@torch.inference_mode()
def evaluate(
    model: nn.Module,
    batches: Iterable[tuple[Tensor, Tensor]],
    dtype: torch.dtype = torch.float32,
) -> Metrics:
    """Return the model's metrics on these batches and those of all other ranks."""
    model.eval()
    device = next(model.parameters()).device
    sums = torch.zeros(4, dtype=torch.float64, device=device)  # top1, top5, loss, n
    for images, labels in batches:
        images = images.contiguous(memory_format=torch.channels_last)
        with torch.autocast(device.type, dtype, enabled=dtype != torch.float32):
            logits = model(images)
        sums += _sums(logits.float(), labels)
    if torch.distributed.is_initialized():
        torch.distributed.all_reduce(sums)
    first, fifth, loss, n = sums.tolist()
    return Metrics(100 * first / n, 100 * fifth / n, loss / n)


def metrics_of(row: Mapping[str, float], prefix: str = "") -> Metrics | None:
    """Return the metrics under ``prefix`` in an epoch's row, or None without any."""
    names = [prefix + name for name in Metrics._fields]
    return Metrics(*(row[name] for name in names)) if names[0] in row else None


def _sums(logits: Tensor, labels: Tensor) -> Tensor:
    hits = logits.topk(min(5, logits.shape[1])).indices == labels[:, None]
    loss = cross_entropy(logits, labels, reduction="sum")
    parts = (hits[:, 0].sum(), hits.any(1).sum(), loss, loss.new_tensor(len(labels)))
    return torch.stack([part.double() for part in parts])
