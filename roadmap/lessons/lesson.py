"""A step as a lesson, from the YAML that runs it and the network that it builds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from roadmap.lessons.changes import (
    changes,
    composed,
    own_text,
    plain,
    run_config,
    words,
)
from roadmap.lessons.diagram import Panel, compare
from roadmap.lessons.effects import Effect, Studies, effects_of, measured
from roadmap.lessons.rows import LayerRow
from roadmap.lessons.view import PARTS, View, view
from roadmap.network.design import design_from
from roadmap.network.path import parent, step_names

OUTPUTS = Path("outputs")
"""Where the user's own studies are by default."""


@dataclass(frozen=True)
class Lesson:
    """A step, and what it does to the network."""

    step: str
    title: str
    section: str
    """The paper's: ``macro design``, ``ResNeXt`` ..."""
    status: str
    """A key of ``roadmap.report.looks.STATUS``, which has its words."""
    parent: str
    """The step that it changes; "" for the first and for Swin."""
    what: str
    """The change, in words."""
    reason: str
    predict: str
    """A question to answer before reading on; "" where the step asks none."""
    changes: tuple[str, ...]
    """What differs between the two configs: ``network.activation: relu → gelu``."""
    command: str
    """The command that trains it."""
    regime: str
    image_size: int
    before: View | None
    after: View
    effects: tuple[Effect, ...]
    """The paper's first, then those of the user's newest finished study that has the
    step, else the recorded studies'; at this regime where they have it, else at all
    regimes. Empty for a network with switches set otherwise."""
    whose: str
    """Which studies the effects after the paper's are from."""

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
    root: Path = OUTPUTS,
    **switches: Any,
) -> Lesson:
    """Return the lesson of a step, with any of its network's switches set otherwise.

    Args:
        step: its name.
        regime: the sizes that it refers to.
        image_size: pixels a side; None for the size that the regime is trained at.
        root: the folder of your own studies.
        switches: of the design, as ``kernel_size=9``.

    Raises:
        ValueError: one line that names the wrong word and the valid ones.

    """
    return _lesson(step, regime, image_size, measured(root), switches)


def course(
    regime: str = "proxy", image_size: int | None = None, root: Path = OUTPUTS
) -> list[Lesson]:
    """Return the lessons of all steps, in the roadmap's order.

    Raises:
        ValueError: one line that names the wrong word and the valid ones.

    """
    studies = measured(root)
    return [_lesson(step, regime, image_size, studies, {}) for step in step_names()]


def _lesson(
    step: str,
    regime: str,
    image_size: int | None,
    studies: Studies,
    switches: dict[str, Any],
) -> Lesson:
    cfg = composed(step, regime)
    base = parent(step) or ""
    old = composed(base, regime) if base else None
    size, before, after = _views(old, cfg, image_size, switches)
    # Nobody has measured a network whose switches are set otherwise.
    effects, whose = ((), "") if switches else effects_of(step, regime, studies)
    return Lesson(
        step=step,
        title=cfg.step.title,
        section=cfg.step.section,
        status=cfg.step.status,
        parent=base,
        what=own_text("what", cfg, old),
        reason=own_text("reason", cfg, old),
        predict=own_text("predict", cfg, old),
        changes=tuple(changes(old or cfg, cfg, switches)),
        command=" ".join(["python -m roadmap.train", *words(step, regime, switches)]),
        regime=regime,
        image_size=size,
        before=before,
        after=after,
        effects=effects,
        whose=whose,
    )


def _panel(name: str, one: View) -> Panel:
    return Panel(name, one.notes, one.place, one.layers)


def _views(
    old: DictConfig | None,
    new: DictConfig,
    image_size: int | None,
    switches: dict[str, Any],
) -> tuple[int, View | None, View]:
    """Return the image size, and views of the parts that the step changes."""
    data = run_config("resnet", new.regime.name).data  # the same for every step
    size = data.image_size if image_size is None else image_size
    sizes = (data.num_classes, data.in_chans, size)
    after = design_from(plain(new.network) | switches)
    if old is None:
        return size, None, view(after, *sizes)
    before = design_from(plain(old.network))
    parts = _changed_parts(view(before, *sizes), view(after, *sizes))
    return size, view(before, *sizes, parts), view(after, *sizes, parts)


def _changed_parts(before: View, after: View) -> tuple[str, ...]:
    """Return the block, and the other parts whose layers have changed.

    Downsampling inside a block is the block again, with a stride: it is shown only
    where it moves out of the block.
    """

    def rows(one: View, part: str) -> list[LayerRow]:
        return [row for row in one.layers if row.where == part]

    def changed(part: str) -> bool:
        old, new = rows(before, part), rows(after, part)
        both_in_block = all(row.part for row in old + new)
        return not both_in_block and [r.name for r in old] != [r.name for r in new]

    return tuple(part for part in PARTS if part == "block" or changed(part))
