"""The metrics of a network on the evaluation split, over all devices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, distributed, nn
from torch.nn.functional import cross_entropy


class Metrics(NamedTuple):
    """Metrics on the evaluation split: accuracies in percent, cross-entropy in nats."""

    top1: float
    top5: float
    loss: float


Correct = np.ndarray[Any, np.dtype[np.bool_]]
"""Whether the top-1 prediction of each image is correct, bool [images]."""


@torch.inference_mode()
def evaluate(
    model: nn.Module,
    batches: Iterable[tuple[Tensor, Tensor]],
    dtype: torch.dtype = torch.float32,
) -> tuple[Metrics, Correct]:
    """Return the model's metrics on the evaluation split, and which images are correct.

    ``batches`` is this rank's share of the split, as ``Source.eval_batches`` divides
    it. The result is the same on all ranks, and in the order of the split.
    """
    model.eval()
    device = next(model.parameters()).device
    sums = torch.zeros(2, dtype=torch.float64, device=device)  # top5, loss
    own: list[Tensor] = []
    for images, labels in batches:
        images = images.contiguous(memory_format=torch.channels_last)
        with torch.autocast(device.type, dtype, enabled=dtype != torch.float32):
            logits = model(images)
        logits = logits.float()
        hits = logits.topk(min(5, logits.shape[1])).indices == labels[:, None]
        own.append(hits[:, 0])
        sums += _sums(hits, logits, labels)
    if distributed.is_initialized():
        distributed.all_reduce(sums)
    correct = _in_order([hits.cpu().numpy() for hits in own])
    n, first, (fifth, loss) = len(correct), int(correct.sum()), sums.tolist()
    return Metrics(100 * first / n, 100 * fifth / n, loss / n), correct


def metrics_of(row: Mapping[str, float], prefix: str = "") -> Metrics | None:
    """Return the metrics under ``prefix`` in an epoch's row, or None without any."""
    names = [prefix + name for name in Metrics._fields]
    return Metrics(*(row[name] for name in names)) if names[0] in row else None


def _sums(hits: Tensor, logits: Tensor, labels: Tensor) -> Tensor:
    loss = cross_entropy(logits, labels, reduction="sum")
    return torch.stack([hits.any(1).sum().double(), loss.double()])


def _in_order(own: Sequence[Correct]) -> Correct:
    """Return the batches of all ranks as one array: rank r has r, r + world, ..."""
    shares: list[Any] = [own]
    if distributed.is_initialized():
        shares = [None] * distributed.get_world_size()
        distributed.all_gather_object(shares, own)
    # The last ranks may have a batch less, or none.
    batches = [one for row in zip_longest(*shares) for one in row if one is not None]
    return np.concatenate(batches)
