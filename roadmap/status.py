"""python -m roadmap.status study=NAME: what becomes of a study, from its files alone.

Works while the sweep runs, from any machine that sees the folder, and writes nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from roadmap.base import cli

if TYPE_CHECKING:
    from omegaconf import DictConfig


def status(cfg: DictConfig, words: list[str]) -> int:
    """Print the study's state; return 0 where all runs are done, else 1."""
    from roadmap.studies.status import show_status  # not at the top: --help is quick

    return 0 if show_status(str(cfg.study), Path(cfg.root)) else 1


def main() -> None:
    """Run ``python -m roadmap.status``."""
    cli.run("status", status)


if __name__ == "__main__":
    main()
