"""What becomes of a study, from its files alone: states, what runs, the best so far."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from roadmap.runs import lease, store
from roadmap.studies.results import read_study
from roadmap.studies.show import clock, grid

RUNNING, SILENT = "running", "silent"
"""States of a run that somebody trains: its owner was heard of lately, or was not."""


def show_status(name: str, root: Path) -> bool:
    """Print states, what is running, the best, and what failed; return if all is done.

    Raises:
        ValueError: one line, if there is no such study under the root.
    """
    console, asked = Console(), read_study(root / name)
    found = {one["run"]: find(root, one["run"]) for one in asked}
    states = Counter(found[one["run"]]["status"] for one in asked)
    counts = ", ".join(f"{count} {state}" for state, count in states.most_common())
    console.print(f"study {name}: {len(asked)} runs: {counts}")
    for part in (
        _running(asked, found),
        _ended_badly(asked, found),
        _best(asked, found),
    ):
        if part:
            console.print(part)
    return set(states) <= set(store.DONE)


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
        state = RUNNING if heard < lease.DEAD_SECONDS else SILENT
        return {**holder, "status": state, "heard": heard}
    return record or {"status": store.read_state(root, run_id)}


def _running(asked: list[dict], found: dict[str, dict]) -> Table | None:
    rows = [one for one in asked if found[one["run"]]["status"] in (RUNNING, SILENT)]
    if not rows:
        return None
    table = grid("running", "seed", "updates", "loss", "left", "where")
    for one in rows:
        said = found[one["run"]]
        table.add_row(
            one["step"],
            str(one["seed"]),
            f"{said['update']}/{said['updates']}" if "update" in said else "starting",
            f"{said['loss']:.3f}" if "loss" in said else "",
            clock(said["seconds_left"]) if "seconds_left" in said else "",
            f"{lease.name(said)}"
            + (f", silent for {clock(said['heard'])}" * (said["status"] == SILENT)),
        )
    return table


def _ended_badly(asked: list[dict], found: dict[str, dict]) -> Table | None:
    rows = [
        one
        for one in asked
        if found[one["run"]]["status"] in (store.FAILED, store.INTERRUPTED)
    ]
    if not rows:
        return None
    table = grid("not finished", "seed", "status", "error")
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
