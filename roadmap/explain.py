"""python -m roadmap.explain step=gelu: a step as a lesson; step=all, the course.

A combination of changes is a step, too: step=resnet+gelu+kernel_7.
"""

from __future__ import annotations

import os
import re
import sys
from contextlib import nullcontext
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any

from annotated_types import MinLen
from omegaconf import DictConfig
from rich.console import Console

from roadmap.base import cli
from roadmap.base.files import write_atomic
from roadmap.base.settings import AtLeast1, settings
from roadmap.lessons import Lesson, course, lesson
from roadmap.lessons.changes import composed, plain
from roadmap.lessons.diagram import draw
from roadmap.lessons.show import show
from roadmap.network.changes import canonical, with_combinations


@settings("")
class ExplainSettings:
    """The settings of ``python -m roadmap.explain`` beside the step and the regime."""

    image_size: AtLeast1 | None
    svg: Annotated[str, MinLen(1), "a file"] | None
    root: Annotated[str, MinLen(1), "a folder"]


def explain(cfg: DictConfig, overrides: list[str]) -> int:
    """Print the lessons asked for, save the diagram; return the exit status."""
    own = {field.name: cfg[field.name] for field in fields(ExplainSettings)}
    words = ExplainSettings(**own)
    size, root, console = words.image_size, Path(words.root), Console()
    if cfg.step.name == "all":
        for word in overrides:
            if re.match(r"\+*(network\.|svg=)", word):
                raise ValueError(f"{word}: valid only with one step, not with step=all")
        lessons = course(cfg.regime.name, size, root)
        # less: colours, and no waiting where all fits on the screen
        os.environ.setdefault("LESS", "-RFX")
        with console.pager(styles=True) if console.is_terminal else nullcontext():
            for one in lessons:
                show(one, console)
        return 0
    name = canonical(str(cfg.get("combination", cfg.step.name)))
    one = lesson(name, cfg.regime.name, size, root, **_switches(name, cfg, overrides))
    show(one, console)
    if words.svg is not None:
        _save(one, Path(words.svg))
        console.print(f"diagram: {words.svg}", soft_wrap=True)
    return 0


def _switches(step: str, cfg: DictConfig, overrides: list[str]) -> dict[str, Any]:
    """Return the switches of the network that the command sets otherwise.

    Of a combination the config has the start's switches, and those of the command.
    """
    start, own = (
        plain(composed(name, cfg.regime.name).network) for name in (cfg.step.name, step)
    )
    said = {word.partition("=")[0].lstrip("+") for word in overrides}
    return {
        switch: value
        for switch, value in plain(cfg.network).items()
        if own.get(switch) != value
        and (start.get(switch) != value or f"network.{switch}" in said)
    }


def _save(one: Lesson, path: Path) -> None:
    try:
        write_atomic(path, draw(one.panels, standalone=True).encode())
    except OSError as error:
        raise ValueError(f"svg={path}: {error.strerror}") from error


def main() -> None:
    """Run ``python -m roadmap.explain``; it takes ``+step=`` as ``step=``."""
    sys.argv = with_combinations(sys.argv)
    cli.run("explain", explain)


if __name__ == "__main__":
    main()
