"""(g) What a user waits for: each command's start, beside ``import torch``.

Every command runs in a process of its own, from a temporary folder. With ``old=PATH``
those of another checkout are measured in turn with ours.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from statistics import median
from tempfile import mkdtemp
from typing import NamedTuple

from omegaconf import DictConfig
from rich.console import Console

from roadmap.base.config import PACKAGE
from roadmap.benchmark.compare import ratio

RUNS = 54
"""All runs of ``SWEEP``, which the records stand for."""
SWEEP = ("roadmap.sweep", "+step=all", "seeds=3")
STUDY = Path("outputs", "proxy_cluttered_digits")
LIMIT_SECONDS = 120.0
"""How long the first update may take before the measurement fails."""


class Side(NamedTuple):
    """A checkout, and the folder that its commands run from."""

    checkout: Path
    folder: Path


def measure(cfg: DictConfig, folder: Path, console: Console) -> None:
    """Print seconds of each command, medians, and multiples of ``import torch``."""
    sides = {"now": Side(PACKAGE.parent, folder / "start_now")}
    if cfg.old is not None:
        sides["old"] = Side(Path(cfg.old).absolute(), folder / "start_old")
    for side in sides.values():
        _prepare(side)
    _import_torch(sides["now"])  # warm-up
    titles = "".join(f"{name + ', s':>10}{'x torch':>9}" for name in sides)
    console.print(f"(g) {'start':28}{'torch, s':>10}{titles}{'target':>8}")
    for title, target, seconds in CASES:
        for side in sides.values():
            seconds(side)  # warm-up
        torch: list[float] = []
        found: dict[str, list[float]] = {name: [] for name in sides}
        for _ in range(cfg.repeats):
            torch.append(_import_torch(sides["now"]))
            for name, side in sides.items():
                found[name].append(seconds(side))
        figures = "".join(
            f"{median(ours):10.2f}{ratio(ours, torch):9.2f}" for ours in found.values()
        )
        console.print(f"    {title:28}{median(torch):10.2f}{figures}{target:8.1f}")


def _prepare(side: Side) -> None:
    """Leave a recorded study in the side's folder, as its own sweep would."""
    side.folder.mkdir()
    (side.folder / "experiments").symlink_to(side.checkout / "experiments")
    script = str(Path(__file__).with_name("records.py"))
    _run(side, ["-P", script, "outputs", str(RUNS)])
    _command(side, *SWEEP)


def _import_torch(side: Side) -> float:
    return _run(side, ["-c", "import torch"])


def _command(side: Side, *words: str, status: int = 0) -> float:
    return _run(side, ["-m", *words], status)


def _new_report(side: Side) -> float:
    """Return the seconds of a report whose files were removed before."""
    for path in (side.folder / STUDY).iterdir():
        if path.name != "study.json":
            path.unlink()
    return _command(side, "roadmap.report")


def _first_update(side: Side) -> float:
    """Return the seconds until a fresh sweep has updated weights, and stop it.

    It has when a checkpoint is there, which is asked for after each update. Everything
    is made anew, the data too, but for what is kept beside the code.
    """
    root = Path(mkdtemp(dir=side.folder))
    words = [*SWEEP, f"root={root}", "checkpoint_seconds=0", "launcher=local"]
    with (root / "output.txt").open("w+") as output:
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=side.folder,
            env=_env(side),
            stdout=output,
            stderr=output,
            start_new_session=True,  # so that its workers end with it
        )
        try:
            while not any(root.glob("runs/*/checkpoints/[0-9]*.pt")):
                late = time.perf_counter() - began > LIMIT_SECONDS
                if late or process.poll() is not None:
                    output.seek(0)
                    raise RuntimeError(f"no update: {output.read()[-2000:]}")
                time.sleep(0.01)
            return time.perf_counter() - began
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _run(side: Side, words: list[str], status: int = 0) -> float:
    """Return the seconds that Python takes for these words.

    Raises:
        RuntimeError: with the end of its output, if its exit status is another.
    """
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *words],
        cwd=side.folder,
        env=_env(side),
        capture_output=True,
        text=True,
    )
    seconds = time.perf_counter() - began
    if done.returncode != status:
        raise RuntimeError(f"{words}: {(done.stdout + done.stderr)[-2000:]}")
    return seconds


def _env(side: Side) -> dict[str, str]:
    """Return this process's environment with the side's code and a cache of its own."""
    own = {"PYTHONPATH": side.checkout, "ROADMAP_CACHE": side.folder / "cache"}
    env = os.environ | {name: str(path) for name, path in own.items()}
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # else each process compiles all anew
    return env


CASES: tuple[tuple[str, float, Callable[[Side], float]], ...] = (
    ("--help", 0.6, lambda side: _command(side, "roadmap.sweep", "--help")),
    (
        "a wrong word",
        0.6,
        lambda side: _command(side, "roadmap.sweep", "+step=nosuch", status=2),
    ),
    ("status", 0.8, lambda side: _command(side, "roadmap.status")),
    (
        "explain of one step",
        1.5,
        lambda side: _command(side, "roadmap.explain", "step=gelu"),
    ),
    ("report, unchanged", 0.8, lambda side: _command(side, "roadmap.report")),
    ("report, new", 2.5, _new_report),
    ("sweep, nothing to do", 1.5, lambda side: _command(side, *SWEEP)),
    ("sweep, until first update", 5.0, _first_update),
)
"""A title, the multiple of ``import torch`` that it may take, and what measures it."""
