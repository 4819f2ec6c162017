"""What ``base=`` and ``new=`` of a comparison name: a step, words, or a study."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

from annotated_types import Ge, Gt
from hydra.errors import HydraException

from roadmap.base.settings import checked_by, refuse, settings
from roadmap.network.changes import canonical, is_combination, parent_of
from roadmap.network.path import parent, step_names
from roadmap.report.numbers.studies import find_study, list_studies
from roadmap.studies.compose import parsed
from roadmap.studies.plan import Planned, plan_sweep

OWN = ("base", "new", "resolution", "first")
"""What a comparison says of itself, beside what a sweep does."""
ALLOWED = ("network", "recipe")
"""What the words of a side may set; all else holds for both sides."""
EXAMPLES = "a step (gelu), with words ('gelu network.kernel_size=9'), words alone "
EXAMPLES += "('recipe.mixup=0.8'), or a finished study"
Text = Annotated[str, checked_by(lambda text: bool(text.split())), EXAMPLES]


@settings("")
class Asked:
    """The settings of ``python -m roadmap.compare`` beside those of a sweep."""

    base: Text | None
    new: Text
    resolution: Annotated[float, Gt(0), "a number of points above 0"]
    first: Annotated[int, Ge(2)]


class Side(NamedTuple):
    """One of the two that are compared."""

    name: str
    """As it is shown: ``gelu network.kernel_size=9``, or a study's name."""
    planned: list[Planned]
    """Its runs, a seed each, in the order of the seeds; none of a finished study."""
    folder: Path | None = None
    """Of a finished study."""


class _Named(NamedTuple):
    """What a word names, before it is planned."""

    step: str | None = None
    words: tuple[str, ...] = ()
    folder: Path | None = None


def read_sides(
    asked: Asked, words: Sequence[str], seeds: Sequence[int], root: Path
) -> tuple[Side, Side]:
    """Return base and new, with a run for each of the seeds.

    ``words`` are those of the command line. Words without a step change the step of
    the other side, or the roadmap's last one. Without ``base`` that is the step of
    ``new`` without its words, or the step that ``new`` changes.

    Raises:
        ValueError: one line that names the wrong word and the valid ones.
    """
    for word in words:
        if _key(word) == "step":
            raise ValueError(f"{word}: valid: base= and new= name the steps here")
    new = _read("new", asked.new, root)
    base = _before(new) if asked.base is None else _read("base", asked.base, root)
    last = parent("all")
    new_step, base_step = new.step or base.step or last, base.step or new.step or last
    shared = [word for word in words if _key(word) not in OWN]
    sides = (
        _side(base._replace(step=base_step), shared, seeds),
        _side(new._replace(step=new_step), shared, seeds),
    )
    return _checked(*sides)


def _checked(base: Side, new: Side) -> tuple[Side, Side]:
    """Return both sides, new as a change of base.

    Raises:
        ValueError: one line, if they are the same.
    """
    same = [one.run.id for one in base.planned] == [one.run.id for one in new.planned]
    if same and base.folder == new.folder:
        raise ValueError(
            f"base={base.name} new={new.name}: both are the same network, recipe and "
            "data: valid: two that differ"
        )
    return base, new._replace(
        planned=[one._replace(parent=base.name) for one in new.planned]
    )


def _before(new: _Named) -> _Named:
    """Return what ``new`` is compared with where the command does not say it."""
    if new.words:
        return _Named(step=new.step)
    step = new.step and parent_of(new.step)
    if step is None:
        name = new.step or (new.folder and new.folder.name)
        raise ValueError(f"no base=: say what new={name} is compared with: {EXAMPLES}")
    return _Named(step=step)


def _read(key: str, text: str, root: Path) -> _Named:
    """Return what the text names."""
    first, *rest = text.split()
    if "=" in first:
        return _Named(words=_words(key, [first, *rest]))
    if is_combination(first) or first in step_names():
        return _Named(canonical(first), _words(key, rest))
    known = list_studies(root)
    if rest or first not in known:
        steps, studies = ", ".join(step_names()), ", ".join(sorted(known))
        valid = f"{EXAMPLES}; steps: {steps}; studies: {studies}"
        raise refuse(key, text, valid, [*step_names(), *known])
    folder = find_study(first, root)
    if not (folder / "results.csv").exists():
        raise refuse(key, text, "a study with runs; this one is a published table")
    return _Named(folder=folder)


def _words(key: str, words: Sequence[str]) -> tuple[str, ...]:
    """Return the words of a side, checked to be about the network or the recipe."""
    for word in words:
        try:
            group = _key(word).split(".")[0]
        except HydraException:
            group = ""
        if group not in ALLOWED:
            valid = "words on network. and recipe.; what else is said holds for both"
            raise ValueError(f"{key}: {word}: valid: {valid}")
    return tuple(words)


def _side(named: _Named, shared: Sequence[str], seeds: Sequence[int]) -> Side:
    if named.folder:
        return Side(named.folder.name, [], named.folder)
    own = {_key(word) for word in named.words}
    words = [word for word in shared if _key(word) not in own]
    planned = plan_sweep([*words, *named.words, f"+step={named.step}"], list(seeds))
    name = " ".join([str(named.step), *named.words])
    label = ", ".join([planned[0].label, *named.words])
    return Side(
        name, [one._replace(step=name, label=label, parent="") for one in planned]
    )


def study_name(base: Side, new: Side, data: str) -> str:
    """Return the name of a comparison that is given none: ``gelu_vs_resnet_DATA``."""
    text = f"{new.name}_vs_{base.name}" + ("" if new.folder else f"_{data}")
    return re.sub(r"[^\w.]+", "_", text)


def _key(word: str) -> str:
    return parsed(word).key_or_group
