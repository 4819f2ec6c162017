"""python -m roadmap.report study=NAME: the tables and figures again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from annotated_types import Gt, MinLen
from omegaconf import DictConfig, OmegaConf
from rich.console import Console

from roadmap.base import cli
from roadmap.base.settings import settings
from roadmap.report.looks import Formats
from roadmap.report.show import show, show_seeds
from roadmap.studies.named import names, read_anew


@settings("")
class ReportSettings:
    """The words of ``python -m roadmap.report``."""

    study: Annotated[tuple[str, ...], MinLen(1), "a study's name, or a list of them"]
    root: Annotated[str, MinLen(1), "a folder"]
    baseline: Annotated[str, MinLen(1), "a step"] | None
    figures: Formats
    seeds_for: Annotated[float, Gt(0), "a number of points above 0"] | None


def report(cfg: DictConfig, overrides: list[str]) -> int:
    """Report one study, or several side by side; return the exit status.

    A study under ``root`` is read from its records anew. What is made of a recorded
    one, or of several, goes to ``<root>/report/<names>/``. With ``seeds_for`` it also
    says how many seeds a change of so many points takes, by step. ``baseline`` is the
    step that a change is measured from where the study lacks the step's parent.
    """
    words = _read(cfg)
    root = Path(words.root)
    folders, out, kept = read_anew(words.study, root)
    console = Console()
    show(folders, out, console, words.figures, words.baseline)
    for line in kept:
        console.print(line, soft_wrap=True)
    if words.seeds_for is not None:
        show_seeds(folders, words.seeds_for, console, words.baseline)
    return 0


def _read(cfg: DictConfig) -> ReportSettings:
    words: Any = OmegaConf.to_container(cfg)
    return ReportSettings(**{**words, "study": names(words["study"])})


def main() -> None:
    """Run ``python -m roadmap.report``."""
    cli.run("report", report)


if __name__ == "__main__":
    main()
