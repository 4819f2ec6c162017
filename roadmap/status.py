"""python -m roadmap.status study=NAME: what becomes of a study, from its files alone.

Works while the sweep runs, from any machine that sees the folder, and writes nothing.
"""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Any

from omegaconf import DictConfig
from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from roadmap.base import cli
from roadmap.runs import lease, store
from roadmap.studies.results import read_study

ALIVE, OVER = ("running", "silent"), ("failed", store.INTERRUPTED)


def status(cfg: DictConfig, overrides: list[str]) -> int:
    """Print states, what is running, the best, and what failed; return exit status.

    It is 0 where all runs are done, else 1.
    """
    root, console = Path(cfg.root), Console()
    asked = read_study(root / str(cfg.study))
    found = {one["run"]: find(root, one["run"]) for one in asked}
    states = Counter(found[one["run"]]["status"] for one in asked)
    counts = ", ".join(f"{count} {state}" for state, count in states.most_common())
    console.print(f"study {cfg.study}: {len(asked)} runs: {counts}")
    for line in (
        _running(asked, found),
        _ended_badly(asked, found),
        _best(asked, found),
    ):
        if line:
            console.print(line)
    return 0 if set(states) <= set(store.DONE) else 1


def find(root: Path, run_id: str) -> dict[str, Any]:
    """Return a run's record, or what its lease and folder say of it, with a ``status``.

    That is the record's, or ``running``, ``silent`` (its owner, on another machine, has
    not been heard of for ``lease.DEAD_SECONDS``), ``to resume``, ``damaged``, ``new``.
    """
    folder, record = store.run_folder(root, run_id), store.read_record(root, run_id)
    if record and record["status"] in store.DONE:
        return record
    if holder := lease.Watch().holder(folder):
        heard = time.time() - lease.last_beat(folder)
        state = "running" if heard < lease.DEAD_SECONDS else "silent"
        return {**holder, "status": state, "heard": heard}
    return record or {"status": store.read_state(root, run_id)}


def _running(asked: list[dict], found: dict[str, dict]) -> Table | None:
    rows = [
        one for one in asked if found[one["run"]]["status"] in ("running", "silent")
    ]
    if not rows:
        return None
    table = _table("running", "seed", "updates", "loss", "left", "where")
    for one in rows:
        said = found[one["run"]]
        table.add_row(
            one["step"],
            str(one["seed"]),
            f"{said['update']}/{said['updates']}" if "update" in said else "starting",
            f"{said['loss']:.3f}" if "loss" in said else "",
            clock(said["seconds_left"]) if "seconds_left" in said else "",
            f"{lease.name(said)}"
            + (f", silent for {clock(said['heard'])}" * (said["status"] == "silent")),
        )
    return table


def _ended_badly(asked: list[dict], found: dict[str, dict]) -> Table | None:
    rows = [one for one in asked if found[one["run"]]["status"] in OVER]
    if not rows:
        return None
    table = _table("not finished", "seed", "status", "error")
    for one in rows:
        said = found[one["run"]]
        lines = str(said.get("error", "")).strip().splitlines() or [""]
        table.add_row(one["step"], str(one["seed"]), said["status"], escape(lines[-1]))
    return table


def _best(asked: list[dict], found: dict[str, dict]) -> str:
    tops = [
        (said["metrics"]["top1"], one["step"], one["seed"])
        for one in asked
        if (said := found[one["run"]]).get("metrics")
    ]
    if not tops:
        return ""
    top1, step, seed = max(tops)
    return f"best so far: {top1:.2f} % {step} (seed {seed})"


def clock(seconds: float) -> str:
    """Return a duration as ``1:02:03``."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}"


def _table(*names: str) -> Table:
    table = Table(box=SIMPLE, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for name in names:
        table.add_column(name, overflow="fold")
    return table


def main() -> None:
    """Run ``python -m roadmap.status``."""
    cli.run("status", status)


if __name__ == "__main__":
    main()
