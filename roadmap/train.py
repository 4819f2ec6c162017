"""python -m roadmap.train step=gelu seed=0: one run, on one device or several."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig
from rich.console import Console
from rich.progress import BarColumn as Bar
from rich.progress import Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from roadmap.base import cli
from roadmap.runs import store
from roadmap.runs.lease import Watch, name
from roadmap.runs.place import Place, place_of
from roadmap.studies.plan import plan_run

if TYPE_CHECKING:
    from roadmap.training.state import OnUpdate


def train(cfg: DictConfig, overrides: list[str]) -> int:
    """Train one run, or find its record; print it and return the exit status."""
    one, place = plan_run(overrides), place_of(cfg)
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
    metrics, status = record.get("metrics"), record["status"]
    outcome = f": top-1 {metrics['top1']:.2f} %" if metrics else ""
    outcome += f": {record['error']}" if "error" in record else ""
    path = store.run_folder(Path(place.root), one.run.id) / "record.json"
    line = f"{status}{outcome}, record in {path}"
    console.print(line, markup=False, soft_wrap=True)  # errors may hold brackets
    if status == store.INTERRUPTED:
        console.print("the same command goes on from its checkpoint")
        return 130
    return 0 if status in store.DONE else 1


def _wait_for_another(run_id: str, place: Place, console: Console) -> None:
    """Wait until the process that trains the run ends or dies."""
    folder, watch = store.run_folder(Path(place.root), run_id), Watch()
    if holder := watch.holder(folder):
        console.print(f"{name(holder)} is training this run; waiting for it")
    while watch.holder(folder):
        time.sleep(1)


@contextmanager
def _bar(console: Console) -> Iterator[OnUpdate]:
    """Show updates done, the loss and the time left, on a terminal only."""
    words = TextColumn(
        "{task.completed}/{task.total} updates, loss {task.fields[loss]}"
    )
    columns = (Bar(bar_width=20), words, TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None, loss="")
        yield lambda done, total, loss: bar.update(
            task, completed=done, total=total, loss=f"{loss:.3f}"
        )


def main() -> None:
    """Run ``python -m roadmap.train``; ``+step=`` means the same as ``step=`` here."""
    sys.argv = [re.sub(r"^\+step=", "step=", word) for word in sys.argv]
    cli.run("train", train)


if __name__ == "__main__":
    main()
