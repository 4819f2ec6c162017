"""python -m roadmap.compare base=resnet new=gelu: is B better than A, here."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from roadmap.base import cli

if TYPE_CHECKING:
    from omegaconf import DictConfig


def compare(cfg: DictConfig, words: list[str]) -> int:
    """Train until the difference is known, write the verdict; return exit status."""
    from roadmap.studies.compare import compare  # not at the top: --help is quick

    return compare(cfg, words)


def quoted(word: str) -> str:
    """Return ``new=gelu recipe.lr=1`` as Hydra takes it: ``new="gelu recipe.lr=1"``."""
    side = re.fullmatch(r"(base|new)=([^\"'].*[\s=].*)", word)
    if side is None:
        return word
    value = side[2].replace("\\", "\\\\").replace('"', '\\"')
    return f'{side[1]}="{value}"'


def main() -> None:
    """Run ``python -m roadmap.compare``."""
    sys.argv = [quoted(word) for word in sys.argv]
    cli.run("compare", compare)


if __name__ == "__main__":
    main()
