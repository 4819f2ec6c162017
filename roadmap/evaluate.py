"""python -m roadmap.evaluate: accuracy on ImageNet and its harder sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from roadmap.base import cli

if TYPE_CHECKING:
    from omegaconf import DictConfig


def evaluate(cfg: DictConfig, words: list[str]) -> int:
    """Evaluate, print and write the results; return 1 unless all sets are whole."""
    # Not at the top: --help is quick.
    from roadmap.evaluation.settings import read_words

    asked = read_words(cfg, words)
    parts = asked.parts
    from roadmap.evaluation.show import evaluate  # it imports torch

    return evaluate(asked, parts)


def main() -> None:
    """Run ``python -m roadmap.evaluate``."""
    cli.run("evaluate", evaluate)


if __name__ == "__main__":
    main()
