"""python -m roadmap.train step=gelu seed=0: one run."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from omegaconf import DictConfig
from rich.console import Console

from roadmap import cli
from roadmap.execute import execute
from roadmap.plan import plan_run
from roadmap.runs import store
from roadmap.sweep import place_of


def train(cfg: DictConfig, overrides: list[str]) -> int:
    """Train one run, or find its record; print it and return the exit status."""
    console = Console()
    one, place = plan_run(overrides), place_of(cfg)
    console.print(
        f"{one.step} at regime={one.regime}, seed {one.seed}: {one.params:,} params, "
        f"{one.gflops:.4f} GFLOPs"
    )
    record = execute(one.run, place)
    metrics = record.get("metrics")
    outcome = f": top-1 {metrics['top1']:.2f} %" if metrics else ""
    outcome += f": {record['error']}" if "error" in record else ""
    path = store.run_folder(Path(place.root), one.run.id) / "record.json"
    console.print(f"{record['status']}{outcome}, record in {path}", soft_wrap=True)
    return 0 if record["status"] in store.DONE else 1


def main() -> None:
    """Run ``python -m roadmap.train``; ``+step=`` is as good as ``step=`` here."""
    sys.argv = [re.sub(r"^\+step=", "step=", word) for word in sys.argv]
    cli.run("train", train)


if __name__ == "__main__":
    main()
