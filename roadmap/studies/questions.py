"""Questions beyond the path: which combinations of changes a sweep trains for each.

``+question=leave_one_out`` and the like stand in place of ``+step=``. What is asked is
kept in study.json, so that a report knows what each combination has.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import fields
from typing import Annotated, Any, Literal

from annotated_types import Ge, MinLen
from omegaconf import DictConfig, OmegaConf

from roadmap.base.settings import refuse, settings
from roadmap.network.changes import all_changes, name_of, ordered, path_changes
from roadmap.studies.keep import Keep
from roadmap.studies.plans import sizes, two_level
from roadmap.studies.space import Space

USUAL_RUNS = 64
"""Combinations of a factorial that is given no number, or all where there are fewer."""
Combination = tuple[str, ...]


@settings("")
class Question:
    """A question about changes, as ``conf/question`` has it.

    Raises:
        ValueError: one line that names the wrong word and the valid ones.
    """

    question: Literal["leave_one_out", "add_one_in", "factorial", "orders"]
    """What is asked."""
    changes: Annotated[tuple[str, ...], MinLen(2), "two or more changes"] | None = None
    """The changes that are asked about; None for those that the roadmap adopts."""
    runs: int | None = None
    """Combinations of a factorial."""
    orders: Annotated[int, Ge(4), "an even number >= 4"] | None = None
    """Random orders, half of them the reverse of the others."""

    def __post_init__(self) -> None:
        for change in self.changes or ():
            if change not in all_changes():
                names = all_changes()
                raise refuse("changes", change, ", ".join(names), names)
        known = sizes(len(self.all))
        if self.runs is not None and self.runs not in known:
            counts = ", ".join(map(str, known)) or "none, with so many changes"
            raise refuse("runs", self.runs, f"{counts} ({len(self.all)} changes)")
        if self.orders is not None and self.orders % 2:
            raise refuse("orders", self.orders, "an even number >= 4")

    @property
    def all(self) -> Combination:
        """The changes that are asked about, in the roadmap's order."""
        return path_changes() if self.changes is None else ordered(self.changes)


AnyQuestion = Question | Space | Keep
_KINDS = {"space": Space, "keep": Keep}
SETTINGS = tuple(
    dict.fromkeys(
        field.name for kind in (Question, Space, Keep) for field in fields(kind)
    )
)
"""What questions say of themselves on the command line."""


def question_of(cfg: DictConfig, words: Sequence[str]) -> AnyQuestion | None:
    """Return the question that a sweep's config asks; None where it asks for steps.

    Raises:
        ValueError: one line that names the wrong word and the valid ones.
    """
    if "question" not in cfg:
        return None
    for word in words:
        if word.lstrip("+").startswith("step="):
            line = "valid: either +step= or +question=, which names the combinations"
            raise ValueError(f"{word}: {line}")
    plain: Any = OmegaConf.to_container(cfg, resolve=True)
    said = {key: plain[key] for key in SETTINGS if key in plain}
    return _KINDS.get(said["question"], Question)(**said)


def combinations(question: Question) -> list[Combination]:
    """Return the combinations that answer a question, each once, the first a start."""
    every = question.all
    if question.question == "leave_one_out":
        return [every, *(_without(every, change) for change in every)]
    if question.question == "add_one_in":
        return [(), *((change,) for change in every)]
    if question.question == "factorial":
        usual = max(n for n in sizes(len(every)) if n <= USUAL_RUNS)
        rows = two_level(len(every), question.runs or usual)
        return [_chosen(every, row) for row in rows]
    sets = [
        tuple(c for c in every if c in order[:n])
        for order in orders_of(question)
        for n in range(len(every) + 1)
    ]
    return list(dict.fromkeys(sets))


def orders_of(question: Question) -> list[Combination]:
    """Return random orders of the changes, each followed by its reverse.

    The same question has the same orders: the generator's seed is 0.
    """
    if question.question != "orders":
        return []
    draw, found = random.Random(0), []
    for _ in range((question.orders or 10) // 2):
        order = list(question.all)
        draw.shuffle(order)
        found += [tuple(order), tuple(reversed(order))]
    return found


def asked(question: Question) -> dict[str, Any]:
    """Return what study.json keeps: the changes, each combination's, and the orders."""
    return {
        "name": question.question,
        "changes": question.all,
        "combinations": {name_of(one): one for one in combinations(question)},
        "orders": orders_of(question),
    }


def _without(every: Combination, change: str) -> Combination:
    return tuple(other for other in every if other != change)


def _chosen(every: Combination, row: Sequence[bool]) -> Combination:
    return tuple(c for c, is_in in zip(every, row, strict=True) if is_in)
