"""python -m roadmap.complexity regime=resnet50: what every step costs."""

from __future__ import annotations

from omegaconf import DictConfig
from rich.console import Console
from rich.table import Table

from roadmap.base import cli
from roadmap.network.costs import Cost, cost_of
from roadmap.network.path import step_names
from roadmap.network.steps import load_design
from roadmap.report.numbers.studies import paper_table

PAPERS_OWN = {("resnet50", "layer_norm"), ("resnet50", "separate_downsampling")}
"""Cells of Table 10 that disagree with the rest of the paper: ours are right there."""


def complexity(cfg: DictConfig, overrides: list[str]) -> int:
    """Print params, GFLOPs and activations of every step; return the exit status."""
    regime, sizes = cfg.regime.name, (cfg.num_classes, cfg.in_chans, cfg.image_size)
    paper = paper_table()
    printed = paper[paper.regime == regime].set_index("step").gflops
    table = Table(title=f"{regime} at {cfg.image_size}x{cfg.image_size}")
    for name in ("step", "params (M)", "activations (M)", "GFLOPs", "GFLOPs, paper"):
        table.add_column(name, justify="left" if name == "step" else "right")
    for step in step_names():
        papers = f"{printed[step]:.2f}" if step in printed else ""
        mark = " *" if (regime, step) in PAPERS_OWN else ""
        found = cost_of(load_design(step, regime), *sizes)
        table.add_row(step, *_words(found), papers + mark)
    console = Console()
    console.print(table)
    if regime == "resnet50":
        console.print("* the paper's own inconsistency: Table 11 agrees with our count")
    return 0


def _words(cost: Cost) -> tuple[str, str, str]:
    """Return params, activations and GFLOPs as the table shows them."""
    digits = 4 if cost.gflops < 0.1 else 2
    return (
        f"{cost.params / 1e6:.2f}",
        f"{cost.activations:.2f}",
        f"{cost.gflops:.{digits}f}",
    )


def main() -> None:
    """Run ``python -m roadmap.complexity``."""
    cli.run("complexity", complexity)


if __name__ == "__main__":
    main()
