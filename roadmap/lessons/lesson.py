"""A step as a lesson, from the YAML that runs it and the network that it builds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
from omegaconf import DictConfig, OmegaConf

from roadmap.lessons.diagram import Panel, compare
from roadmap.lessons.layers import LayerRow
from roadmap.lessons.view import PARTS, View, view
from roadmap.network.build import design_from
from roadmap.network.steps import load_step, parent, step_names
from roadmap.plan import compose_run
from roadmap.report import find_study, list_studies, load_table

RECORDED = Path("experiments")
"""Where studies are looked for, unless told otherwise: the recorded ones."""
FULL_SIZE = ["data=imagenet", "data.root=PATH", "recipe=enhanced"]
"""What the training command of a regime of the paper's size says further."""


@dataclass(frozen=True)
class Effect:
    """What a study measured of a step: top-1 in percent, changes in points."""

    study: str
    regime: str
    n: int
    """Seeds that finished."""
    top1_mean: float
    top1_std: float
    """Sample deviation over seeds (ddof=1); NaN where unknown."""
    delta: float
    """Less the parent's mean; NaN where there is none."""
    delta_std: float
    """Deviation of the differences seed by seed; NaN where seeds are unknown."""


@dataclass(frozen=True)
class Lesson:
    """A step, and what it does to the network."""

    step: str
    title: str
    section: str
    """The paper's: ``macro design``, ``ResNeXt`` ..."""
    status: str
    """``start``, ``yes``, ``waypoint``, ``no`` or ``reference``."""
    parent: str
    """The step that it changes; "" for the first and for Swin."""
    what: str
    """The change, in words."""
    reason: str
    predict: str
    """A question to answer before looking on; "" where the step asks none."""
    changes: tuple[str, ...]
    """What differs between the two configs: ``network.activation: relu → gelu``."""
    command: str
    """The command that trains it."""
    regime: str
    image_size: int
    before: View | None
    after: View
    effects: tuple[Effect, ...]
    """The paper's first, then the recorded studies'; of this regime where they have
    it, else of all that they have."""

    @property
    def panels(self) -> list[Panel]:
        """The networks before and after, with the layers stressed that differ."""
        after = _panel(self.step, self.after)
        if self.before is None:
            return [after]
        return compare(_panel(self.parent, self.before), after)


def lesson(
    step: str,
    regime: str = "proxy",
    image_size: int | None = None,
    root: Path = RECORDED,
    **switches: Any,
) -> Lesson:
    """Return the lesson of a step, with any of its network's switches set otherwise.

    Args:
        step: its name.
        regime: the sizes that it refers to.
        image_size: pixels a side; None for the size that the regime is trained at.
        root: where studies are looked for beside ``experiments``.
        switches: of the design, as ``kernel_size=9``.

    Raises:
        ValueError: one line that names the wrong word and the valid ones.

    """
    return _lesson(step, regime, image_size, _tables(root), switches)


def course(
    regime: str = "proxy", image_size: int | None = None, root: Path = RECORDED
) -> list[Lesson]:
    """Return the lessons of all steps, in the roadmap's order.

    Raises:
        ValueError: one line that names the wrong word and the valid ones.

    """
    tables = _tables(root)
    return [_lesson(step, regime, image_size, tables, {}) for step in step_names()]


def _lesson(
    step: str,
    regime: str,
    image_size: int | None,
    tables: list[pd.DataFrame],
    switches: dict[str, Any],
) -> Lesson:
    cfg = _step(step, regime)
    base = parent(step) or ""
    old = _step(base, regime) if base else None
    size, before, after = _views(old, cfg, image_size, switches)
    return Lesson(
        step=step,
        title=cfg.step.title,
        section=cfg.step.section,
        status=cfg.step.status,
        parent=base,
        what=_own_text("what", cfg, old),
        reason=_own_text("reason", cfg, old),
        predict=_own_text("predict", cfg, old),
        changes=tuple(_changes(old, cfg, regime, switches)) if old else (),
        command=" ".join(["python -m roadmap.train", *_words(step, regime, switches)]),
        regime=regime,
        image_size=size,
        before=before,
        after=after,
        effects=tuple(e for table in tables for e in _effects(table, step, regime)),
    )


def _panel(name: str, one: View) -> Panel:
    return Panel(name, one.notes, one.place, one.layers)


