"""The two sides of a comparison with timm: our commands and timm's ``train.py``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf
from PIL import Image

from roadmap.base import config
from roadmap.data.sets.in_memory import load
from roadmap.data.settings import read_settings

BATCH = 16
TIMM = ["--num-classes", "10", "-b", str(BATCH), "--opt", "adamw", "--lr", "3e-3"]
TIMM += ["--weight-decay", "0.05", "--smoothing", "0.1", "--warmup-epochs", "0"]
TIMM += ["--input-size", "3", "48", "48", "--workers", "1", "--epochs", "2"]
"""Our proxy recipe in words of timm's ``train.py``."""
TIMM_FAST = ["--amp", "--amp-dtype", "bfloat16", "--channels-last", "--torchcompile"]
OURS_FAST = ["recipe.precision=bfloat16", "compile=true"]
"""What each side needs to be fast on a GPU."""


def run_ours(cfg: DictConfig, module: str, root: Path, words: list[str]) -> None:
    """Run one of our commands to its end.

    Raises:
        RuntimeError: with the end of its output, if it fails.
    """
    fast = OURS_FAST if cfg.device == "cuda" else []
    sizes = [f"data.train_size={cfg.train_size}", "data.test_size=1000"]
    command = [sys.executable, "-m", f"roadmap.{module}", *words, *sizes, *fast]
    command += [f"root={root}", f"device={cfg.device}"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError((done.stdout + done.stderr)[-2000:])


def timm_device(cfg: DictConfig) -> list[str]:
    """Return the words that name the device to timm's scripts."""
    return ["--device", cfg.device, *(TIMM_FAST if cfg.device == "cuda" else [])]


def write_digits(cfg: DictConfig, folder: Path) -> Path:
    """Return a folder with the default data as PNG files, for timm's loader."""
    root = folder / "digits"
    if not root.exists():
        words = ["step=resnet", f"data.train_size={cfg.train_size}"]
        settings = config.compose("train", [*words, "data.test_size=1000"]).data
        plain: Any = OmegaConf.to_container(settings)
        splits = load(read_settings(plain), folder)
        for split, name in zip(splits, ("train", "validation"), strict=True):
            for number, (image, label) in enumerate(zip(*split, strict=True)):
                path = root / name / str(int(label)) / f"{number:05d}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(image.permute(1, 2, 0).numpy()).save(path)
    return root
