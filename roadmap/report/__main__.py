"""python -m roadmap.report study=NAME: the tables and figures again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from annotated_types import Gt, MinLen
from omegaconf import DictConfig, OmegaConf
from rich.console import Console

from roadmap.base import cli
from roadmap.base.settings import settings
from roadmap.report.numbers.studies import find_study
from roadmap.report.show import show, show_seeds


@settings("")
class ReportSettings:
    """The words of ``python -m roadmap.report``."""

    study: Annotated[tuple[str, ...], MinLen(1), "a study's name, or a list of them"]
    root: Annotated[str, MinLen(1), "a folder"]
    figures: Annotated[
        tuple[Literal["png", "svg", "pdf"], ...], "a list of png, svg, pdf"
    ]
    seeds_for: Annotated[float, Gt(0), "a number of points above 0"] | None


def report(cfg: DictConfig, overrides: list[str]) -> int:
    """Report one study, or several side by side; return the exit status.

    A study under ``root`` is read from its records anew. What is made of a recorded
    one, or of several, goes to ``<root>/report/<names>/``. With ``seeds_for`` it also
    says how many seeds a change of so many points takes, by step.
    """
    words = _read(cfg)
    root = Path(words.root)
    folders = [_updated(name, root) for name in words.study]
    alone = len(folders) == 1 and folders[0] == root / words.study[0]
    out = folders[0] if alone else root / "report" / "+".join(words.study)
    console = Console()
    show(folders, out, console, words.figures)
    if words.seeds_for is not None:
        show_seeds(folders, words.seeds_for, console)
    return 0


def _read(cfg: DictConfig) -> ReportSettings:
    words: Any = OmegaConf.to_container(cfg)
    names = words["study"] if isinstance(words["study"], list) else [words["study"]]
    # A name of digits alone is a number to YAML.
    words["study"] = [str(n) if isinstance(n, int) else n for n in names]
    return ReportSettings(**words)


def _updated(name: str, root: Path) -> Path:
    """Return a study's folder, its results read anew from the records, if any."""
    if (root / name / "study.json").exists():
        from roadmap.studies.results import write_results  # takes pandas

        write_results(root / name, root)
    return find_study(name, root)


def main() -> None:
    """Run ``python -m roadmap.report``."""
    cli.run("report", report)


if __name__ == "__main__":
    main()
