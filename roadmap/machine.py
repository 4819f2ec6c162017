"""What this machine offers: devices, cores, memory habits, the code's version."""

from __future__ import annotations

import ctypes
import os
import subprocess
from functools import cache
from pathlib import Path

import torch

_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_MAX = -1, -2, -4  # <malloc.h>


@cache
def keep_memory() -> None:
    """Let glibc keep freed memory instead of giving it back after each tensor.

    Activations come and go in every step; fresh pages cost more than the arithmetic of
    a small network. Does nothing where the C library is another.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    mallopt(_M_MMAP_MAX, 0)
    mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)
    mallopt(_M_TOP_PAD, 2**26)


def resolve_device(name: str) -> str:
    """Return ``cpu`` or ``cuda`` for a device setting.

    Raises:
        ValueError: one line, for an unknown name or a GPU that is not there.
    """
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if name not in ("cpu", "cuda"):
        raise ValueError(f"device={name}: valid: auto, cpu, cuda")
    if name == "cuda" and not torch.cuda.is_available():
        raise ValueError("device=cuda: no GPU found here; valid: auto, cpu")
    return name


def cores() -> int:
    """Return the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@cache
def git_sha() -> str:
    """Return the commit of this checkout, with ``-dirty`` where it differs, or ""."""
    git = ["git", "-C", str(Path(__file__).parent)]
    try:
        describe = [
            *git,
            "describe",
            "--always",
            "--dirty",
            "--abbrev=12",
            "--exclude=*",
        ]
        return subprocess.run(
            describe, capture_output=True, text=True, check=True, timeout=10
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""
