"""The sweep itself: what a run costs beside its training, and how a study grows."""

from __future__ import annotations

import resource
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

from omegaconf import DictConfig, OmegaConf
from rich.console import Console

from roadmap.base import config, machine
from roadmap.launchers import launcher
from roadmap.launchers.job import Job
from roadmap.report import write_report
from roadmap.runs import store
from roadmap.runs.place import Place
from roadmap.runs.run import Run
from roadmap.studies.plan import Planned, plan_sweep
from roadmap.studies.results import write_results, write_study


def overhead(cfg: DictConfig, folder: Path, console: Console) -> None:
    """Print (e): seconds that launchers take for a run that has nothing to do."""
    for name in cfg.launchers:
        if name == "slurm" and not shutil.which("sbatch"):
            console.print("(e) launcher=slurm: no Slurm here")
            continue
        words = ["+step=resnet", f"launcher={name}", *cfg.launcher_words.get(name, [])]
        settings: Any = OmegaConf.to_container(config.compose("sweep", words).launcher)
        started = launcher(name)
        began = time.perf_counter()
        settings = started.prepare(settings, "cpu")
        ends = []
        jobs = _empty_jobs(folder / name, cfg.empty_runs, stands=name != "slurm")
        for _ in started.launch(jobs, settings):
            ends.append(time.perf_counter())
        further = (ends[-1] - ends[0]) / (cfg.empty_runs - 1)
        console.print(
            f"(e) launcher={name}: first run over after {ends[0] - began:.2f} s, each "
            f"further one {further:.3f} s ({settings['workers']} at a time)"
        )


def _empty_jobs(folder: Path, number: int, stands: bool) -> list[Job]:
    """Return jobs whose records stand already, or that fail as soon as they begin.

    The latter for Slurm, whose launcher would see the records before its jobs start.
    """
    runs = [Run({}, {}, {}, seed) for seed in range(number)]
    for run in runs if stands else ():
        store.write_record(folder, {"run": run.id, "status": "finished"})
    return [Job(run, Place(root=str(folder))) for run in runs]


def scale(cfg: DictConfig, folder: Path, console: Console) -> None:
    """Print (f): planning and reporting studies in which every run is recorded."""
    for size in cfg.sizes:
        root = folder / f"scale_{size}"
        _apart(_record, root, size)
        planned, reported, memory = zip(
            *[_apart(_plan_and_report, root, size) for _ in range(cfg.repeats)],
            strict=True,
        )
        console.print(
            f"(f) {size} recorded runs: plan {median(planned):.2f} s, report "
            f"{median(reported):.2f} s, peak memory {max(memory) / 1e6:.0f} MB"
        )


def _apart(measure: Callable[..., Any], *args: object) -> Any:
    """Return what the function returns in a process of its own, whose memory is new."""
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(measure, args)


def _plan_and_report(root: Path, size: int) -> tuple[float, float, int]:
    """Return seconds to plan and skip, seconds to report, and peak bytes in all."""
    began = time.perf_counter()
    planned = _planned(size)
    states = store.read_states(root, [one.run.id for one in planned])
    seconds = time.perf_counter() - began
    assert set(states.values()) == {"finished"}
    began = time.perf_counter()
    write_study(root / "s", planned, ["+step=all"])
    write_results(root / "s", root)
    write_report(root / "s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return seconds, time.perf_counter() - began, peak


def _planned(size: int) -> list[Planned]:
    seeds = -(-size // 18)  # steps in all
    return plan_sweep(["+step=all"], seeds)[:size]


def _record(root: Path, size: int) -> None:
    """Leave records as runs of ten epochs would; the accuracies are made up."""
    row = {"train_loss": 2.1234567, "lr": 1e-3, "top1": 50.5, "top5": 90.9, "loss": 1.5}
    for number, one in enumerate(_planned(size)):
        top1 = 50 + number % 997 / 100
        record = {
            "run": one.run.id,
            "status": "finished",
            "metrics": {"top1": top1, "top5": 90.0, "loss": 1.5},
            "curve": [{"epoch": epoch, **row} for epoch in range(1, 11)],
            "train_seconds": 10.0,
            "wall_seconds": 12.0,
            "images_per_second": 800.0,
            "data_fingerprint": "0123456789abcdef",
            **asdict(one.run),
            "machine": machine.provenance("cpu") | {"git_sha": "0123456789ab"},
        }
        store.write_record(root, record)
