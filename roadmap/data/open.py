"""From a data config to its source."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from roadmap.data.augment import Augmentation
from roadmap.data.datasets import validate
from roadmap.data.resident import Resident
from roadmap.data.source import Source


def resolve(settings: Mapping[str, Any], root: str | None) -> dict[str, Any]:
    """Return the settings with what only the data know filled in, decoding nothing.

    Raises:
        ValueError: one line that names the wrong word and what is valid.
    """
    validate(settings)
    return dict(settings)


def open_source(
    settings: Mapping[str, Any],
    augmentation: Augmentation,
    *,
    root: str | None,
    cache: Path,
    device: torch.device,
    num_workers: int,
) -> Source:
    """Return the data of resolved settings, on the device.

    Raises:
        DataError: one line, when the data cannot be had.
    """
    return Resident(settings, augmentation, root, cache, device)
