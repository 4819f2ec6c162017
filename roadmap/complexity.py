"""python -m roadmap.complexity regime=resnet50: what every step costs."""

from __future__ import annotations

from omegaconf import DictConfig
from rich.console import Console
from rich.table import Table

from roadmap.base import cli
from roadmap.network.build import build
from roadmap.network.complexity import cost
from roadmap.network.steps import load_design, step_names
from roadmap.report.numbers.studies import paper_table

PAPERS_OWN = {("resnet50", "layer_norm"), ("resnet50", "separate_downsampling")}
"""Cells of Table 10 that disagree with the rest of the paper: ours are right there."""


def complexity(cfg: DictConfig, overrides: list[str]) -> int:
    """Print params, GFLOPs and activations of every step; return the exit status."""
    paper = paper_table()
    paper = paper[paper.regime == cfg.regime.name].set_index("step")
    table = Table(title=f"{cfg.regime.name} at {cfg.image_size}x{cfg.image_size}")
    for name in ("step", "params (M)", "activations (M)", "GFLOPs", "GFLOPs, paper"):
        table.add_column(name, justify="left" if name == "step" else "right")
    for step in step_names():
        design = load_design(step, cfg.regime.name)
        counted = cost(
            lambda d=design: build(d, cfg.num_classes, cfg.in_chans, cfg.image_size),  # type: ignore[misc]
            cfg.image_size,
            cfg.in_chans,
        )
        papers = f"{paper.gflops[step]:.2f}" if step in paper.index else ""
        mark = " *" if (cfg.regime.name, step) in PAPERS_OWN else ""
        table.add_row(
            step,
            f"{counted.params / 1e6:.2f}",
            f"{counted.activations:.2f}",
            f"{counted.gflops:.4f}"
            if counted.gflops < 0.1
            else f"{counted.gflops:.2f}",
            papers + mark,
        )
    console = Console()
    console.print(table)
    if cfg.regime.name == "resnet50":
        console.print("* the paper's own inconsistency: Table 11 agrees with our count")
    return 0


def main() -> None:
    """Run ``python -m roadmap.complexity``."""
    cli.run("complexity", complexity)


if __name__ == "__main__":
    main()