def _words(step: str, regime: str, switches: dict[str, Any]) -> list[str]:
    """Return what one says to ``roadmap.train`` to train the step at a regime."""
    words = [f"step={step}"]
    if regime != "proxy":
        words += [f"regime={regime}", *FULL_SIZE]
    return words + [f"network.{k}={_yaml(v)}" for k, v in switches.items()]


def _views(
    old: DictConfig | None,
    new: DictConfig,
    image_size: int | None,
    switches: dict[str, Any],
) -> tuple[int, View | None, View]:
    """Return the image size, and the networks with the parts that the step changes."""
    data = _compose("resnet", new.regime.name).data  # every step's are the same
    size = image_size or data.image_size
    sizes = (data.num_classes, data.in_chans, size)
    after = design_from(_plain(new.network) | switches)
    if old is None:
        return size, None, view(after, *sizes)
    before = design_from(_plain(old.network))
    parts = _changed_parts(view(before, *sizes), view(after, *sizes))
    return size, view(before, *sizes, parts), view(after, *sizes, parts)


def _changed_parts(before: View, after: View) -> tuple[str, ...]:
    """Return the block, and what else has other layers than before.

    Downsampling inside a block is the block again, with a stride: it is shown where it
    moves out of the block.
    """

    def rows(one: View, part: str) -> list[LayerRow]:
        return [row for row in one.layers if row.where == part]

    def changed(part: str) -> bool:
        old, new = rows(before, part), rows(after, part)
        both_in_block = all(row.part for row in old + new)
        return not both_in_block and [r.name for r in old] != [r.name for r in new]

    return tuple(part for part in PARTS if part == "block" or changed(part))


def _changes(
    old: DictConfig, new: DictConfig, regime: str, switches: dict[str, Any]
) -> Iterator[str]:
    """Yield what differs between two steps' configs, a line a setting.

    The recipes are compared where the steps are trained by different ones.
    """
    network = _plain(new.network) | switches
    yield from _differences("network", _plain(old.network), network)
    if old.step.get("recipe") != new.step.get("recipe"):
        recipes = [_compose(cfg.step.name, regime).recipe for cfg in (old, new)]
        before, after = (_plain(recipe) for recipe in recipes)
        yield from _differences("recipe", before, after)


def _differences(
    group: str, before: dict[str, Any], after: dict[str, Any]
) -> Iterator[str]:
    for key in dict.fromkeys([*before, *after]):
        old, new = before.get(key), after.get(key)
        if old != new:
            yield f"{group}.{key}: {_yaml(old)} → {_yaml(new)}"


_step = cache(load_step)  # composing takes longer than all the rest


@cache
def _compose(step: str, regime: str) -> DictConfig:
    """Return the config of the step's run, under the recipe that it is trained by."""
    return compose_run(_words(step, regime, {}))


def _plain(node: DictConfig) -> dict[str, Any]:
    plain: Any = OmegaConf.to_container(node, resolve=True)
    return dict(plain)


def _yaml(value: Any) -> str:
    """Return a setting as the command line has it: ``[3,3,9,3]``, ``null``."""
    if isinstance(value, list | tuple):
        return f"[{','.join(map(_yaml, value))}]"
    words = {True: "true", False: "false", None: "null"}
    return words[value] if value is None or isinstance(value, bool) else str(value)


def _own_text(name: str, cfg: DictConfig, old: DictConfig | None) -> str:
    """Return a text of a step; "" where it has none, or only its parent's."""
    text = str(cfg.step.get(name, ""))
    return "" if old is not None and text == old.step.get(name) else text


def _tables(root: Path) -> list[pd.DataFrame]:
    """Return the tables of the paper and of all studies found, the paper's first."""
    names = sorted(list_studies(root), key=lambda name: (name != "paper", name))
    return [load_table(find_study(name, root)) for name in names]


def _effects(table: pd.DataFrame, step: str, regime: str) -> list[Effect]:
    """Return a study's rows of a step, of this regime if it has it, else of all."""
    rows = table[table["step"] == step]
    own = rows[rows["regime"] == regime]
    names = [field.name for field in fields(Effect)]
    chosen = (own if len(own) else rows)[names]
    return [Effect(*row) for row in chosen.itertuples(index=False)]
