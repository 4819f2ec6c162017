"""python -m roadmap.benchmark parts=[start]: figures of speed, taken here."""

from __future__ import annotations

import tempfile
from importlib import import_module
from pathlib import Path

from omegaconf import DictConfig
from rich.console import Console

from roadmap.base import cli, machine
from roadmap.base.settings import one_of, refuse

PARTS = ("train", "sweep", "steady", "input", "regime", "launchers", "scale", "start")
"""Modules of this package; each prints its figures with ``measure``."""
BESIDE_TIMM = ("train", "sweep", "regime")
"""Parts that run scripts of timm's, which its package does not contain."""


def benchmark(cfg: DictConfig, overrides: list[str]) -> int:
    """Print the figures of each part; return the exit status.

    Raises:
        ValueError: one line, for an unknown part, or a checkout that is not there.
    """
    for part in cfg.parts:
        one_of("parts", part, PARTS)
    if set(cfg.parts) & set(BESIDE_TIMM):
        _check_checkout("timm", cfg.timm, "train.py")
    if cfg.old is not None:
        _check_checkout("old", cfg.old, "roadmap/sweep.py")
    console = Console(width=100)
    console.print(f"{machine.provenance('cpu')} {machine.cores()} cores")
    with tempfile.TemporaryDirectory() as folder:
        for part in cfg.parts:
            measure = import_module(f"roadmap.benchmark.{part}").measure
            measure(cfg, Path(folder), console)
    return 0


def _check_checkout(name: str, path: str | None, file: str) -> None:
    if path is None or not Path(path, file).is_file():
        raise refuse(name, path, f"a checkout, with {file} in it")


def main() -> None:
    """Run ``python -m roadmap.benchmark``."""
    cli.run("benchmark", benchmark)


if __name__ == "__main__":
    main()
