"""A study on disk: what it asks for (study.json), and what became of it (results.csv).

Records are large and may be removed; results.csv is small and may be all that is left.
So a row of a run that is over is never replaced by less.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from roadmap.base.files import write_atomic
from roadmap.base.settings import refuse
from roadmap.runs import correct, store
from roadmap.studies.curves import curve_of, write_curves

if TYPE_CHECKING:
    import pandas as pd

    from roadmap.studies.plan import Planned

ASKED = ("regime", "step", "label", "section", "adopted", "parent", "seed")
RESULTS, KEPT = "results.csv", "results_kept.csv"
"""The rows of the runs that a study asks for; rows that it asks for no more and whose
records are gone."""


def write_study(
    folder: Path,
    planned: Sequence[Planned],
    words: list[str],
    question: dict[str, Any] | None = None,
) -> None:
    """Write what the study asks for, so that its report can be made without a plan.

    ``question`` is what ``questions.asked`` returns, where a question was asked.
    """
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
    study = {"words": words, "question": question, "runs": asked}
    text = json.dumps(study, ensure_ascii=False)
    write_atomic(folder / "study.json", text.encode() + b"\n")


def read_study(folder: Path) -> list[dict[str, Any]]:
    """Return the runs that a study asks for, each with the keys of ``ASKED`` and more.

    Raises:
        ValueError: one line, if the folder holds no study.
    """
    try:
        return orjson.loads((folder / "study.json").read_bytes())["runs"]
    except FileNotFoundError as error:
        names = sorted(file.parent.name for file in folder.parent.glob("*/study.json"))
        valid = f"a study in {folder.parent}, which has {', '.join(names) or 'none'}"
        raise refuse("study", folder.name, valid, names) from error


def write_results(folder: Path, root: Path) -> pd.DataFrame:
    """Write results.csv, a row for each run asked for, from the records; return it.

    A row whose record is gone stays as it was. The frame's ``attrs["kept"]`` counts
    these rows. In the same way ``curves.csv`` and ``correct.npz`` are written.

    Raises:
        ValueError: one line, if the folder holds no study.
        ValueError: one line, if ``correct.npz`` is damaged.
    """
    import pandas as pd

    before = _finished_rows(folder / KEPT) | _finished_rows(folder / RESULTS)
    rows, curves, kept, bits = [], [], 0, correct.read_study(folder)
    for asked in read_study(folder):
        record = store.read_record(root, asked["run"])
        row = _row(folder.name, asked, record)
        old = before.pop(asked["run"], None)
        if old is not None and row["status"] not in store.DONE:
            row, kept = {**row, **old}, kept + 1
        rows.append(row)
        curves.append(curve_of(record))
        folder_of_run = store.run_folder(root, asked["run"])
        if (own := correct.read_run(folder_of_run, record)) is not None:
            bits[asked["run"]] = own
    write_curves(folder, zip(rows, curves, strict=True))
    aside = [row for run, row in before.items() if not store.is_done(root, run)]
    if aside:
        write_atomic(folder / KEPT, _csv(pd.DataFrame(aside)))
    ours = [row["run"] for row in [*rows, *aside] if row["run"] in bits]
    if ours:
        correct.write_study(folder, {run: bits[run] for run in ours})
    frame = pd.DataFrame(rows)
    write_atomic(folder / RESULTS, _csv(frame))
    frame.attrs["kept"] = kept
    return frame


def kept_line(results: pd.DataFrame) -> str:
    """Return a line on the rows whose records are gone; "" where there are none."""
    kept = results.attrs.get("kept", 0)
    return f"{kept} rows of {RESULTS} kept: their records are gone" if kept else ""


def _finished_rows(path: Path) -> dict[str, dict[str, Any]]:
    """Return the rows of runs that are over, by run; none where there is no file."""
    if not path.exists():
        return {}
    import pandas as pd

    frame = pd.read_csv(path, dtype=object, keep_default_na=False)
    rows: Iterable[dict[Any, Any]] = frame.to_dict("records")
    return {row["run"]: row for row in rows if row["status"] in store.DONE}


def _csv(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False, lineterminator="\n").encode()


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
        "eval_images": record.get("eval_images"),
        "majority": record.get("majority"),
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
