"""What a sweep and a status print: the plan with its price, tables, durations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from rich import filesize
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from roadmap.runs import store
from roadmap.studies.estimate import IMAGENET
from roadmap.studies.price import Price
from roadmap.studies.study import Study

HOW = {
    "probe": "; s/epoch by a short probe of one run alone",
    "estimate": (
        "; s/epoch is rough: counted from the speed of one small update here, of "
        "random images and one block a stage, without reading images (ImageNet-1K's "
        f"{IMAGENET['train_size']:,} unless the data say how many)"
    ),
}
"""What is said of a price's seconds, by their source."""
TO_RETRY = "to retry"
STATES = (*store.DONE, store.NEW, store.TO_RESUME, TO_RETRY)
"""In the order in which a plan counts them."""


def grid(*names: str) -> Table:
    """Return an empty table with these columns of words."""
    table = Table(box=SIMPLE, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for name in names:
        table.add_column(name, overflow="fold")
    return table


def clock(seconds: float) -> str:
    """Return a duration as ``1:02:03``."""
    return str(timedelta(seconds=round(seconds)))


def show_plan(
    study: Study, prices: Sequence[Price], workers: int, console: Console
) -> None:
    """Print a row a step: its runs by state, its size, and what is left to pay."""
    table = grid("step", "runs")
    for name in ("params", "GFLOPs", "s/epoch", "device-h", "disk"):
        table.add_column(name, justify="right")
    first = {one.step: one for one in reversed(study.planned)}
    runs: dict[str, Counter[str]] = {price.step: Counter() for price in prices}
    for one in study.planned:
        state = study.states[one.run.id]
        runs[one.step][state if state in STATES else TO_RETRY] += 1
    for price in prices:
        one = first[price.step]
        counts = [f"{runs[price.step][s]} {s}" for s in STATES if runs[price.step][s]]
        table.add_row(
            price.step,
            ", ".join(counts),
            f"{one.params:,}",
            f"{one.gflops:.3g}",
            _or_unknown(price.seconds_per_epoch, "{:.3g}"),
            _or_unknown(price.device_hours, "{:.3g}"),
            filesize.decimal(price.disk),
        )
    console.print(table)
    todo = [price for price in prices if price.epochs]
    hours = sum(price.device_hours or 0 for price in prices)
    more = " or more" if any(price.device_hours is None for price in prices) else ""
    console.print(
        f"{len(todo)} steps to train: {hours:.3g} "
        f"device-hours{more}, about {hours / workers:.3g} h with {workers} at a time, "
        f"{filesize.decimal(sum(price.disk for price in prices))} of disk"
        + "".join(HOW[way] for way in HOW if way in {p.source for p in todo})
    )
    console.print("dry_run: nothing was trained")


def _or_unknown(value: float | None, form: str) -> str:
    return "?" if value is None else form.format(value)
