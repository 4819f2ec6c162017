"""What this machine offers: devices, cores, memory habits, the checkout."""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import subprocess
import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
        return "cuda" if gpus() else "cpu"
    if name == "cuda" and not gpus():
        raise ValueError("device=cuda: no GPU found here; valid: auto, cpu")
    return name


@cache
def gpus() -> int:
    """Return the GPUs that torch sees; it is not asked where no driver is loaded.

    Importing it takes seconds, and most commands need no GPU.
    """
    drivers = ("/dev/nvidiactl", "/dev/nvhost-ctrl", "/dev/dxg", "/dev/kfd")
    if sys.platform == "darwin":
        return 0
    if sys.platform == "linux" and not any(Path(path).exists() for path in drivers):
        return 0
    import torch

    return torch.cuda.device_count() if torch.cuda.is_available() else 0


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


def peak_memory(device: torch.device) -> int:
    """Return the most memory used, in bytes: the GPU's by tensors, or this process's.

    A process that trains several runs reports the most of all so far.
    """
    if device.type == "cuda":
        import torch

        return torch.cuda.max_memory_allocated(device)
    return peak_resident()


def peak_resident() -> int:
    """Return the most memory that this process has had, in bytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024  # there it is in bytes


def provenance(device: str) -> dict[str, Any]:
    """Return what a record says of the machine: device, processor and versions."""
    name = "cpu"
    if device.startswith("cuda"):
        import torch

        name = torch.cuda.get_device_name(device)
    libraries = ("torch", "torchvision", "timm", "numpy", "pillow")
    return {
        "device": name,
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
