"""python -m roadmap.sweep +step=all seeds=3: every step, several seeds, Figure 2."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pandas as pd
from omegaconf import DictConfig, OmegaConf
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
from roadmap.launchers import INTERRUPTED, LAUNCHERS, Launcher, workers_here
from roadmap.network.steps import check
from roadmap.plan import Planned, plan_sweep
from roadmap.report.show import show
from roadmap.results import write_results, write_study
from roadmap.runs import store


def sweep(cfg: DictConfig, overrides: list[str]) -> int:
    """Train what is missing of the study, write its results, and return exit status."""
    console = Console()
    planned = plan_sweep(overrides, OmegaConf.to_container(cfg)["seeds"])  # type: ignore
    root, launcher, settings = Path(cfg.root), *_launcher(cfg)
    place = place_of(cfg)
    folder = root / str(cfg.study)
    write_study(folder, planned, overrides)
    todo = _missing(planned, root)
    done = len({one.run.id for one in planned}) - len(todo)
    workers = 1 if launcher is LAUNCHERS["serial"] else workers_here(place)
    workers = min(settings.get("workers") or workers, max(len(todo), 1))
    console.print(
        f"study {cfg.study}: {len(planned)} runs, {done} there already, "
        f"{len(todo)} to train by launcher={settings['name']} ({workers} at a time)"
    )
    began = time.perf_counter()
    try:
        _train(todo, launcher, place, settings, console)
    except KeyboardInterrupt:
        console.print("stopped by Ctrl-C; the same command goes on from here")
        _finish(folder, root, console)
        return 130
    results = _finish(folder, root, console)
    if todo:
        wall = time.perf_counter() - began
        trained = results[results.run.isin({one.run.id for one in todo})]
        seconds = trained.drop_duplicates("run").train_seconds.sum()
        console.print(
            f"{len(todo)} runs in {wall:.0f} s with {workers} worker(s); "
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


def _launcher(cfg: DictConfig) -> tuple[Launcher, dict]:
    check("launcher", cfg.launcher.name, list(LAUNCHERS))
    workers = cfg.launcher.get("workers")
    if workers is not None and (not isinstance(workers, int) or workers < 1):
        raise ValueError(f"launcher.workers={workers}: valid: null or an integer >= 1")
    return LAUNCHERS[cfg.launcher.name], dict(cfg.launcher)


def _missing(planned: Sequence[Planned], root: Path) -> list[Planned]:
    """Return what is to be trained, each run once."""
    by_id = {one.run.id: one for one in planned}
    return [one for run_id, one in by_id.items() if not store.is_done(root, run_id)]


def _train(
    todo: list[Planned],
    launcher: Launcher,
    place: Place,
    settings: dict,
    console: Console,
) -> None:
    """Give the runs to the launcher and show what becomes of each."""
    root, best = Path(place.root), ""
    best_top1 = -1.0
    with (
        closing(launcher([one.run for one in todo], place, settings)) as over,  # type: ignore
        _bar(console) as bar,
    ):
        task = bar.add_task("training", total=len(todo), last="")
        for index, error in over:
            one = todo[index]
            if error:
                status = INTERRUPTED if error == INTERRUPTED else "failed"
                record = {"run": one.run.id, "status": status, "error": error}
                store.write_record(root, record)
            record = store.read_record(root, one.run.id) or {}
            top1 = (record.get("metrics") or {}).get("top1", -1.0)
            if top1 > best_top1:
                best_top1, best = top1, f"best {one.step} {top1:.2f} %"
            outcome = f"{top1:.2f} %" if top1 >= 0 else record.get("status", "lost")
            bar.update(
                task, advance=1, last=f"{one.step} seed {one.seed}: {outcome}; {best}"
            )


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[last]}"),
        console=console,
        disable=not console.is_terminal,
    )


def _finish(folder: Path, root: Path, console: Console) -> pd.DataFrame:
    """Write results, tables and figure; show the table and what went wrong."""
    results = write_results(folder, root)
    show([folder], folder, console)
    for row in results[~results.status.isin(store.DONE)].itertuples():
        console.print(f"{row.step} seed {row.seed}: {row.status} {row.error}")
    return results


def main() -> None:
    """Run ``python -m roadmap.sweep``."""
    cli.run("sweep", sweep)


if __name__ == "__main__":
    main()
