"""Scores as tables: a row a set, a table of severities, Table 8 beside ours."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from roadmap.base.paper import paper_folder
from roadmap.evaluation.measure import Score
from roadmap.evaluation.sets import SETS, SEVERITIES

PARTIAL = "*"
HEADINGS = {
    "clean": "clean",
    "imagenet_c_mce": "C (mCE)",
    "imagenet_cbar_err": "C-bar (error)",
    "imagenet_a": "A",
    "imagenet_r": "R",
    "sketch": "Sketch",
}
"""Table 8's columns, in its order."""


def to_frame(scores: Sequence[Score]) -> pd.DataFrame:
    """Return a row for each part, as ``evaluation.csv`` has it."""
    return pd.DataFrame(
        {
            "set": score.part.key,
            "corruption": score.part.corruption,
            "severity": score.part.severity or "",
            **score._asdict(),
        }
        for score in scores
    ).drop(columns="part")


def errors(scores: Sequence[Score], key: str) -> pd.DataFrame:
    """Return the errors on a corrupted set in percent, a row a corruption.

    The columns are the severities, their ``mean``, ``baseline`` (AlexNet's mean), and
    ``ce``, the mean divided by it. ``mean`` and ``ce`` are NaN unless all severities
    are whole.
    """
    own = to_frame([score for score in scores if score.part.key == key])
    own["error"] = 100 - own.top1.astype(float)
    baseline = pd.Series(SETS[key].baseline)
    frame = own.pivot(index="corruption", columns="severity", values="error")
    whole = own.problem.eq("").groupby(own.corruption).all()
    frame["mean"] = frame[list(SEVERITIES)].mean(axis=1).where(whole)
    frame["baseline"] = baseline
    frame["ce"] = 100 * frame["mean"] / baseline
    return frame.reindex(baseline.index)


def result(scores: Sequence[Score], key: str) -> float | None:
    """Return a set's number in Table 8, or None unless the set is whole.

    It is the mCE of ImageNet-C, the mean error on ImageNet-C-bar, top-1 on the others.
    """
    own = [score for score in scores if score.part.key == key]
    if not own or any(score.problem for score in own):
        return None
    if SETS[key].baseline:
        return float(errors(scores, key)["ce"].mean())
    return own[0].top1


def table_8(model: str, size: int, scores: Sequence[Score]) -> pd.DataFrame:
    """Return Table 8 as strings, with the row of our model first."""
    paper = pd.read_csv(
        paper_folder() / "table_8.csv", dtype=str, keep_default_na=False
    )
    paper["model"] += ", " + paper.pretraining
    found = {SETS[key].column: _number(result(scores, key)) for key in SETS}
    ours = pd.DataFrame([{"model": model, "image_size": str(size), **found}])
    both = pd.concat([ours, paper])[["model", "image_size", *HEADINGS]]
    return both.rename(columns={"image_size": "size", **HEADINGS})


def sets(scores: Sequence[Score]) -> pd.DataFrame:
    """Return a row of strings for each set without corruptions: images and accuracy."""
    return pd.DataFrame(
        {
            "set": score.part.title,
            "images": f"{score.images:,}",
            "classes": f"{score.classes:,}",
            "top-1 (%)": _number(score.top1, score.problem),
            "top-5 (%)": _number(score.top5, score.problem),
        }
        for score in scores
        if not score.part.corruption
    )


def severities(scores: Sequence[Score], key: str) -> pd.DataFrame:
    """Return the errors on a corrupted set as strings, the set's own number last."""
    frame, relative = errors(scores, key), key == "imagenet_c"
    own = to_frame([score for score in scores if score.part.key == key])
    problems = own.pivot(index="corruption", columns="severity", values="problem")
    shown = pd.DataFrame({"error (%)": frame.index}, index=frame.index)
    for column in [*SEVERITIES, "mean", "baseline", "ce"]:
        marks = problems[column] if column in problems else pd.Series("", frame.index)
        cells = zip(frame[column], marks.reindex(frame.index), strict=True)
        shown[str(column)] = [_number(value, mark) for value, mark in cells]
    if not relative:  # to AlexNet: ce is the mean
        shown = shown.drop(columns=["baseline", "ce"])
    name, last = ("mCE", "ce") if relative else ("mean", "mean")
    whole = _number(result(scores, key)) or "not whole"
    end = pd.DataFrame([{"error (%)": name, last: whole}])
    shown = pd.concat([shown, end]).fillna("")
    return shown.rename(columns={"baseline": "AlexNet", "ce": "CE"})


def _number(value: float | None, problem: str = "") -> str:
    """Return ``82.10``, with a star where it is not that of a whole set."""
    if value is None or value != value:
        return ""
    return f"{value:.2f}{PARTIAL if problem else ''}"
