"""python -m roadmap.downstream: the networks as backbones, Tables 3, 4 and 7."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from roadmap.base import cli
from roadmap.base.settings import refuse
from roadmap.downstream.settings import Downstream, read_task


def downstream(cfg: DictConfig, overrides: list[str]) -> int:
    """Train a detector or a segmentation network, or count GFLOPs; return the status.

    Raises:
        ValueError: one line, for a wrong setting.
    """
    plain: Any = OmegaConf.to_container(cfg, resolve=True)
    task, count = read_task(plain["task"]), plain.pop("count")
    if count not in (True, False):
        raise refuse("count", count, "true, false")
    if count:
        return _count(task.name)
    paths = {
        key: plain[key] and Path(plain[key]) for key in ("folder", "weights", "out")
    }
    asked = Downstream(**{**plain, **paths, "task": task})
    # After the checks, for it imports torch: a wrong word is refused at once.
    from roadmap.downstream.run import run

    for name, value in run(asked).items():
        print(f"{name} {value:.1f}")
    print(f"{asked.out}/weights.safetensors, {asked.out}/result.json")
    return 0


def _count(task: str) -> int:
    from rich.console import Console
    from rich.table import Table

    from roadmap.downstream.cost import beside_the_paper

    table = Table(title=f"GFLOPs, {task}")
    for name in ("network", "backbone", "ours", "paper", "difference"):
        table.add_column(
            name, justify="left" if name in ("network", "backbone") else "right"
        )
    for method, backbone, ours, paper in beside_the_paper(task):
        off = f"{100 * (ours / paper - 1):+.1f} %"
        table.add_row(method, backbone, f"{ours:.0f}", f"{paper:.0f}", off)
    Console().print(table)
    return 0


def main() -> None:
    """Run ``python -m roadmap.downstream``."""
    cli.run("downstream", downstream)


if __name__ == "__main__":
    main()
