"""Changes and combinations: the roadmap's edits, each by itself, in any set.

A *change* is a step's edit taken by itself: ``gelu`` is ``network.activation=gelu``. A
*combination* is a set of changes applied to the start, in the order of the roadmap,
whatever order they are written in. Its name is canonical: the step's own where the set
is the path up to a step, else the start with what is added (``resnet+gelu+kernel_7``),
or, with more than half of the changes, the end with what is left out
(``convnext-fewer_norms``).

A *size* is a change, too, that no step names: ``width_24`` and ``depths_1_2_1`` set the
network's width and depths, whatever the regime says.

A combination is a step like the others: ``+step=resnet+gelu`` trains it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from omegaconf import OmegaConf

from roadmap.base import config
from roadmap.base.settings import refuse
from roadmap.network.path import parent, step_names

START, END = "resnet", "convnext"
"""The combination of no change, and of all changes that the roadmap adopts."""
SIZE = re.compile(r"(width)_([1-9]\d*)|(depths)_([1-9]\d*(?:_[1-9]\d*)*)")
"""A change of the network's width, or of its depths, to the numbers that it names."""


def path_changes() -> tuple[str, ...]:
    """Return the changes that the roadmap adopts, in its order: twelve."""
    return changes_of(str(parent("all")))


def changes_of(step: str) -> tuple[str, ...]:
    """Return the changes that lead from the start to a step of the roadmap.

    Empty for a step that does not descend from the start, and for a size.
    """
    found: list[str] = []
    name: str | None = None if SIZE.fullmatch(step) else step
    while name is not None and name != START:
        found.insert(0, name)
        name = parent(name)
    return tuple(found) if name == START else ()


def all_changes() -> tuple[str, ...]:
    """Return every change there is: those adopted, then others, the user's own too."""
    others = [s for s in step_names() if changes_of(s) and s not in path_changes()]
    return path_changes() + tuple(others)


def is_change(word: str) -> bool:
    """Return whether a word names a change: one of a step, or of a size."""
    return word in all_changes() or bool(SIZE.fullmatch(word))


def is_combination(word: str) -> bool:
    """Return whether a word is written as a combination, as ``resnet+gelu`` is."""
    return re.match(rf"({START}|{END})[+-]", word) is not None or word == END


def parent_of(word: str) -> str | None:
    """Return the step that a step changes; None for a start and for a combination."""
    return None if is_combination(word) else parent(word)


def read_combination(word: str) -> tuple[str, ...]:
    """Return the changes of ``resnet+gelu``, ``convnext-fewer_norms`` or a step.

    Raises:
        ValueError: one line that names the wrong word and the valid ones.
    """
    if not is_combination(word):
        if word != START and not changes_of(word):
            raise refuse("step", word, "a step that descends from resnet")
        return changes_of(word)
    start, *edits = re.split(r"(?=[+-])", word)
    found = list(path_changes() if start == END else ())
    for sign, change in ((edit[0], edit[1:]) for edit in edits):
        if not is_change(change):
            valid = f"changes: {', '.join(all_changes())}; width_N; depths_N_N_..."
            raise refuse(f"step={word}: change", change, valid, all_changes())
        if (sign == "+") == (change in found):
            state = "already in it" if sign == "+" else "not in it"
            raise ValueError(f"step={word}: change {change} is {state}")
        found = [c for c in found if c != change] + [change] * (sign == "+")
    return ordered(found)


def ordered(changes: Iterable[str]) -> tuple[str, ...]:
    """Return changes in the order in which they are applied: the roadmap's, then sizes.

    Raises:
        ValueError: one line, where two of them set the same switch and neither builds
            on the other, as kernel_5 and kernel_7.
    """
    wanted = set(changes)
    found = tuple(change for change in all_changes() if change in wanted)
    found += tuple(sorted(wanted - set(found)))
    for at, later in enumerate(found):
        for earlier in found[:at]:
            both = edits(earlier).keys() & edits(later).keys()
            if both and earlier not in changes_of(later):
                raise ValueError(
                    f"{earlier} and {later} cannot be combined: both set "
                    f"network.{min(both)}"
                )
    return found


@cache
def edits(change: str) -> dict[str, Any]:
    """Return the switches that a change sets: ``{"activation": "gelu"}``."""
    if size := SIZE.fullmatch(change):
        width, depths = size[2], size[4]
        numbers = [int(number) for number in (width or depths).split("_")]
        return {"width": numbers[0]} if width else {"depths": numbers}
    file: Any = OmegaConf.to_container(OmegaConf.load(config.path("step", change)))
    return dict(file.get("network", {}))


def name_of(changes: Iterable[str]) -> str:
    """Return the canonical name of a set of changes.

    Raises:
        ValueError: one line, where they cannot be combined.
    """
    found = ordered(changes)
    if not found:
        return START
    for step in all_changes():
        if changes_of(step) == found:
            return step
    own = [change for change in path_changes() if change in found]
    others = [change for change in found if change not in own]
    if 2 * len(own) <= len(path_changes()):
        return "+".join([START, *found])
    left = "".join(f"-{c}" for c in path_changes() if c not in own)
    return END + left + "".join(f"+{change}" for change in others)


def label_of(changes: Iterable[str]) -> str:
    """Return a combination in words, for a figure: ``ResNet + GELU``."""
    name = name_of(changes)
    start = {START: "ResNet", END: "ConvNeXt"}
    words = re.split(r"([+-])", name)
    shown = [start.get(word, word.replace("_", " ")) for word in words]
    return "".join({"+": " + ", "-": " − "}.get(word, word) for word in shown)


def canonical(word: str) -> str:
    """Return the canonical name of a step or a combination.

    Raises:
        ValueError: one line that names the wrong word and the valid ones.
    """
    if is_combination(word):
        return name_of(read_combination(word))
    if word not in step_names():
        valid = f"{', '.join(step_names())}; or a combination, as {START}+gelu"
        raise refuse("step", word, valid, step_names())
    return word


def for_hydra(word: str) -> str:
    """Return a word of the command line as Hydra takes it.

    A combination is no file of conf/step: ``step=resnet+gelu`` is ``+combination=`` to
    Hydra, and so is a list with one.
    """
    key, _, value = word.partition("=")
    named = key.lstrip("+") == "step" and re.search(rf"\b{START}[+-]|\b{END}\b", value)
    return f"+combination={value}" if named else word


def with_combinations(words: Sequence[str]) -> list[str]:
    """Return a command's words as Hydra takes them where it needs ``step=``, a file.

    ``+step=`` is ``step=`` to it; beside a combination ``step=`` names the start.
    """
    found = [for_hydra(re.sub(r"^\+step=", "step=", word)) for word in words]
    if any(word.startswith("+combination=") for word in found):
        found.insert(1, f"step={START}")
    return found
