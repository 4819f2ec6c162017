"""timm's scripts on our networks: python -m roadmap.benchmark.timm_side SCRIPT ..."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from timm.models import register_model
from torch import nn

from roadmap.network.build import build
from roadmap.network.init import init_weights
from roadmap.network.steps import load_design, step_names

MEAN_RATE = re.compile(r"Train: \d+ \[.*?\(\s*[\d.]+s,\s*([\d.]+)/s\)")


def register_proxies() -> None:
    """Register every step at proxy size as ``roadmap_proxy_<step>``, for 48 pixels."""
    for step in step_names():
        name = f"roadmap_proxy_{step}"

        def create(
            pretrained: bool = False,
            num_classes: int = 10,
            in_chans: int = 3,
            step: str = step,
            **_: Any,
        ) -> nn.Module:
            model: Any = build(load_design(step), num_classes, in_chans, 48)
            init_weights(model, std=0.1)
            model.pretrained_cfg = {"input_size": (3, 48, 48), "crop_pct": 1.0}
            model.default_cfg = model.pretrained_cfg
            return model

        create.__name__ = create.__qualname__ = name
        create.__module__ = __name__
        register_model(create)


default_cfgs: dict[str, Any] = {}  # where timm looks for them


def train(timm: Path, images: Path, step: str, out: Path, words: list[str]) -> Any:
    """Run timm's train.py on a folder; return images/s of its last epoch, and seconds.

    The rate is the mean over an epoch that train.py itself prints.

    Raises:
        RuntimeError: with the end of its output, if it fails.
    """
    command = [sys.executable, "-m", "roadmap.benchmark.timm_side"]
    command += [str(timm / "train.py"), "--data-dir", str(images)]
    command += ["--model", f"roadmap_proxy_{step}", "--output", str(out), *words]
    began = time.perf_counter()
    # As a user of timm would: with all cores of the machine.
    env = {k: v for k, v in os.environ.items() if k != "OMP_NUM_THREADS"}
    done = subprocess.run(command, capture_output=True, text=True, env=env)
    seconds = time.perf_counter() - began
    rates = MEAN_RATE.findall(done.stdout + done.stderr)
    if done.returncode or not rates:
        raise RuntimeError((done.stdout + done.stderr)[-2000:])
    return float(rates[-1]), seconds


if __name__ == "__main__":
    register_proxies()
    sys.argv = sys.argv[1:]
    sys.path.insert(0, str(Path(sys.argv[0]).parent))
    runpy.run_path(sys.argv[0], run_name="__main__")
