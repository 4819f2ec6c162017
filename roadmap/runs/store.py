"""Records on disk, ``<root>/runs/<run id>/record.json``, and the states of runs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson

from roadmap.base.files import write_atomic

DONE = ("finished", "diverged")
"""A record says so; such a run is not trained again."""
FAILED, INTERRUPTED = "failed", "interrupted"
"""A record says so; such a run is trained again, from its checkpoint if it has one."""
NEW, TO_RESUME, DAMAGED = "new", "to resume", "damaged"
"""No record, without and with a checkpoint; a record that cannot be read."""
HELD = "held"
"""Another process is training the run; stands in no record."""


def run_folder(root: Path, run_id: str) -> Path:
    """Return the run's own folder, for its record, log, weights and checkpoints."""
    return Path(root, "runs", run_id)


def find_run(root: Path, run: str) -> Path:
    """Return the folder of a run that is named by its own folder or by its id."""
    named = Path(run).absolute()
    return named if (named / "record.json").is_file() else run_folder(root, run)


def read_record(root: Path, run_id: str) -> dict[str, Any] | None:
    """Return the run's record, or None where there is none that can be read whole."""
    try:
        record = _parsed((run_folder(root, run_id) / "record.json").read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    return record if isinstance(record, dict) and record.get("run") == run_id else None


def _parsed(text: bytes) -> Any:
    """Return the content of JSON. orjson takes a fifth of json's time."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)  # NaN is no JSON, but a curve may hold it


def is_done(root: Path, run_id: str) -> bool:
    """Return whether the run has a record that is not to be replaced."""
    record = read_record(root, run_id)
    return record is not None and record.get("status") in DONE


def read_states(root: Path, run_ids: Iterable[str]) -> dict[str, str]:
    """Return each run's state: its record's status, or NEW, TO_RESUME or DAMAGED."""
    return {run_id: read_state(root, run_id) for run_id in dict.fromkeys(run_ids)}


def read_state(root: Path, run_id: str) -> str:
    """Return one run's state, as ``read_states`` does."""
    folder = run_folder(root, run_id)
    if record := read_record(root, run_id):
        return record["status"]
    if (folder / "record.json").exists():
        return DAMAGED
    return TO_RESUME if any(folder.glob("checkpoints/[0-9]*.pt")) else NEW


def write_record(root: Path, record: dict[str, Any]) -> None:
    """Write a record, unless there is one that is DONE; that is left unchanged."""
    run_id = record["run"]
    if is_done(root, run_id):
        return
    text = json.dumps(record, indent=1, ensure_ascii=False)
    write_atomic(run_folder(root, run_id) / "record.json", text.encode() + b"\n")
