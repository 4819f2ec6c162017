"""python -m roadmap.explorer study=NAME: a study as one HTML page, explorer.html."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from annotated_types import MinLen
from omegaconf import DictConfig, OmegaConf

from roadmap.base import cli
from roadmap.base.settings import settings


@settings("")
class ExplorerSettings:
    """The settings of ``python -m roadmap.explorer``."""

    study: Annotated[tuple[str, ...], MinLen(1), "a study's name, or a list of them"]
    root: Annotated[str, MinLen(1), "a folder"]


def explorer(cfg: DictConfig, overrides: list[str]) -> int:
    """Write ``explorer.html`` of one study, or of several; return the exit status.

    The results of a study under ``root`` are made anew from its records. The page of a
    recorded study, or of several, goes to ``<root>/report/<names>/``.
    """
    # Not at the top: pandas and scipy take longer than to refuse a wrong word.
    from roadmap.explorer.page import require_library, write_explorer

    words = _read(cfg)
    require_library()  # before the work, not after it
    root = Path(words.root)
    folders = [_folder(name, root) for name in words.study]
    alone = folders == [root / words.study[0]]
    out = folders[0] if alone else root / "report" / "+".join(words.study)
    print(f"explorer: {write_explorer(folders, out, root)}")
    return 0


def _read(cfg: DictConfig) -> ExplorerSettings:
    words: Any = OmegaConf.to_container(cfg)
    names = words["study"] if isinstance(words["study"], list) else [words["study"]]
    # A name of digits alone is a number to YAML.
    words["study"] = [str(n) if isinstance(n, int) else n for n in names]
    return ExplorerSettings(**words)


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
