"""The steps of the roadmap by name, from conf/step: their order and their parents."""

from __future__ import annotations

from functools import cache
from typing import Any

from omegaconf import OmegaConf

from roadmap.base import config


@cache
def step_names() -> tuple[str, ...]:
    """Return all steps: the roadmap's in order, then the others, the user's own too."""
    known = tuple(OmegaConf.load(config.path("step", "all")).step.steps)
    others = [n for n in config.options("step") if n not in known and n != "all"]
    return known + tuple(others)


@cache
def parent(step: str) -> str | None:
    """Return the step that ``step`` changes, or None for a start."""
    written: Any = OmegaConf.load(config.path("step", step))
    return next((n for n in written.get("defaults", []) if n in step_names()), None)
