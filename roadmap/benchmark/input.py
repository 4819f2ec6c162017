"""(d) JPEG folders, images a second and core, beside torchvision and timm's loader."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from omegaconf import DictConfig
from rich.console import Console

from roadmap.benchmark import input_side
from roadmap.benchmark.compare import print_ratio

TARGET = 1.5


def measure(cfg: DictConfig, folder: Path, console: Console) -> None:
    """Print our rate beside each of the others', without and with RandAugment."""
    root = folder / "jpegs"
    input_side.make_jpegs(root, cfg.jpegs)
    for augmented, title in (("0", "crop, flip, erasing"), ("1", "and RandAugment")):
        rates: dict[str, list[float]] = {who: [] for who in input_side.WHO}
        for _ in range(cfg.repeats):
            for who, measured in rates.items():
                measured.append(_rate(who, root, augmented))
        for who in input_side.WHO[1:]:
            line = f"(d) JPEG folder, {title}, images/s a core"
            print_ratio(console, line, rates["ours"], who, rates[who], TARGET)


def _rate(who: str, root: Path, augmented: str) -> float:
    module = [sys.executable, "-m", "roadmap.benchmark.input_side"]
    command = [*module, who, str(root), augmented]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError((done.stdout + done.stderr)[-2000:])
    return float(done.stdout.split()[-1])
