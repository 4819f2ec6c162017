"""python -m roadmap.hub run=ID to=FOLDER: a trained run as a folder that timm loads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from roadmap.base import cli

if TYPE_CHECKING:
    from omegaconf import DictConfig


def hub(cfg: DictConfig, words: list[str]) -> int:
    """Write the folder ``cfg.to``, print how timm loads it, and return 0."""
    from roadmap.runs.hub import save_for_timm  # not at the top: --help is quick

    save_for_timm(Path(cfg.root), str(cfg.run), Path(cfg.to), cfg.data_root)
    print(f'timm.create_model("local-dir:{cfg.to}", pretrained=True)')
    return 0


def main() -> None:
    """Run ``python -m roadmap.hub``."""
    cli.run("hub", hub)


if __name__ == "__main__":
    main()
