"""python -m roadmap.report study=NAME: the tables and figures again."""

from __future__ import annotations

from pathlib import Path

from omegaconf import DictConfig, ListConfig
from rich.console import Console

from roadmap.base import cli
from roadmap.report.numbers.studies import find_study
from roadmap.report.show import show, show_seeds
from roadmap.studies.results import write_results


def report(cfg: DictConfig, overrides: list[str]) -> int:
    """Report one study, or several side by side; return the exit status.

    A study under ``root`` is read from its records anew. What is made of a recorded
    one, or of several, goes to ``<root>/report/<names>/``. With ``seeds_for`` it only
    says how many seeds a change of so many points takes, by step.
    """
    root = Path(cfg.root)
    if not isinstance(cfg.html, bool):
        raise ValueError(f"html={cfg.html}: valid: true, false")
    if cfg.html:
        from roadmap import explorer  # not at the top: it imports torch

        explorer.require_library()  # what is missing is said before the work
    several = isinstance(cfg.study, ListConfig)
    names = [str(name) for name in (cfg.study if several else [cfg.study])]
    folders = []
    for name in names:
        own = root / name
        if (own / "study.json").exists():
            write_results(own, root)
        folders.append(find_study(name, root))
    if cfg.seeds_for is not None:
        show_seeds(folders, cfg.seeds_for, Console())
        return 0
    alone = len(folders) == 1 and folders[0] == root / names[0]
    out = folders[0] if alone else root / "report" / "+".join(names)
    show(folders, out, Console())
    if cfg.html:
        path = explorer.write_explorer(folders, out, root)
        Console().print(f"explorer: {path}", soft_wrap=True)
    return 0


def main() -> None:
    """Run ``python -m roadmap.report``."""
    cli.run("report", report)


if __name__ == "__main__":
    main()
