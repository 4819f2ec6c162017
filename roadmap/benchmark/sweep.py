"""(b) A sweep, from nothing to Figure 2, beside timm's ``train.py`` run by run."""

from __future__ import annotations

import time
from itertools import product
from pathlib import Path

from omegaconf import DictConfig
from rich.console import Console

from roadmap.benchmark import timm_side
from roadmap.benchmark.compare import print_ratio
from roadmap.benchmark.sides import TIMM, run_ours, timm_device, write_digits

TARGET = 3.0


def measure(cfg: DictConfig, folder: Path, console: Console) -> None:
    """Print sweeps a second, and how many ``train.py`` would do."""
    images, ours, theirs = write_digits(cfg, folder), [], []
    words = [f"+step=[{','.join(cfg.steps)}]", f"seeds={cfg.seeds}", "study=s"]
    for number in range(cfg.repeats):
        began = time.perf_counter()
        run_ours(cfg, "sweep", folder / f"sweep_{number}", words)
        ours.append(1 / (time.perf_counter() - began))
        seconds = 0.0
        for step, seed in product(cfg.steps, range(cfg.seeds)):
            out = folder / f"timm_sweep_{number}_{seed}"
            seeded = [*TIMM, *timm_device(cfg), "--seed", str(seed)]
            seconds += timm_side.train(Path(cfg.timm), images, step, out, seeded)[1]
        theirs.append(1 / seconds)
    title = f"(b) a sweep of {len(cfg.steps) * cfg.seeds} runs, sweeps/s"
    print_ratio(console, title, ours, "train.py, run by run", theirs, TARGET)
