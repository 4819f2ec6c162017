"""python -m roadmap.sweep +step=all seeds=3: every step, several seeds, Figure 2."""

from __future__ import annotations

import contextlib
import re
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path

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

from roadmap.base import cli
from roadmap.base.machine import resolve_device
from roadmap.base.settings import one_of
from roadmap.launchers import (
    ELSEWHERE,
    LAUNCHERS,
    Launch,
    Settings,
    check_settings,
    launcher,
)
from roadmap.launchers.job import Job
from roadmap.report.show import show
from roadmap.runs import store
from roadmap.runs.assemble import Place
from roadmap.runs.execute import INTERRUPTED
from roadmap.runs.lease import Watch
from roadmap.runs.place import place_of, placed
from roadmap.studies.plan import Planned, plan_sweep
from roadmap.studies.price import Price, check_budget, price_of, show_plan
from roadmap.studies.results import write_results, write_study
from roadmap.training.trackers import log_figure


def sweep(cfg: DictConfig, overrides: list[str]) -> int:
    """Train what is missing of the study, write its results, and return exit status."""
    console = Console()
    if not isinstance(cfg.dry_run, bool):
        raise ValueError(f"dry_run={cfg.dry_run}: valid: true, false")
    check_budget([], cfg.budget_hours)  # before anything is measured
    start, settings = _launcher(cfg)
    place = place_of(cfg, settings)
    planned = plan_sweep(overrides, cfg.seeds)
    root, folder = Path(cfg.root), Path(cfg.root, str(cfg.study))
    if folder.parent != root or folder.name in ("", "..", "runs", "data"):
        raise ValueError(f"study={cfg.study}: valid: a plain name, not runs or data")
    states = store.read_states(root, [one.run.id for one in planned])
    todo = _missing(planned, states)
    if cfg.dry_run or cfg.budget_hours is not None:
        prices = _priced(planned, states, place, settings, console)
        if cfg.dry_run:
            show_plan(planned, states, prices, settings["workers"], console)
        check_budget(prices, cfg.budget_hours)
        if cfg.dry_run:
            return 0
    write_study(folder, planned, overrides)
    workers = min(settings["workers"], max(len(todo), 1))
    console.print(
        f"study {cfg.study}: {len(planned)} runs, {len(todo)} of them to train, "
        f"{workers} at a time (launcher={cfg.launcher.name})"
    )
    for one in todo:
        if states[one.run.id] == store.DAMAGED:
            line = f"its record is damaged and is trained again ({one.run.id})"
            console.print(f"{one.step} seed {one.seed}: {line}")
    began = time.perf_counter()
    try:
        lost = _train(todo, start, settings, place, console)
    except KeyboardInterrupt:
        _finish(folder, root, console)
        console.print("stopped by Ctrl-C; the same command goes on from here")
        return 130
    wall = time.perf_counter() - began
    results = _finish(folder, root, console)
    for line in lost:
        console.print(line, markup=False)
    log_figure(place.tracker, folder, str(cfg.study), folder / "figure_2.png")
    if todo:
        console.print(_summary(todo, results, wall, workers))
    return 0 if results.status.isin(store.DONE).all() else 1


def _launcher(cfg: DictConfig) -> tuple[Launch, Settings]:
    """Return the launcher's function, and its settings checked and completed."""
    one_of("launcher", cfg.launcher.name, list(LAUNCHERS))
    chosen = launcher(cfg.launcher.name)
    settings = {str(k): v for k, v in cfg.launcher.items()}
    check_settings(settings)
    device = resolve_device(cfg.device, here=cfg.launcher.name not in ELSEWHERE)
    return chosen.launch, chosen.prepare(settings, device)


def _priced(
    planned: Sequence[Planned],
    states: Mapping[str, str],
    place: Place,
    settings: Settings,
    console: Console,
) -> list[Price]:
    """Return the prices, telling on a terminal which step is being measured."""
    with console.status("probing") as shown:
        return price_of(planned, states, place, settings, shown.update)


def _missing(planned: Sequence[Planned], states: Mapping[str, str]) -> list[Planned]:
    """Return what is to be trained, each run once."""
    by_id = {one.run.id: one for one in planned}
    return [one for run_id, one in by_id.items() if states[run_id] not in store.DONE]


def _train(
    todo: list[Planned],
    start: Launch,
    settings: Settings,
    place: Place,
    console: Console,
) -> list[str]:
    """Wait until every run is over, ours or another sweep's; show what becomes of it.

    Returns a line for each failure that could not be written down.
    """
    root, watch, lost = Path(place.root), Watch(), []
    left, best = {one.run.id: one for one in todo}, (-1.0, "")
    with _bar(console) as bar:
        task = bar.add_task("", total=len(todo), best="")

        def held(run_id: str) -> bool:
            return watch.holder(store.run_folder(root, run_id)) is not None

        def show() -> None:
            # Every launcher starts runs in the order of the list.
            running = islice(left.values(), settings["workers"])
            bar.update(task, description=_names(running))

        while left:
            ready = [one for run_id, one in left.items() if not held(run_id)]
            if not ready:  # another sweep trains the rest
                time.sleep(1)
                continue
            show()
            devices = settings["devices"]
            jobs = [Job(one.run, placed(place, one), devices) for one in ready]
            with contextlib.closing(start(jobs, settings)) as over:
                for index, error in over:
                    one = ready[index]
                    if error:
                        lost += _record_failure(root, one, error)
                    elif held(one.run.id) or not store.read_record(root, one.run.id):
                        continue  # its holder may have died since
                    del left[one.run.id]
                    best = max(best, _top1(root, one))
                    named = f"best {best[0]:.2f} % {best[1]}" if best[1] else ""
                    bar.update(task, advance=1, best=named)
                    show()
    return lost


def _summary(
    todo: Sequence[Planned], results: pd.DataFrame, wall: float, workers: int
) -> str:
    """Return how many runs were trained, and how well the workers were used."""
    ours = results[results.run.isin([one.run.id for one in todo])]
    trained = ours[ours.status.isin(store.DONE)].drop_duplicates("run")
    share = trained.train_seconds.sum() / (wall * workers)
    return (
        f"runs trained: {len(trained)} in {wall:.0f} s, {workers} at a time; "
        f"{share:.2f} of that inside training steps"
    )


def _record_failure(root: Path, one: Planned, error: str) -> list[str]:
    """Write down that the run died; return a line instead if that is not possible."""
    try:
        record = {"run": one.run.id, "status": "failed", "error": error}
        store.write_record(root, record)
    except OSError as full:
        return [f"{one.step} seed {one.seed}: failed {error} (no record: {full})"]
    return []


def _top1(root: Path, one: Planned) -> tuple[float, str]:
    metrics = (store.read_record(root, one.run.id) or {}).get("metrics") or {}
    return metrics.get("top1", -1.0), one.step if metrics else ""


def _names(planned: Iterable[Planned]) -> str:
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
    """Run ``python -m roadmap.sweep``; ``step=`` is as good as ``+step=`` here."""
    sys.argv = [re.sub(r"^step=", "+step=", word) for word in sys.argv]
    cli.run("sweep", sweep)


if __name__ == "__main__":
    main()
