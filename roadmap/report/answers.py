"""What studies of combinations answer: each table, how it is shown, how it is drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import pandas as pd

from roadmap.report import formats
from roadmap.report.numbers import kept, space
from roadmap.report.numbers.effects import all_effects
from roadmap.report.numbers.studies import Study
from roadmap.report.pictures import edf, effects, interactions
from roadmap.report.pictures import kept as kept_picture
from roadmap.report.pictures.figures import Picture

Question = dict[str, Any]
"""As study.json keeps it."""
WORTH = (
    "What each change is worth in points of top-1, ± half the 95 % interval over seeds "
    "on this test set. Path: given the steps before it. Left out: by the end. Put in: "
    "to the start. Factorial: on average over all others. Orders: Shapley value."
)
SPACE = (
    "Sampled designs within one band of GFLOPs. Error: the median of the designs with "
    "the choice / of the others. Worth: difference of the mean accuracies in points, ± "
    "half the 95 % bootstrap interval over designs. p: Kolmogorov-Smirnov, Holm over "
    "the choices. Best: of the best design, with the 95 % interval over draws of a "
    "quarter of them."
)
KEPT = (
    "Predicted from other combinations, with the 95 % interval of one run; measured on "
    "fresh seeds, ± half the 95 % interval of the mean."
)


class Answer(NamedTuple):
    """A table that answers a question, by the name of its files."""

    name: str
    table: pd.DataFrame
    picture: Picture
    columns: dict[str, list[str]]
    """What is shown, by heading; empty where the figure shows it."""
    note: str


def answers(
    studies: Sequence[Study], questions: Sequence[Question | None]
) -> list[Answer]:
    """Return what the studies answer, first of all what changes are worth.

    A study of steps beside them adds the worths on its path. The list is empty where no
    study asks a question.
    """
    by_question = {"space": _space, "keep": _kept}
    found = list(_of_changes(studies, questions))
    for study, question in zip(studies, questions, strict=True):
        answer = question and by_question.get(question["name"])
        if question and answer and study.results is not None:
            name = str(study.table["study"].iloc[0])
            one = answer(name, question, study.results)
            if any(one.name == other.name for other in found):
                picture = one.picture._replace(name=f"{one.picture.name}_{name}")
                one = one._replace(name=f"{one.name}_{name}", picture=picture)
            found.append(one)
    return found


def _of_changes(
    studies: Sequence[Study], questions: Sequence[Question | None]
) -> Iterator[Answer]:
    """Yield the worths of changes, and of every two of them where a study tells it."""
    table, pairs = all_effects(studies, questions)
    if not table.empty:
        picture = Picture("effects", table, partial(effects.draw, table))
        yield Answer("effects", table, picture, columns_effects(table), WORTH)
    if not pairs.empty:
        heat = partial(interactions.draw, pairs, table)
        picture = Picture("interactions", pairs, heat)
        yield Answer("interactions", pairs, picture, columns={}, note="")


def _space(study: str, question: Question, results: pd.DataFrame) -> Answer:
    table = space.choices(study, question, results)
    curves = space.edf(study, question, results)
    picture = Picture("edf", curves, partial(edf.draw, curves, table))
    return Answer("space", table, picture, _columns_space(table), SPACE)


def _kept(study: str, question: Question, results: pd.DataFrame) -> Answer:
    table = kept.kept(study, question, results)
    picture = Picture("kept", table, partial(kept_picture.draw, table))
    return Answer("kept", table, picture, _columns_kept(table), KEPT)


def columns_effects(table: pd.DataFrame) -> dict[str, list[str]]:
    """Return the worths of changes by heading, a string a change.

    For each study its worths and their intervals, then what the changes add in GFLOPs,
    or in MFLOPs where these are small.
    """
    changes = list(dict.fromkeys(table["change"]))
    unit, factor = formats.cost_unit(table["gflops"].abs())
    shown = {"change": changes}
    for name, part in formats.by_study(table):
        by_change = {row["change"]: row for row in formats.rows(part)}
        rows = [by_change.get(change, {}) for change in changes]
        costs = [factor * row["gflops"] if row else None for row in rows]
        shown[name] = [_worth(row) for row in rows]
        shown[f"{unit}, {name}"] = [formats.with_sd(c, form="+z.2f") for c in costs]
    decided = set(table.loc[table["order"] == "decides", "change"])
    if decided:
        shown["order"] = ["decides" if c in decided else "" for c in changes]
    return shown


def _columns_space(table: pd.DataFrame) -> dict[str, list[str]]:
    """Return what choices are worth in sampled designs, a string a choice."""
    rows = formats.rows(table)
    return {
        "choice": [_choice(row) for row in rows],
        "n": [f"{row['n']} / {row['n_other']}" for row in rows],
        "error": [
            f"{formats.with_sd(row['error'])} / {formats.with_sd(row['error_other'])}"
            for row in rows
        ],
        "worth": [_worth(row) for row in rows],
        "p": [formats.p_value(row["p_holm"]) for row in rows],
        "best": [_best(row) for row in rows],
    }


def _columns_kept(table: pd.DataFrame) -> dict[str, list[str]]:
    """Return what was predicted and measured, a string a combination."""
    rows = formats.rows(table)
    unit, factor = formats.cost_unit(table["gflops"])
    return {
        "combination": [row["label"] for row in rows],
        unit: [formats.with_sd(factor * row["gflops"]) for row in rows],
        "seconds": [formats.with_sd(row["seconds"], form=".1f") for row in rows],
        "predicted": [
            f"{row['predicted']:.1f} [{row['low']:.1f}, {row['high']:.1f}]"
            for row in rows
        ],
        "measured": [
            formats.with_sd(row["top1"], row["top1_high"] - row["top1"]) for row in rows
        ],
        "n": [str(row["n"]) for row in rows],
    }


def _worth(row: formats.Row) -> str:
    """Return ``+0.54 ± 0.17``: a worth and half its 95 % interval."""
    if not row:
        return ""
    return formats.points({"delta": row["worth"], "delta_high": row["high"]})


def _choice(row: formats.Row) -> str:
    """Return ``gelu``, or ``kernel size > 7``: what the first of two groups has."""
    words = row["choice"].replace("_", " ")
    return words if row["value"] == "with" else f"{words} {row['value']}"


def _best(row: formats.Row) -> str:
    """Return ``7 (5 to 11)``: the best design's size, and its interval."""
    if not formats.is_known(row["best"]):
        return ""
    return f"{row['best']:.3g} ({row['best_low']:.3g} to {row['best_high']:.3g})"
