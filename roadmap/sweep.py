"""python -m roadmap.sweep +step=all seeds=3: every step, several seeds, Figure 2."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from roadmap.base import cli

if TYPE_CHECKING:
    from omegaconf import DictConfig


def sweep(cfg: DictConfig, words: list[str]) -> int:
    """Train what is missing of the study, write its results, and return exit status."""
    # Not at the top: --help and workers, which import this file, must not wait for it.
    from roadmap.studies.sweep import sweep

    return sweep(cfg, words)


def main() -> None:
    """Run ``python -m roadmap.sweep``; ``step=`` is as good as ``+step=`` here."""
    from roadmap.network.changes import for_hydra

    sys.argv = [for_hydra(re.sub(r"^step=", "+step=", word)) for word in sys.argv]
    cli.run("sweep", sweep)


if __name__ == "__main__":
    main()
