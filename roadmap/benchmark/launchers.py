"""(e) Seconds that launchers take for a run that has nothing to do."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf
from rich.console import Console

from roadmap.base import config
from roadmap.launchers import prepared
from roadmap.launchers.job import Job
from roadmap.runs import store
from roadmap.runs.place import Place
from roadmap.runs.run import Run


def measure(cfg: DictConfig, folder: Path, console: Console) -> None:
    """Print the time until the first run is over, and of each further run."""
    for name in cfg.launchers:
        if name == "slurm" and not shutil.which("sbatch"):
            console.print("(e) launcher=slurm: no Slurm here")
            continue
        words = ["+step=resnet", f"launcher={name}", *cfg.launcher_words.get(name, [])]
        chosen: Any = OmegaConf.to_container(config.compose("sweep", words).launcher)
        began = time.perf_counter()
        launcher, settings = prepared(chosen, "cpu")
        ends = []
        jobs = _empty_jobs(folder / name, cfg.empty_runs, recorded=name != "slurm")
        for _ in launcher.launch(jobs, settings):
            ends.append(time.perf_counter())
        further = (ends[-1] - ends[0]) / (cfg.empty_runs - 1)
        console.print(
            f"(e) launcher={name}: first run over after {ends[0] - began:.2f} s, each "
            f"further one {further:.3f} s ({settings.workers} at a time)"
        )


def _empty_jobs(folder: Path, count: int, recorded: bool) -> list[Job]:
    """Return jobs whose records exist already, or that fail as soon as they begin.

    The latter for Slurm, whose launcher would see the records before its jobs start.
    """
    runs = [Run({}, {}, {}, seed) for seed in range(count)]
    for run in runs if recorded else ():
        store.write_record(folder, {"run": run.id, "status": "finished"})
    return [Job(run, Place(root=str(folder))) for run in runs]
