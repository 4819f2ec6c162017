"""python -m roadmap.downstream: the networks as backbones, Tables 3, 4 and 7."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from roadmap.base import cli
from roadmap.base.settings import refuse
from roadmap.base.tables import print_table
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
    from roadmap.downstream.cost import beside_the_paper

    rows = [
        {
            "network": row.method,
            "backbone": row.backbone,
            "ours": f"{row.ours:.0f}",
            "paper": f"{row.paper:.0f}",
            "difference": f"{100 * (row.ours / row.paper - 1):+.1f} %",
        }
        for row in beside_the_paper(task)
    ]
    print_table(rows, f"GFLOPs, {task}")
    return 0


def main() -> None:
    """Run ``python -m roadmap.downstream``."""
    cli.run("downstream", downstream)


if __name__ == "__main__":
    main()
