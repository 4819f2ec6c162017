"""python -m roadmap.train step=gelu seed=0: one run, on one device or several."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from roadmap.base import cli

if TYPE_CHECKING:
    from omegaconf import DictConfig


def train(cfg: DictConfig, words: list[str]) -> int:
    """Train one run, or find its record; print it and return the exit status."""
    from roadmap.studies.train_one import train_one  # not at the top: --help is quick

    return train_one(cfg, words)


def main() -> None:
    """Run ``python -m roadmap.train``; ``+step=`` means the same as ``step=`` here."""
    from roadmap.network.changes import with_combinations

    sys.argv = with_combinations(sys.argv)
    cli.run("train", train)


if __name__ == "__main__":
    main()
