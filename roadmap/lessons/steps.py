"""A step as a lesson, from the YAML that runs it and the network that it builds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from roadmap.lessons.changes import changes, composed, own_text, plain, sizes, words
from roadmap.lessons.combinations import combination_lesson
from roadmap.lessons.effects import Studies, effects_of, measured
from roadmap.lessons.lesson import Lesson
from roadmap.lessons.rows import LayerRow
from roadmap.lessons.view import PARTS, View, view
from roadmap.network.changes import canonical, is_combination
from roadmap.network.design import design_from
from roadmap.network.path import parent, step_names

OUTPUTS = Path("outputs")
"""Where the user's own studies are by default."""


def lesson(
    step: str,
    regime: str = "proxy",
    image_size: int | None = None,
    root: Path = OUTPUTS,
    **switches: Any,
) -> Lesson:
    """Return the lesson of a step, with any of its network's switches set otherwise.

    Args:
        step: its name, or a combination, as ``resnet+gelu``.
        regime: the sizes that it refers to.
        image_size: pixels a side; None for the size that the regime is trained at.
        root: the folder of your own studies.
        switches: of the design, as ``kernel_size=9``.

    Raises:
        ValueError: one line that names the wrong word and the valid ones.

    """
    name = canonical(step)
    make = combination_lesson if is_combination(name) else _lesson
    return make(name, regime, image_size, measured(root), switches)


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
    shape = sizes(regime, image_size)
    before, after = _views(old, cfg, shape, switches)
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
        image_size=shape[-1],
        before=before,
        after=after,
        effects=effects,
        whose=whose,
    )


def _views(
    old: DictConfig | None,
    new: DictConfig,
    shape: tuple[int, int, int],
    switches: dict[str, Any],
) -> tuple[View | None, View]:
    """Return views of the parts that the step changes, before and after."""
    after = design_from(plain(new.network) | switches)
    if old is None:
        return None, view(after, *shape)
    before = design_from(plain(old.network))
    parts = _changed_parts(view(before, *shape), view(after, *shape))
    return view(before, *shape, parts), view(after, *shape, parts)


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
