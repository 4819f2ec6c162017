"""What devices that train one run share: gradients, losses, BatchNorm's statistics."""

from __future__ import annotations

import warnings
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor, distributed, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.parallel import DistributedDataParallel

from roadmap.training.setup import Setup


def parallelize(model: nn.Module, setup: Setup) -> DistributedDataParallel | None:
    """Return the model wrapped for several devices, or None for a single one."""
    if setup.world == 1:
        return None
    ids = None if setup.device == "cpu" else [torch.device(setup.device)]
    with warnings.catch_warnings():
        # torch 2.15 has another name for it, which older ones do not know.
        warnings.filterwarnings("ignore", "`broadcast_buffers`", FutureWarning)
        # BatchNorm's statistics are averaged by ``average_statistics`` instead.
        return DistributedDataParallel(model, device_ids=ids, broadcast_buffers=False)


def exchange(
    parallel: DistributedDataParallel | None, last: bool
) -> AbstractContextManager[Any]:
    """Return a context for one part of a batch; only the last exchanges gradients."""
    return nullcontext() if parallel is None or last else parallel.no_sync()


def sum_over(values: Tensor, world: int) -> Tensor:
    """Return the sum of a tensor over all devices; it is summed in place."""
    if world > 1:
        distributed.all_reduce(values)
    return values


@torch.no_grad()
def average_statistics(model: nn.Module, world: int) -> None:
    """Set BatchNorm's running statistics to their mean over all devices.

    After each update, so that every device, the moving average of the weights and each
    checkpoint hold the same ones. It is a single exchange for the whole network.
    """
    norms = [m for m in model.modules() if isinstance(m, _BatchNorm)]
    own = [s for m in norms for s in (m.running_mean, m.running_var) if s is not None]
    if world == 1 or not own:
        return
    mean = sum_over(torch.cat(own), world) / world
    parts = mean.split([statistic.numel() for statistic in own])
    for statistic, part in zip(own, parts, strict=True):
        statistic.copy_(part)
