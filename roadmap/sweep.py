"""python -m roadmap.sweep +step=all seeds=3: every step, several seeds, Figure 2."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from omegaconf import DictConfig
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from roadmap import cli, machine
from roadmap.execute import Place
from roadmap.launchers import INTERRUPTED, LAUNCHERS, Launcher, Over, workers_here
from roadmap.network.steps import check
from roadmap.plan import Planned, plan_sweep
from roadmap.report.show import show
from roadmap.results import write_results, write_study
from roadmap.runs import store
from roadmap.runs.run import Run


def sweep(cfg: DictConfig, overrides: list[str]) -> int:
    """Train what is missing of the study, write its results, and return exit status."""
    console = Console()
    planned = plan_sweep(overrides, cfg.seeds)
    place, root, folder = place_of(cfg), Path(cfg.root), Path(cfg.root, str(cfg.study))
    if folder.parent != root or folder.name in ("", "..", "runs", "data"):
        raise ValueError(f"study={cfg.study}: valid: a plain name, not runs or data")
    launcher, settings = _launcher(cfg)
    todo = _missing(planned, root)
    workers = min(_workers(cfg, place), max(len(todo), 1))
    write_study(folder, planned, overrides)
    console.print(
        f"study {cfg.study}: {len(planned)} runs, {len(todo)} of them to train, "
        f"{workers} at a time (launcher={cfg.launcher.name})"
    )
    began = time.perf_counter()
    try:
        _train(todo, workers, launcher(_runs(todo), place, settings), root, console)
    except KeyboardInterrupt:
        _finish(folder, root, console)
        console.print("stopped by Ctrl-C; the same command goes on from here")
        return 130
    wall = time.perf_counter() - began
    results = _finish(folder, root, console)
    if todo:
        trained = results[results.run.isin([run.id for run in _runs(todo)])]
        seconds = trained.drop_duplicates("run").train_seconds.sum()
        console.print(
            f"trained {len(todo)} runs in {wall:.0f} s, {workers} at a time; "
            f"{seconds / (wall * workers):.2f} of that inside training steps"
        )
    return 0 if results.status.isin(store.DONE).all() else 1


def place_of(cfg: DictConfig) -> Place:
    """Return where the config's runs are trained and kept.

    Raises:
        ValueError: one line, for a device that is unknown or not there.
    """
    if not isinstance(cfg.threads, int) or cfg.threads < 1:
        raise ValueError(f"threads={cfg.threads}: valid: an integer >= 1")
    return Place(
        root=str(cfg.root),
        device=machine.resolve_device(cfg.device),
        threads=cfg.threads,
        git_sha=machine.git_sha(),
        data_root=cfg.data.get("root"),
    )


def _launcher(cfg: DictConfig) -> tuple[Launcher, dict[str, Any]]:
    check("launcher", cfg.launcher.name, list(LAUNCHERS))
    return LAUNCHERS[cfg.launcher.name], {str(k): v for k, v in cfg.launcher.items()}


def _workers(cfg: DictConfig, place: Place) -> int:
    """Return how many runs the launcher trains at a time."""
    workers = cfg.launcher.get("workers", 1)
    if workers is None:
        return workers_here(place)
    if not isinstance(workers, int) or isinstance(workers, bool) or workers < 1:
        raise ValueError(f"launcher.workers={workers}: valid: null or an integer >= 1")
    return workers


def _runs(planned: Sequence[Planned]) -> list[Run]:
    return [one.run for one in planned]


def _missing(planned: Sequence[Planned], root: Path) -> list[Planned]:
    """Return what is to be trained, each run once."""
    by_id = {one.run.id: one for one in planned}
    return [one for run_id, one in by_id.items() if not store.is_done(root, run_id)]


def _train(
    todo: list[Planned], workers: int, launched: Over, root: Path, console: Console
) -> None:
    """Wait for the launched runs and show what becomes of each."""
    left, best = dict(enumerate(todo)), (-1.0, "")
    with contextlib.closing(launched), _bar(console) as bar:
        task = bar.add_task(_names(todo[:workers]), total=len(todo), best="")
        for index, error in launched:
            one = left.pop(index)
            if error:
                status = INTERRUPTED if error == INTERRUPTED else "failed"
                record = {"run": one.run.id, "status": status, "error": error}
                store.write_record(root, record)
            metrics = (store.read_record(root, one.run.id) or {}).get("metrics")
            if metrics:
                best = max(best, (metrics["top1"], one.step))
            bar.update(
                task,
                advance=1,
                # Every launcher starts runs in the order of the list.
                description=_names(list(left.values())[:workers]),
                best=f"best {best[0]:.2f} % {best[1]}" if best[1] else "",
            )


def _names(planned: Sequence[Planned]) -> str:
    return ", ".join(f"{one.step} ({one.seed})" for one in planned)


def _bar(console: Console) -> Progress:
    """Return a bar of runs: running, done, time, time left, best; quiet in a pipe."""
    return Progress(
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.description} {task.fields[best]}"),
        console=console,
        disable=not console.is_terminal,
    )


def _finish(folder: Path, root: Path, console: Console) -> pd.DataFrame:
    """Write results, tables and figure; show the table and what went wrong."""
    results = write_results(folder, root)
    show([folder], folder, console)
    for row in results[~results.status.isin(store.DONE)].to_dict("records"):
        line = f"{row['step']} seed {row['seed']}: {row['status']} {row['error']}"
        console.print(line, markup=False)
    return results


def main() -> None:
    """Run ``python -m roadmap.sweep``."""
    cli.run("sweep", sweep)


if __name__ == "__main__":
    main()
