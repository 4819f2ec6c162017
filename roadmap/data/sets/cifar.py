"""CIFAR-10 and CIFAR-100 (Krizhevsky 2009), by torchvision."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor
from torchvision.datasets import CIFAR10, CIFAR100

from roadmap.data.source import DataError

KINDS = {"cifar10": CIFAR10, "cifar100": CIFAR100}


def read(name: str, split: str, root: str | None, cache: Path) -> tuple[Tensor, Tensor]:
    """Return images, uint8 [n, 3, 32, 32], and labels, int64 [n], of train or test.

    The files are looked for in ``root``, the parent of torchvision's folder, if it is
    given, else in ``cache``, where they are downloaded to if they are missing.

    Raises:
        DataError: one line, when files are missing and cannot be downloaded.
    """
    folder = Path(root).expanduser() if root else cache
    try:
        found = KINDS[name](str(folder), train=split == "train", download=root is None)
    except (OSError, RuntimeError) as error:
        line = " ".join(str(error).split())[:150]
        raise DataError(
            f"{name}: not in {folder} ({line}); set data.root to the folder that "
            f"holds torchvision's {KINDS[name].base_folder}"
        ) from error
    images = torch.from_numpy(found.data).permute(0, 3, 1, 2).contiguous()
    return images, torch.tensor(found.targets)
