"""(a) One run of the last step with full augmentation, beside timm's ``train.py``."""

from __future__ import annotations

import json
from pathlib import Path

from omegaconf import DictConfig
from rich.console import Console

from roadmap.base import machine
from roadmap.benchmark import timm_side
from roadmap.benchmark.compare import print_ratio
from roadmap.benchmark.sides import TIMM, run_ours, timm_device, write_digits

TARGET = 2.0
FULL = [
    "recipe.random_resized_crop=[0.08,1.0]",
    "recipe.random_shift=0",
    "recipe.randaugment=rand-m9-mstd0.5-inc1",
    "recipe.random_erasing=0.25",
    "recipe.mixup=0.8",
    "recipe.cutmix=1.0",
    "data.horizontal_flip=true",
]
"""Full augmentation at proxy size, as both sides have it."""
TIMM_FULL = [*TIMM, "--aa", "rand-m9-mstd0.5-inc1", "--reprob", "0.25"]
TIMM_FULL += ["--mixup", "0.8", "--cutmix", "1.0"]


def measure(cfg: DictConfig, folder: Path, console: Console) -> None:
    """Print images/s of one run, and on a CPU those of one run a core."""
    images = write_digits(cfg, folder)
    words_timm = [*TIMM_FULL, *timm_device(cfg)]
    ours, theirs = [], []
    for number in range(cfg.repeats):
        words = [f"step={cfg.step}", *FULL, "num_workers=1"]
        ours.append(_rate(cfg, "train", folder / f"ours_{number}", words))
        out = folder / f"timm_{number}"
        rate, _ = timm_side.train(Path(cfg.timm), images, cfg.step, out, words_timm)
        theirs.append(rate)
    title = f"(a) training {cfg.step}, images/s"
    print_ratio(console, title, ours, "train.py", theirs, TARGET)
    if cfg.device == "cpu":
        words = [f"+step={cfg.step}", *FULL, f"seeds={machine.cores()}", "study=s"]
        roots = [folder / f"both_{number}" for number in range(cfg.repeats)]
        ours = [_rate(cfg, "sweep", root, words) for root in roots]
        title = "    as a sweep does, a run a core"
        print_ratio(console, title, ours, "train.py", theirs, TARGET)


def _rate(cfg: DictConfig, module: str, root: Path, words: list[str]) -> float:
    """Return images/s of all runs of a command together."""
    run_ours(cfg, module, root, words)
    records = [json.loads(p.read_bytes()) for p in root.glob("runs/*/record.json")]
    return sum(record["images_per_second"] for record in records)
