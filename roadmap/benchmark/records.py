"""Records of runs that nobody trained, for studies of any size.

Also a script, ``python -P records.py ROOT COUNT``: it takes the plan of whichever
checkout PYTHONPATH names, so that an older one gets records of its own.
"""

from __future__ import annotations

import sys
from dataclasses import asdict
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from roadmap.runs import store

STEPS = 18
ROW = {"train_loss": 2.1234567, "lr": 1e-3, "top1": 50.5, "top5": 90.9, "loss": 1.5}
MACHINE = {"device": "cpu", "git_sha": "0123456789ab", "code": "0123456789ab"}


def plan(count: int) -> list[Any]:
    """Return the first ``count`` runs of all steps with as many seeds as that takes."""
    in_room = find_spec("roadmap.studies")  # version 0.2 has no such room
    module = import_module("roadmap.studies.plan" if in_room else "roadmap.plan")
    return module.plan_sweep(["+step=all"], -(-count // STEPS))[:count]


def write_records(root: Path, count: int) -> None:
    """Write records as runs of ten epochs leave them; the accuracies are made up."""
    for number, one in enumerate(plan(count)):
        record = {
            "run": one.run.id,
            "status": "finished",
            "metrics": {"top1": 50 + number % 997 / 100, "top5": 90.0, "loss": 1.5},
            "curve": [{"epoch": epoch, **ROW} for epoch in range(1, 11)],
            "train_seconds": 10.0,
            "wall_seconds": 12.0,
            "images_per_second": 800.0,
            "data_fingerprint": "0123456789abcdef",
            **asdict(one.run),
            "machine": MACHINE,
        }
        store.write_record(root, record)


if __name__ == "__main__":
    write_records(Path(sys.argv[1]), int(sys.argv[2]))
