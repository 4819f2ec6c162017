"""Records on disk, ``<root>/runs/<run id>/record.json``: whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson

from roadmap.base.files import write_atomic

DONE = ("finished", "diverged")
"""States that stand: such a run is not trained again."""
FAILED, INTERRUPTED = "failed", "interrupted"
"""States of runs that ended without a result: by an error, or by a signal."""
NEW, TO_RESUME, DAMAGED = "new", "to resume", "damaged"
"""States of runs without a record, with a checkpoint or not; with half a record."""


def run_folder(root: Path, run_id: str) -> Path:
    """Return the run's own folder: its record, its log."""
    return Path(root, "runs", run_id)


def read_record(root: Path, run_id: str) -> dict[str, Any] | None:
    """Return the run's record, or None where there is none that can be read whole."""
    try:
        record = _parsed((run_folder(root, run_id) / "record.json").read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    return record if isinstance(record, dict) and record.get("run") == run_id else None


def _parsed(text: bytes) -> Any:
    """Return what JSON says, in a fifth of json's time: studies have many records."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)  # NaN is not JSON, but a curve may hold it


def is_done(root: Path, run_id: str) -> bool:
    """Return whether the run's result stands."""
    record = read_record(root, run_id)
    return record is not None and record.get("status") in DONE


def read_states(root: Path, run_ids: Iterable[str]) -> dict[str, str]:
    """Return each run's state: its record's status, or what else is in its folder."""
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
    """Write a record; one that stands already is left as it is, byte for byte."""
    run_id = record["run"]
    if is_done(root, run_id):
        return
    text = json.dumps(record, indent=1, ensure_ascii=False)
    write_atomic(run_folder(root, run_id) / "record.json", text.encode() + b"\n")
