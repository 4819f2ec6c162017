"""The sides of a comparison as they were measured: their runs, labels, agreement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from roadmap.data.labels import labels_of
from roadmap.report.numbers.sequential import judge
from roadmap.report.numbers.sides import Measured, Pair
from roadmap.report.numbers.studies import load_results
from roadmap.report.verdict import EvaluatedOn
from roadmap.runs import correct, store
from roadmap.studies.named import read_anew
from roadmap.studies.sides import Side


def pair_at(
    base: Side,
    new: Side,
    results: pd.DataFrame,
    root: Path,
    before: Sequence[tuple[int, int]],
    most: int,
) -> Pair | None:
    """Return both sides at a look; None where a side has no run that finished.

    ``results`` are the rows of the runs that were planned, ``before`` the seeds at the
    looks before, ``most`` the seeds at the last look that may come.

    Raises:
        ValueError: one line, if the sides were evaluated on different data.
    """
    trained = root / str(results["study"].iloc[0])
    step = _step_of(base, new)
    sides = []
    for side in (base, new):
        if side.folder:
            sides.append(_at(_study(side, root), step))
        else:
            rows = results[results["step"] == side.name]
            sides.append(_measured(side.name, rows, trained, root))
    _check_data(*sides)
    if not all(len(side.top1) for side in sides):
        return None
    last = [
        most if side.planned else len(found.top1)
        for side, found in zip((base, new), sides, strict=True)
    ]
    look = judge(sides[0].top1, sides[1].top1, before, (last[0], last[1]))
    return Pair(sides[0], sides[1], look)


def _step_of(base: Side, new: Side) -> str:
    """Return the step that the planned side is about: what a study is asked for."""
    return (base.planned or new.planned)[0].step.split()[0]


def check_study(base: Side, new: Side, root: Path) -> None:
    """Check that a finished study has what the other side is to be compared with.

    Raises:
        ValueError: one line, if the study has no finished run of the step.
    """
    for side in (base, new):
        if side.folder:
            _at(_study(side, root), _step_of(base, new))


def pairs_of_studies(base: Side, new: Side, root: Path) -> list[Pair]:
    """Return a pair for each step that two finished studies share, with other runs.

    The intervals of all of them hold at once.

    Raises:
        ValueError: one line, if they share none, or differ in their data.
    """
    studies = [_study(side, root) for side in (base, new)]
    steps, others = map(_steps, studies)
    shared = [step for step in steps if step in others and steps[step] != others[step]]
    if not shared:
        valid = "valid: two studies that share a step, with runs that differ"
        raise ValueError(f"base={base.name} new={new.name}: {valid}")
    pairs = []
    for step in shared:
        one, other = (_at(study, step) for study in studies)
        _check_data(one, other)
        look = judge(one.top1, other.top1, tests=len(shared))
        pairs.append(Pair(one, other, look, step if len(shared) > 1 else ""))
    return pairs


def _steps(study: Measured) -> dict[str, str]:
    """Return the finished steps of a study, each with the run of its first seed."""
    finished = study.finished.sort_values("seed", kind="stable")
    first = finished.drop_duplicates("step").set_index("step")["run"]
    return {step: first[step] for step in study.rows["step"].unique() if step in first}


def _study(side: Side, root: Path) -> Measured:
    """Return all runs of a finished study, made anew where its records are here."""
    (folder,), _, _ = read_anew([side.name], root)
    rows = load_results(folder)
    assert rows is not None  # a side's folder has runs
    assert side.folder
    return _measured(side.name, rows, side.folder, root)


def _at(study: Measured, step: str) -> Measured:
    """Return a finished study's runs of a step.

    Raises:
        ValueError: one line, if it has none.
    """
    own = study._replace(rows=study.rows[study.rows["step"] == step])
    if own.finished.empty:
        steps = ", ".join(_steps(study))
        raise ValueError(f"study {study.name} has no finished {step}; valid: {steps}")
    return own


def _measured(name: str, rows: pd.DataFrame, folder: Path, root: Path) -> Measured:
    seconds = [_seconds(row, root) for row in rows.to_dict("records")]
    return Measured(name, rows.assign(seconds=seconds), correct.read_study(folder))


def _seconds(row: dict[Any, Any], root: Path) -> float:
    """Return what a run took, by its record, else without its evaluation."""
    record = store.read_record(root, row["run"]) or {}
    return float(record.get("wall_seconds") or row.get("train_seconds") or "nan")


def _check_data(base: Measured, new: Measured) -> None:
    """Refuse sides whose data differ, by hash or number of images, or with one run."""
    if set(base.rows["run"]) & set(new.rows["run"]):
        raise ValueError(
            f"base={base.name} new={new.name}: both have the same runs: valid: two "
            "that differ"
        )
    images = {len(bits) for side in (base, new) for bits in side.bits.values()}
    if len(_values([base, new], "data")) > 1 or len(images) > 1:
        raise ValueError(
            f"base={base.name} new={new.name}: they were evaluated on different data: "
            "valid: the same data for both"
        )


def _values(sides: Sequence[Measured], column: str) -> set[str]:
    """Return what is known of a column of the finished runs of some sides."""
    found = {
        str(value)
        for side in sides
        if column in side.rows
        for value in side.finished[column]
    }
    return found - {"", "nan"}


def warned(pairs: Sequence[Pair]) -> Iterator[str]:
    """Yield a line where the sides may not compare: other code, or unknown data."""
    sides = [(pair.base, pair.new) for pair in pairs]
    if any(len(_values(both, "code")) > 1 for both in sides):
        yield "The runs were trained by different versions of the code."
    if not all(_values([side], "data") for both in sides for side in both):
        yield "It is not recorded whether both were evaluated on the same data."


def evaluated_on(
    pairs: Sequence[Pair], base: Side, new: Side, root: Path, data_root: str | None
) -> EvaluatedOn:
    """Return what the sides were evaluated on, as far as it is still known.

    Without the labels, chance is one over the number of classes; without a record of
    the runs nothing is known of the data but the number of images.
    """
    data = _data(pairs, base, new, root)
    bits = [one for pair in pairs for side in pair[:2] for one in side.bits.values()]
    images = len(bits[0]) if bits else 0
    if data is None:
        return EvaluatedOn("the studies' data", images, 0.0)
    is_here = data_root and (base.planned or new.planned)
    name = Path(data_root).name if is_here and data_root else data["name"]
    labels = labels_of(data, data_root, root / "data")
    if labels is None or len(labels.of_image) != images:
        return EvaluatedOn(name, images, 100 / data["num_classes"])
    return EvaluatedOn(name, images, 100 * labels.majority, *labels)


def _data(
    pairs: Sequence[Pair], base: Side, new: Side, root: Path
) -> dict[str, Any] | None:
    """Return the settings of the data, from the plan or from a record."""
    for one in (*base.planned, *new.planned):
        return one.run.data
    for run in pairs[0].base.finished["run"]:
        if record := store.read_record(root, run):
            return record.get("data")
    return None
