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
from roadmap.execute import INTERRUPTED
from roadmap.launchers import LAUNCHERS, Launcher, Over, workers_here
from roadmap.network.steps import check
from roadmap.place import place_of, placed
from roadmap.plan import Planned, plan_sweep
from roadmap.report.show import show
from roadmap.results import write_results, write_study
from roadmap.runs import store
from roadmap.trackers import log_figure


def sweep(cfg: DictConfig, overrides: list[str]) -> int:
    """Train what is missing of the study, write its results, and return exit status."""
    console = Console()
    launcher, settings = _launcher(cfg)
    place = place_of(cfg, settings["workers"])
    planned = plan_sweep(overrides, cfg.seeds)
    root, folder = Path(cfg.root), Path(cfg.root, str(cfg.study))
    if folder.parent != root or folder.name in ("", "..", "runs", "data"):
        raise ValueError(f"study={cfg.study}: valid: a plain name, not runs or data")
    todo = _missing(planned, root)
    workers = min(settings["workers"], max(len(todo), 1))
    write_study(folder, planned, overrides)
    console.print(
        f"study {cfg.study}: {len(planned)} runs, {len(todo)} of them to train, "
        f"{workers} at a time (launcher={cfg.launcher.name})"
    )
    began = time.perf_counter()
    try:
        jobs = [(one.run, placed(place, one)) for one in todo]
        _train(todo, workers, launcher(jobs, settings), root, console)
    except KeyboardInterrupt:
        _finish(folder, root, console)
        console.print("stopped by Ctrl-C; the same command goes on from here")
        return 130
    wall = time.perf_counter() - began
    results = _finish(folder, root, console)
    log_figure(place.tracker, folder, str(cfg.study), folder / "figure_2.png")
    if todo:
        trained = results[results.run.isin([one.run.id for one in todo])]
        seconds = trained.drop_duplicates("run").train_seconds.sum()
        console.print(
            f"trained {len(todo)} runs in {wall:.0f} s, {workers} at a time; "
            f"{seconds / (wall * workers):.2f} of that inside training steps"
        )
    return 0 if results.status.isin(store.DONE).all() else 1


def _launcher(cfg: DictConfig) -> tuple[Launcher, dict[str, Any]]:
    """Return the launcher and its settings, with the runs at a time filled in."""
    check("launcher", cfg.launcher.name, list(LAUNCHERS))
    workers = cfg.launcher.get("workers", 1)
    if workers is None:
        workers = workers_here(machine.resolve_device(cfg.device))
    if not isinstance(workers, int) or isinstance(workers, bool) or workers < 1:
        raise ValueError(f"launcher.workers={workers}: valid: null or an integer >= 1")
    settings = {str(k): v for k, v in cfg.launcher.items()}
    return LAUNCHERS[cfg.launcher.name], {**settings, "workers": workers}


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
                record = {"run": one.run.id, "status": "failed", "error": error}
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
    for row in results[results.status.isin(["failed", INTERRUPTED])].to_dict("records"):
        line = f"{row['step']} seed {row['seed']}: {row['status']} {row['error']}"
        console.print(line, markup=False)
    if pending := int((results.status == "pending").sum()):
        console.print(f"{pending} runs pending")
    return results


def main() -> None:
    """Run ``python -m roadmap.sweep``."""
    cli.run("sweep", sweep)


if __name__ == "__main__":
    main()
