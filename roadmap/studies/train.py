"""What is missing of a study is trained, by whichever launcher."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from roadmap.launchers import Launcher
from roadmap.launchers.job import Job
from roadmap.runs import store
from roadmap.runs.lease import Watch
from roadmap.runs.place import Place
from roadmap.studies.plan import Planned

LOOK_SECONDS = 1.0
"""Between looks at runs that another sweep trains."""


def train_missing(
    todo: Sequence[Planned],
    launcher: Launcher,
    settings: Any,
    place: Place,
    console: Console,
) -> list[str]:
    """Wait until every run is over, ours or another sweep's; show what becomes of it.

    Returns a line for each failure that could not be written down.
    """
    root, watch, unwritten = Path(place.root), Watch(), []
    left = {one.run.id: one for one in todo}
    with Bar(console, len(todo), settings.workers) as bar:
        while left:
            ready = [
                one
                for run_id, one in left.items()
                if not watch.holder(store.run_folder(root, run_id))
            ]
            if not ready:  # another sweep trains the rest
                time.sleep(LOOK_SECONDS)
                continue
            bar.show(left.values())
            jobs = [
                Job(
                    one.run,
                    replace(place, regime=one.regime, step=one.step),
                    settings.devices,
                )
                for one in ready
            ]
            with contextlib.closing(launcher.launch(jobs, settings)) as ended:
                for index, error in ended:
                    one = ready[index]
                    if error:
                        unwritten += _record_failure(root, one, error)
                    elif _is_left(root, one.run.id, watch):
                        continue
                    del left[one.run.id]
                    bar.advance(one, store.read_record(root, one.run.id), left.values())
    return unwritten


def _is_left(root: Path, run_id: str, watch: Watch) -> bool:
    """Return whether a run that a launcher is done with has no outcome yet.

    Another sweep may hold it, or may have held it and died since.
    """
    held = watch.holder(store.run_folder(root, run_id)) is not None
    return held or store.read_record(root, run_id) is None


def _record_failure(root: Path, one: Planned, error: str) -> list[str]:
    """Write down that the run died; return a line instead if that is not possible."""
    try:
        record = {"run": one.run.id, "status": "failed", "error": error}
        store.write_record(root, record)
    except OSError as full:
        return [f"{one.step} seed {one.seed}: failed {error} (no record: {full})"]
    return []


class Bar:
    """Progress over runs: done, running, time, time left, best; none in a pipe."""

    def __init__(self, console: Console, total: int, workers: int) -> None:
        self._progress = Progress(
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            TextColumn("{task.description} {task.fields[best]}"),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task("", total=total, best="")
        self._workers, self._best = workers, -1.0

    def __enter__(self) -> Bar:
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def show(self, left: Iterable[Planned]) -> None:
        """Name the runs being trained: launchers start them in the order given."""
        running = islice(left, self._workers)
        names = ", ".join(f"{one.step} ({one.seed})" for one in running)
        self._progress.update(self._task, description=names)

    def advance(
        self, one: Planned, record: dict[str, Any] | None, left: Iterable[Planned]
    ) -> None:
        """Count a run that is over, and keep the best accuracy so far."""
        top1 = ((record or {}).get("metrics") or {}).get("top1", -1.0)
        if top1 > self._best:
            self._best = top1
            best = f"best {top1:.2f} % {one.step}"
            self._progress.update(self._task, best=best)
        self._progress.update(self._task, advance=1)
        self.show(left)
