"""The regime resnet50's first and last step beside timm's ``benchmark.py``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from omegaconf import DictConfig
from rich.console import Console

from roadmap.benchmark.compare import print_ratio
from roadmap.benchmark.ready import rate, ready, train_one_batch
from roadmap.benchmark.sides import OURS_FAST, timm_device

TARGET = 1.0
UPDATES = 20


def measure(cfg: DictConfig, folder: Path, console: Console) -> None:
    """Print images/s of one batch, again and again, on both sides."""
    cuda = cfg.device == "cuda"
    batch = 256 if cuda else 4
    for step in ("resnet", "separate_downsampling"):
        theirs = _timm_rate(cfg, step, batch, folder / "benchmark.json")
        words = [f"step={step}", "regime=resnet50", "data.image_size=224"]
        words += [f"recipe.batch_size={batch}", f"data.train_size={batch * 2}"]
        words += OURS_FAST[:1] if cuda else []
        with ready(words, cfg.device, compiled=cuda) as training:
            ours = rate(training, lambda: train_one_batch(training, UPDATES), warm_up=2)
        title = f"    regime resnet50, {step}, images/s"
        print_ratio(console, title, [ours], "benchmark.py", [theirs], TARGET)


def _timm_rate(cfg: DictConfig, step: str, batch: int, out: Path) -> float:
    """Return images/s of training, as timm's ``benchmark.py`` measures them."""
    out.unlink(missing_ok=True)
    command = [sys.executable, "-m", "roadmap.benchmark.timm_side"]
    command += [str(Path(cfg.timm, "benchmark.py")), "--bench", "train"]
    command += ["--model", f"roadmap_resnet50_{step}", "-b", str(batch)]
    command += ["--results-file", str(out), "--results-format", "json"]
    command += ["--opt", "adamw", *timm_device(cfg)]
    done = subprocess.run(command, capture_output=True, text=True)
    if not out.exists():
        raise RuntimeError((done.stdout + done.stderr)[-2000:])
    found = json.loads(out.read_bytes())
    result = found[0] if isinstance(found, list) else found
    return float(result["train_samples_per_sec"])
