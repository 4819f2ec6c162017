"""(f) Planning and reporting studies in which every run is recorded."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

from omegaconf import DictConfig
from rich.console import Console

from roadmap.base import machine

TARGETS = "targets at 10,000: 5 s, 8 s, 500 MB"


def measure(cfg: DictConfig, folder: Path, console: Console) -> None:
    """Print seconds and peak memory for each number of runs."""
    for count in cfg.sizes:
        root = folder / f"scale_{count}"
        _apart(_write, root, count)
        measured = [_apart(_plan_and_report, root, count) for _ in range(cfg.repeats)]
        planned, reported, memory = zip(*measured, strict=True)
        console.print(
            f"(f) {count} recorded runs: plan {median(planned):.2f} s, report "
            f"{median(reported):.2f} s, peak memory {max(memory) / 1e6:.0f} MB "
            f"({TARGETS})",
            soft_wrap=True,
        )


def _apart(function: Callable[..., Any], *args: object) -> Any:
    """Return what the function returns in a new process, whose memory is its own."""
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(function, args)


def _write(root: Path, count: int) -> None:
    from roadmap.benchmark.records import write_records

    write_records(root, count)


def _plan_and_report(root: Path, count: int) -> tuple[float, float, int]:
    """Return seconds to plan and skip, seconds to report, and peak bytes in all.

    A report that stands is removed before, so that it is made anew each time.
    """
    from roadmap.benchmark.records import plan  # here: the parent needs no torch
    from roadmap.report import write_report
    from roadmap.runs import store
    from roadmap.studies.results import write_results, write_study

    folder = root / "s"
    shutil.rmtree(folder, ignore_errors=True)
    began = time.perf_counter()
    planned = plan(count)
    states = store.read_states(root, [one.run.id for one in planned])
    seconds = time.perf_counter() - began
    assert set(states.values()) == {"finished"}
    began = time.perf_counter()
    write_study(folder, planned, ["+step=all"])
    write_results(folder, root)
    write_report(folder)
    return seconds, time.perf_counter() - began, machine.peak_resident()
