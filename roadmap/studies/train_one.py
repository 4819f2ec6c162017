"""One run from its words to its record, on one device or, by torchrun, on several."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig
from rich.console import Console
from rich.progress import BarColumn as Bar
from rich.progress import Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from roadmap.runs import store
from roadmap.runs.lease import Watch, name
from roadmap.runs.place import Place, place_of
from roadmap.studies.plan import plan_run

if TYPE_CHECKING:
    from roadmap.training.state import OnUpdate

LOOK_SECONDS = 1.0
"""Between looks at a run that another process trains."""


def train_one(cfg: DictConfig, words: list[str]) -> int:
    """Train one run, or find its record; print it and return the exit status.

    Raises:
        ValueError: one line that names the wrong word and the valid ones.
    """
    one, place = plan_run(words), place_of(cfg)
    # Imported once the words are right, as it imports torch.
    from roadmap.runs.execute import execute, joined

    with joined(replace(place, regime=one.regime, step=one.step)) as place:
        console = Console(quiet=place.setup.rank > 0)
        console.print(
            f"{one.step} at regime={one.regime}, seed {one.seed}: {one.params:,} "
            f"params, {one.gflops:.4f} GFLOPs"
        )
        with _bar(console) as on_update:
            record = execute(one.run, place, on_update, console.print)
            while record["status"] == store.HELD and place.setup.world == 1:
                _wait_for_another(one.run.id, place, console)
                record = execute(one.run, place, on_update, console.print)
    path = store.run_folder(Path(place.root), one.run.id) / "record.json"
    line = f"{_outcome(record)}, record in {path}"
    console.print(line, markup=False, soft_wrap=True)  # an error may hold brackets
    if record["status"] == store.INTERRUPTED:
        console.print("the same command goes on from its checkpoint")
        return 130
    return 0 if record["status"] in store.DONE else 1


def _outcome(record: dict[str, Any]) -> str:
    """Return the status, with the accuracy or the error if there is one."""
    metrics, line = record.get("metrics"), record["status"]
    line += f": top-1 {metrics['top1']:.2f} %" if metrics else ""
    return line + (f": {record['error']}" if "error" in record else "")


def _wait_for_another(run_id: str, place: Place, console: Console) -> None:
    """Wait until the process that trains the run ends or dies."""
    folder, watch = store.run_folder(Path(place.root), run_id), Watch()
    if holder := watch.holder(folder):
        console.print(f"{name(holder)} is training this run; waiting for it")
    while watch.holder(folder):
        time.sleep(LOOK_SECONDS)


@contextmanager
def _bar(console: Console) -> Iterator[OnUpdate]:
    """Show updates done, the loss and the time left, on a terminal only."""
    words = TextColumn("{task.description}")
    columns = (Bar(bar_width=20), words, TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("starting", total=None)
        yield lambda done, total, loss: bar.update(
            task,
            completed=done,
            total=total,
            description=f"{done}/{total} updates, loss {loss:.3f}",
        )
