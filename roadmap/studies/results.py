"""A study on disk: what it asks for (study.json), and what became of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pandas as pd

from roadmap.runs import store
from roadmap.studies.curves import curve_of, write_curves

if TYPE_CHECKING:
    from roadmap.studies.plan import Planned

ASKED = ("regime", "step", "label", "section", "adopted", "parent", "seed")


def write_study(folder: Path, planned: Sequence[Planned], words: list[str]) -> None:
    """Write what the study asks for, so that its report can be made without a plan."""
    asked = [
        {
            **{key: getattr(one, key) for key in ASKED},
            "run": one.run.id,
            "epochs": one.run.recipe["epochs"],
            "params": one.params,
            "gflops": one.gflops,
        }
        for one in planned
    ]
    text = json.dumps({"words": words, "runs": asked}, ensure_ascii=False)
    store.write_atomic(folder / "study.json", text.encode() + b"\n")


def read_study(folder: Path) -> list[dict[str, Any]]:
    """Return the runs that a study asks for, each with the keys of ``ASKED`` and more.

    Raises:
        LookupError: one line, if the folder holds no study.
    """
    try:
        return json.loads((folder / "study.json").read_text())["runs"]
    except FileNotFoundError as error:
        raise LookupError(f"study={folder.name}: no study.json in {folder}") from error


def write_results(folder: Path, root: Path) -> pd.DataFrame:
    """Write results.csv, a row for each run asked for, from the records; return it.

    Raises:
        LookupError: one line, if the folder holds no study.
    """
    rows, curves = [], []
    for one in read_study(folder):
        record = store.read_record(root, one["run"])
        rows.append(_row(folder.name, one, record))
        curves.append(curve_of(record))
    write_curves(folder, zip(rows, curves, strict=True))
    frame = pd.DataFrame(rows)
    csv = frame.to_csv(index=False, lineterminator="\n")
    store.write_atomic(folder / "results.csv", csv.encode())
    return frame


def _row(
    study: str, asked: dict[str, Any], record: dict[str, Any] | None
) -> dict[str, Any]:
    record = record or {"status": "pending"}
    metrics = record.get("metrics") or {}
    machine = record.get("machine") or {}
    keys = [*ASKED, "run"]
    return {
        "study": study,
        **{key: asked[key] for key in keys},
        "status": record["status"],
        "top1": metrics.get("top1"),
        "top5": metrics.get("top5"),
        "loss": metrics.get("loss"),
        "epochs": asked["epochs"],
        "params": asked["params"],
        "gflops": asked["gflops"],
        "train_seconds": record.get("train_seconds"),
        "images_per_second": record.get("images_per_second"),
        "device": machine.get("device", ""),
        "git_sha": machine.get("git_sha", ""),
        "design": _hash(record.get("network")),
        "recipe": _hash(record.get("recipe")),
        "data": record.get("data_fingerprint", ""),
        "code": machine.get("code", ""),
        "error": record.get("error", ""),
    }


def _hash(settings: dict[str, Any] | None) -> str:
    """Return what tells two designs or recipes apart; seeds must agree in it."""
    if not settings:
        return ""
    text = orjson.dumps(settings, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(text).hexdigest()[:12]
