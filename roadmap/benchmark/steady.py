"""(c) Training as it is, beside one fixed batch again and again.

With ``old=PATH`` the fixed batch of each of ``steps`` is also trained by another
checkout, in processes that alternate with ours.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import torch
from omegaconf import DictConfig, OmegaConf
from rich.console import Console

from roadmap.base import machine
from roadmap.base.config import PACKAGE, compose
from roadmap.benchmark.compare import print_ratio
from roadmap.benchmark.ready import rate, ready, train_batches, train_one_batch
from roadmap.benchmark.sides import OURS_FAST

TARGET = 0.9
FASTER_TARGET = 1.4
"""Of the last step's fixed batch, beside an old checkout from before cpu.py."""
UPDATES = 20
"""Of each measurement."""


def measure(cfg: DictConfig, folder: Path, console: Console) -> None:
    """Print images/s of both, measured in turn."""
    words = [f"step={cfg.step}", "recipe.mixup=0.8", "recipe.cutmix=1.0"]
    words += ["recipe.random_erasing=0.25", "data.horizontal_flip=true"]
    words += OURS_FAST[:1] if cfg.device == "cuda" else []
    ours, fixed = [], []
    torch.set_num_threads(1)
    machine.keep_memory()
    with ready(words) as training:
        train_batches(training, UPDATES // 2)  # warm-up
        for _ in range(3 * cfg.repeats):
            ours.append(rate(training, lambda: train_batches(training, UPDATES), 0))
            fixed.append(rate(training, lambda: train_one_batch(training, UPDATES), 0))
    title = "(c) steady training, images/s"
    print_ratio(console, title, ours, "one fixed batch", fixed, TARGET)
    if cfg.old is not None:
        for step in cfg.steps:
            _beside_old(cfg, step, folder, console)


def _beside_old(cfg: DictConfig, step: str, folder: Path, console: Console) -> None:
    """Print the fixed batch's images per CPU second, here and in the old checkout."""
    checkouts = PACKAGE.parent, Path(cfg.old).absolute()
    words = [f"step={step}", *_sizes(step)]
    rates: tuple[list[float], list[float]] = [], []
    for _ in range(cfg.repeats):
        for checkout, own in zip(checkouts, rates, strict=True):
            own.append(_fixed_rate(checkout, words, folder))
    title = f"(c) one fixed batch of {step}, images/s of CPU time"
    print_ratio(console, title, rates[0], "old", rates[1], FASTER_TARGET)


def _sizes(step: str) -> list[str]:
    """Return words for our sizes: another checkout may have others by default."""
    cfg = compose("train", [f"step={step}"])
    regime: Any = OmegaConf.to_container(cfg.regime)
    sizes = {f"regime.{key}": value for key, value in regime.items() if key != "name"}
    sizes["data.image_size"] = cfg.data.image_size
    sizes["recipe.batch_size"] = cfg.recipe.batch_size
    return [
        f"{key}={json.dumps(value)}".replace('"', "") for key, value in sizes.items()
    ]


def _fixed_rate(checkout: Path, words: list[str], folder: Path) -> float:
    """Return what ``fixed_batch.py`` prints in a process that imports the checkout.

    Raises:
        RuntimeError: with the end of its output, if it fails.
    """
    script = str(Path(__file__).with_name("fixed_batch.py"))
    done = subprocess.run(
        [sys.executable, "-P", script, str(UPDATES), *words],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(checkout)},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError((done.stdout + done.stderr)[-2000:])
    return float(done.stdout.split()[-1])
