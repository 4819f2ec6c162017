"""python -m roadmap.adopt root=outputs: old records under the ids of today."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from roadmap.base import cli

if TYPE_CHECKING:
    from omegaconf import DictConfig


def adopt(cfg: DictConfig, words: list[str]) -> int:
    """Adopt the records under ``cfg.root``, print how many, and return 0.

    Raises:
        ValueError: one line, unless it is a folder.
    """
    if not Path(cfg.root).is_dir():
        raise ValueError(f"root={cfg.root}: no such folder")
    from roadmap.runs.adopt import adopt  # not at the top: --help is quick

    print(f"{len(adopt(Path(cfg.root)))} records adopted in {cfg.root}")
    return 0


def main() -> None:
    """Run ``python -m roadmap.adopt``."""
    cli.run("adopt", adopt)


if __name__ == "__main__":
    main()
