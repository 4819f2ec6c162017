"""A combination of changes as a lesson, between the start and the end of the path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from roadmap.base.settings import word
from roadmap.lessons.changes import changes, composed, own_text, plain, sizes, words
from roadmap.lessons.effects import Studies, accuracies_of
from roadmap.lessons.lesson import Change, Combination, Lesson
from roadmap.lessons.view import view
from roadmap.network.changes import (
    END,
    SIZE,
    START,
    canonical,
    edits,
    is_combination,
    label_of,
    name_of,
    path_changes,
    read_combination,
)
from roadmap.network.design import design_from
from roadmap.network.path import parent
from roadmap.studies.compose import COMBINATION

NONE = Studies([], {}, [])
"""No studies: a lesson without what was measured."""


def combination_lesson(
    step: str,
    regime: str = "proxy",
    image_size: int | None = None,
    studies: Studies = NONE,
    switches: Mapping[str, Any] | None = None,
) -> Lesson:
    """Return the lesson of a combination, or of a step as if it were written as one.

    Raises:
        ValueError: one line that names the wrong word and the valid ones.
    """
    names = START, canonical(step), canonical(END)
    old, cfg, end = (composed(name, regime) for name in names)
    networks = [plain(one.network) for one in (old, cfg, end)]
    networks[1] |= switches or {}
    shape = sizes(regime, image_size)
    before, after, last = (view(design_from(one), *shape) for one in networks)
    effects, whose = ((), "") if switches else accuracies_of(names[1], regime, studies)
    found = read_combination(names[1])
    return Lesson(
        step=names[1],
        title=_title(found),
        section=COMBINATION,
        status=COMBINATION,
        parent=START,
        what="",
        reason="",
        predict="",
        changes=tuple(changes(old, cfg, switches or {})),
        command=" ".join(
            ["python -m roadmap.train", *words(names[1], regime, switches)]
        ),
        regime=regime,
        image_size=shape[-1],
        before=before,
        after=after,
        effects=effects,
        whose=whose,
        combination=Combination(
            changes=tuple(_change(name, regime) for name in found),
            left_out=tuple(name for name in path_changes() if name not in found),
            switches=_values(*networks),
            end=last,
        ),
    )


def _title(changes: tuple[str, ...]) -> str:
    """Return a combination in words, also where it is a step of the path."""
    if changes == path_changes():
        return "ConvNeXt"
    on_path = changes and not is_combination(name_of(changes))
    return f"the path to {label_of(changes)}" if on_path else label_of(changes)


def _change(name: str, regime: str) -> Change:
    """Return a change in its step's words; a size, as ``width_24``, has no step."""
    if SIZE.fullmatch(name):
        sets = [f"{switch} → {word(value)}" for switch, value in edits(name).items()]
        return Change(name, ", ".join(sets), "")
    cfg, before = composed(name, regime), composed(str(parent(name)), regime)
    return Change(name, cfg.step.title, own_text("reason", cfg, before))


def _values(*networks: dict[str, Any]) -> tuple[tuple[str, ...], ...]:
    """Return the switches in which the networks differ, each with its values."""
    keys = dict.fromkeys(key for network in networks for key in network)
    rows = [(key, *(word(one.get(key)) for one in networks)) for key in keys]
    return tuple(row for row in rows if len(set(row[1:])) > 1)
