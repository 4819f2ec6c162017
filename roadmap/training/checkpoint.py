"""Checkpoints of one run: whole files, the last two, loaded without running code."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import torch

from roadmap.base.files import write_atomic

KEPT = 2
log = logging.getLogger(__name__)


def save(folder: Path, update: int, state: dict[str, Any]) -> None:
    """Write the state after so many updates; of the older ones only the last stays."""
    write_atomic(folder / f"{update:09d}.pt", lambda file: torch.save(state, file))
    for old in _paths(folder)[:-KEPT]:
        old.unlink(missing_ok=True)


def load(folder: Path, device: torch.device) -> dict[str, Any] | None:
    """Return the newest state that can be read whole, on the device; None without one.

    A broken file is named in the log and the one before it is taken.
    """
    for path in reversed(_paths(folder)):
        try:
            return torch.load(path, map_location=device, weights_only=True)
        except Exception as error:  # broken bytes make zipfile and torch raise anything
            line = " ".join(str(error).split())[:200]
            log.warning("%s cannot be read and is passed over (%s)", path, line)
    return None


def remove(folder: Path) -> None:
    """Remove the run's checkpoints, once its record stands."""
    for path in _paths(folder):
        path.unlink(missing_ok=True)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _paths(folder: Path) -> list[Path]:
    return sorted(folder.glob("[0-9]*.pt"))
