"""What this machine offers: devices, cores, memory habits, the code's version."""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import resource
import subprocess
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

DIRTY = "-dirty"
"""What ``git_sha`` ends with where the checkout differs from its commit."""
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


def resolve_device(name: str, here: bool = True) -> str:
    """Return ``cpu`` or ``cuda`` for a device setting; the setting itself if not here.

    Raises:
        ValueError: one line, for an unknown name or a GPU that is not there.
    """
    if name not in ("auto", "cpu", "cuda"):
        raise ValueError(f"device={name}: valid: auto, cpu, cuda")
    if not here:
        return name
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
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


@cache
def code() -> str:
    """Return a hash of the sources that a run's result depends on.

    Those of networks, data and training: unlike a commit, it does not change with a
    report or a page of documentation.
    """
    package = Path(__file__).parent
    digest = hashlib.sha256()
    for folder in ("network", "data", "training"):
        for path in sorted((package / folder).rglob("*.py")):
            digest.update(str(path.relative_to(package)).encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def peak_memory(device: torch.device) -> int:
    """Return the most memory used, in bytes: the GPU's by tensors, or this process's.

    A process that trains several runs reports the most of all so far.
    """
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def provenance(device: str) -> dict[str, Any]:
    """Return what a record says of the machine: device, processor and versions."""
    cuda = device.startswith("cuda")
    libraries = ("torch", "torchvision", "timm", "numpy", "pillow")
    return {
        "device": torch.cuda.get_device_name(device) if cuda else "cpu",
        "processor": _processor(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in libraries},
    }


@cache
def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if "model name" in line]
    return names[0] if names else platform.machine()
