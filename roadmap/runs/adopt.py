"""Adoption of old records: the same results under the ids that runs have now.

A run's id is a hash of its settings. Records of an earlier version hold settings as
they were typed; here they are checked and completed, as a plan does, and the record and
the files beside it move to the folder of the id that follows.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from roadmap.base.files import write_atomic
from roadmap.data.settings import FOLDERS, read_settings
from roadmap.network.design import design_from
from roadmap.runs import correct, store
from roadmap.runs.run import Run, plain
from roadmap.training.recipe import Recipe

RECORD = "record.json"
Identify = Callable[[dict[str, Any]], Run]
"""A function from a record to its run, with all settings as a plan has them."""


def adopt(root: Path, identify: Identify | None = None) -> dict[str, str]:
    """Move each finished or diverged run whose id has changed; return new ids by old.

    A record that is there under the new id stays as it is, and so does the old one. The
    old record is removed only when the new one is whole, so that this can be stopped at
    any time and called again. Studies under ``root`` then name the new ids.

    Raises:
        ValueError: one line, for a record whose settings are not valid any more.
    """
    identify = identify or run_of
    adopted = {}
    for record in list(_records(root)):
        run = _identified(identify, record)
        if run.id != record["run"] and _move(root, record, run):
            adopted[record["run"]] = run.id
    for path in [*root.glob("*/study.json"), *root.glob("*/results*.csv")]:
        _rename(path, adopted)
    for path in root.glob(f"*/{correct.OF_STUDY}"):
        bits = correct.read_study(path.parent)
        renamed = {adopted.get(run, run): own for run, own in bits.items()}
        correct.write_study(path.parent, renamed)
    return adopted


def run_of(record: dict[str, Any]) -> Run:
    """Return the run of a record with the settings that a plan would give it now."""
    network = record["network"]
    family = "swin" if "heads" in network else "convnet"  # older ones do not name it
    return Run(
        plain(asdict(design_from({"family": family, **network}))),
        plain(asdict(Recipe(**record["recipe"]))),
        canonical_data(record["data"], record.get("data_fingerprint")),
        record["seed"],
    )


def canonical_data(settings: dict[str, Any], fingerprint: str | None) -> dict[str, Any]:
    """Return a record's data settings, complete, with the fingerprint of a folder."""
    if settings["name"] in FOLDERS and settings.get("fingerprint") is None:
        settings = {**settings, "fingerprint": fingerprint}
    complete = plain(asdict(read_settings(settings)))
    return {key: value for key, value in complete.items() if key != "root"}


def _identified(identify: Identify, record: dict[str, Any]) -> Run:
    try:
        return identify(record)
    except ValueError as error:
        raise ValueError(f"run {record['run']}: {error}") from error


def _records(root: Path) -> Iterator[dict[str, Any]]:
    """Yield the records that are not to be trained again."""
    for path in sorted(root.glob(f"runs/*/{RECORD}")):
        record = store.read_record(root, path.parent.name)
        if record and record["status"] in store.DONE and "network" in record:
            yield record


def _move(root: Path, record: dict[str, Any], run: Run) -> bool:
    """Move a run's folder to its new id; return False where a record is there."""
    old, new = (store.run_folder(root, run_id) for run_id in (record["run"], run.id))
    moved = {**record, "run": run.id, **asdict(run)}
    there = store.read_record(root, run.id)
    if (new / RECORD).exists() and there != moved:
        return False
    new.mkdir(parents=True, exist_ok=True)
    for path in old.iterdir():
        if path.name != RECORD:
            os.replace(path, new / path.name)
    store.write_record(root, moved)
    (old / RECORD).unlink()
    old.rmdir()
    return True


def _rename(path: Path, ids: dict[str, str]) -> None:
    """Replace run ids in a file of a study."""
    before = path.read_text()
    text = before
    for old, new in ids.items():
        text = text.replace(old, new)
    if text != before:
        write_atomic(path, text.encode())
