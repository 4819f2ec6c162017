"""Studies as the page has them: numbers to draw and sort by, strings to show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from roadmap.report.formats import Row, cells, is_known, noise_mark, points, with_sd
from roadmap.report.looks import NEARLY, NOISE
from roadmap.runs.store import read_record

NUMBERS = ("n", "top1_mean", "top1_std", "delta", "gflops", "params")
"""Columns of ``table.csv`` that place a step in the figure and in the table's order."""
MEASURED = {
    "top-1 (%)": "top1",
    "95 % interval": "top1_95",
    "seeds finished": "n",
    "other runs": "others",
    "Δ in points": "points",
    "Δ against": "against",
    "Δ, 95 % interval": "delta_95",
    "p": "p",
    "p, Holm": "p_holm",
    "within noise": "within_noise",
    "resolvable Δ": "resolvable",
    "test": "test",
    "not comparable in": "differs",
}
"""The lines of a step's statistics, and the string of a row that each shows."""
PRICE = {"GFLOPs": "gflops", "params (M)": "params", "seconds a run": "seconds"}
"""The lines of what a combination costs, in the same way."""
NOISE_WORDS = {
    "no": "beyond noise",
    NOISE: "within noise",
    NEARLY: "within noise by Holm's correction, though the interval excludes 0",
}
"""What is said of a change, by its mark."""
METRICS = ("epoch", "top1", "loss", "train_loss")
DIGITS = 5
"""Significant digits of a curve's numbers: more than a picture can show."""


def series_of(
    folder: Path, table: pd.DataFrame, results: pd.DataFrame | None
) -> Iterator[dict[str, Any]]:
    """Yield a study's regimes: for each its ``rows`` and its ``runs``, by step.

    ``results`` has the study's runs; None where only its table was published. The
    records are looked for beside the study's folder.
    """
    for (study, regime), part in table.groupby(["study", "regime"], sort=False):
        runs: dict[str, list[dict[str, Any]]] = {}
        if results is not None:
            own = results[(results["study"] == study) & (results["regime"] == regime)]
            records: list[Any] = own.to_dict("records")
            for run in records:
                runs.setdefault(run["step"], []).append(run)
        usual = int(part["n"].max())
        rows: list[Any] = part.to_dict("records")
        yield {
            "study": study,
            "regime": regime,
            "name": f"{study}, {regime}",
            "published": results is None,
            "usual": usual,
            "rows": {r["step"]: _row(r, usual, runs.get(r["step"], [])) for r in rows},
            "runs": {
                step: [_run(folder.parent, run) for run in own]
                for step, own in runs.items()
            },
        }


def _row(row: Row, usual: int, runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a row of ``table.csv``: its numbers, its seeds' top-1, its strings."""
    done = [run for run in runs if run["status"] == "finished"]
    seconds = _mean([run.get("train_seconds") for run in done])
    return {
        **{name: known(row[name]) for name in NUMBERS},
        "seconds": seconds,
        "adopted": row["adopted"],
        "within_noise": row["within_noise"],
        "seeds": [run["top1"] for run in done if is_known(run["top1"])],
        "text": {key: with_minus(text) for key, text in _texts(row, usual).items()}
        | {"seconds": with_sd(seconds, form=",.0f")},
    }


def _mean(numbers: list[float | None]) -> float | None:
    found = [number for number in numbers if number is not None and is_known(number)]
    return sum(found) / len(found) if found else None


def _texts(row: Row, usual: int) -> dict[str, str]:
    """Return the strings of a row; ``spoken`` is for screen readers."""
    text = cells(row)
    measured = is_known(row["top1_mean"])
    noise = NOISE_WORDS.get(noise_mark(row) or row["within_noise"], "")
    change = points(row)
    percent = f"{text['top1']} %" if measured else text["top1"]
    said = [
        f"top-1 {percent}" if measured else percent,
        f"{change} points against {row['against']}" if change else "",
        noise,
        text["status"],
    ]
    costs = [
        f"seeds: {row['n']}" if row["n"] else "",
        f"{text['gflops']} GFLOPs" if text["gflops"] else "",
    ]
    return text | {
        "points": change,
        "percent": percent,
        "bar": _bar(row, usual) if measured else text["top1"],
        "readout": ", ".join(filter(None, said)),
        "spoken": ", ".join(filter(None, [*said, *costs])),
    }


def _bar(row: Row, usual: int) -> str:
    """Return what stands at the end of a bar: ``80.62 ≈ (n=2)``."""
    seeds = "" if row["n"] == usual else f"(n={row['n']})"
    return " ".join(filter(None, [f"{row['top1_mean']:.2f}", noise_mark(row), seeds]))


def _run(root: Path, run: Row) -> dict[str, Any]:
    """Return a run as strings by heading, and its curve; None without a record."""
    return {
        "seed": str(run["seed"]),
        "curve": _curve(root, run["run"]),
        "text": {
            "status": run["status"],
            "top-1 (%)": with_sd(run["top1"]),
            "top-5 (%)": with_sd(run.get("top5")),
            "loss": with_sd(run.get("loss"), form="#.4g"),
            "train (s)": with_sd(run.get("train_seconds"), form=".0f"),
            "device": known(run.get("device")) or "",
            "error": known(run.get("error")) or "",
        },
    }


def _curve(root: Path, run: str) -> dict[str, list[float | None]] | None:
    points = (read_record(root, run) or {}).get("curve")
    if not points:
        return None
    return {name: [_short(point.get(name)) for point in points] for name in METRICS}


def _short(number: float | None) -> float | None:
    if number is None or number != number or abs(number) == float("inf"):
        return None  # JSON has no such numbers
    return float(f"{number:.{DIGITS}g}")


def known(value: Any) -> Any:
    """Return a cell's value, None where it is empty."""
    return value if is_known(value) else None


def with_minus(text: str) -> str:
    """Return text with a minus, not a hyphen, before negative numbers."""
    return re.sub(r"(?<![\w-])-(?=\d)", "−", text)
