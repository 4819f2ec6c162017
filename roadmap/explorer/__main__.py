"""python -m roadmap.explorer study=NAME: a study as one HTML page, explorer.html."""

from __future__ import annotations

from pathlib import Path

from omegaconf import DictConfig, ListConfig

from roadmap.base import cli
from roadmap.base.settings import refuse


def explorer(cfg: DictConfig, overrides: list[str]) -> int:
    """Write ``explorer.html`` of one study, or of several; return the exit status.

    The results of a study under ``root`` are made anew from its records. The page of a
    recorded study, or of several, goes to ``<root>/report/<names>/``.
    """
    # Not at the top: pandas, matplotlib and scipy take longer than a wrong word.
    from roadmap.explorer.page import require_library, write_explorer

    names = _names(cfg.study)
    require_library()  # before the work, not after it
    root = Path(cfg.root)
    folders = [_folder(name, root) for name in names]
    alone = folders == [root / names[0]]
    out = folders[0] if alone else root / "report" / "+".join(names)
    print(f"explorer: {write_explorer(folders, out, root)}")
    return 0


def _names(study: object) -> list[str]:
    """Return the names that ``study=`` gives, one or a list."""
    several = isinstance(study, ListConfig)
    names = list(study) if several else [study]
    if not (names and all(isinstance(name, str | int) for name in names)):
        asked = names if several else study
        raise refuse("study", asked, "a study's name, or a list of names")
    return [str(name) for name in names]


def _folder(name: str, root: Path) -> Path:
    """Return a study's folder, its results made anew where it has records."""
    from roadmap.report.numbers.studies import find_study
    from roadmap.studies.results import write_results

    if (root / name / "study.json").exists():
        write_results(root / name, root)
    return find_study(name, root)


def main() -> None:
    """Run ``python -m roadmap.explorer``."""
    cli.run("explorer", explorer)


if __name__ == "__main__":
    main()
