"""python -m roadmap.explorer study=NAME: a study as one HTML page, explorer.html."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from annotated_types import MinLen
from omegaconf import DictConfig, OmegaConf

from roadmap.base import cli
from roadmap.base.settings import settings
from roadmap.studies.named import names, read_anew


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
    folders, out, _ = read_anew(words.study, root)
    print(f"explorer: {write_explorer(folders, out, root)}")
    return 0


def _read(cfg: DictConfig) -> ExplorerSettings:
    words: Any = OmegaConf.to_container(cfg)
    return ExplorerSettings(**{**words, "study": names(words["study"])})


def main() -> None:
    """Run ``python -m roadmap.explorer``."""
    cli.run("explorer", explorer)


if __name__ == "__main__":
    main()
