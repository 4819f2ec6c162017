"""(c) Training as it is, beside one fixed batch again and again."""

from __future__ import annotations

from pathlib import Path

import torch
from omegaconf import DictConfig
from rich.console import Console

from roadmap.base import machine
from roadmap.benchmark.compare import print_ratio
from roadmap.benchmark.ready import rate, ready, train_batches, train_one_batch
from roadmap.benchmark.sides import OURS_FAST

TARGET = 0.9
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
