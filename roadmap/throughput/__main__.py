"""python -m roadmap.throughput models=[swin_tiny,convnext_tiny]: images/s, memory."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, fields
from operator import truediv
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING, Annotated, Any, Literal

from annotated_types import Ge, MinLen
from omegaconf import DictConfig

from roadmap.base import cli, machine
from roadmap.base.files import write_csv
from roadmap.base.settings import AtLeast1, read, refuse, settings
from roadmap.base.tables import print_table
from roadmap.network.named import find_models
from roadmap.report.numbers.printed import Printed, printed

if TYPE_CHECKING:
    from roadmap.throughput.measure import Setup, Timing

Row = dict[str, Any]
"""A row of the table, as the CSV file has it."""
_OPTIONAL = {
    "ratio_v100": "paper, V100",
    "ratio_a100": "paper, A100",
    "peak_memory_gb": "memory (GB)",
}


@settings("")
class ThroughputSettings:
    """The settings of ``python -m roadmap.throughput``."""

    models: Annotated[tuple[str, ...], MinLen(1), "a list of names"]
    modes: Annotated[
        tuple[Literal["inference", "training"], ...],
        MinLen(1),
        "a list of inference, training",
    ]
    image_size: AtLeast1
    batch_size: AtLeast1
    precision: Literal["float32", "tf32", "bfloat16", "float16"]
    channels_last: bool
    compile: bool
    device: Literal["auto", "cpu", "cuda"]
    threads: AtLeast1 | None
    warmup: AtLeast1
    repeats: Annotated[int, Ge(2)]
    csv: Annotated[str, MinLen(1), "a file"] | None


def throughput(cfg: DictConfig, overrides: list[str]) -> int:
    """Measure the models, print the table, write it as CSV; return the exit status."""
    asked = read(ThroughputSettings, cfg)
    words = [name for word in asked.models for name in _names(word)]
    models = find_models(words, cfg.regime.name, asked.image_size)
    device = machine.resolve_device(asked.device)
    if asked.precision == "tf32" and device == "cpu":
        raise refuse("precision", "tf32", "float32, bfloat16, float16 on a CPU")
    # After the checks, for it imports torch: a wrong word is refused at once.
    import torch

    from roadmap.throughput.measure import Setup, measure

    if asked.threads is not None:
        torch.set_num_threads(asked.threads)
    given = {f.name: getattr(asked, f.name) for f in fields(Setup)}
    setup = Setup(**{**given, "device": device})
    timings = [measure(models, mode, setup) for mode in asked.modes]
    rows = [row for together in timings for row in _rows(together)]
    print_table([*map(_words, rows)])
    print(_conditions(setup))
    if asked.csv is not None:
        same = {**asdict(setup), "machine": _machine(device)}
        same |= {"threads": torch.get_num_threads(), "torch": torch.__version__}
        write_csv(Path(asked.csv), [{**row, **same} for row in rows])
    return 0


def _names(word: str) -> Iterable[str]:
    """Return the models that a word names: a table of the paper several."""
    table = re.fullmatch(r"table_(1|2|12)", word)
    return printed(int(table[1])) if table else [word]


def _rows(timings: list[Timing]) -> list[Row]:
    """Return what models that were measured together show, as ratios to the first."""
    first = timings[0]
    return [
        {
            "model": one.model.label,
            "mode": one.mode,
            **_spread("images_per_s", [one.batch_size / s for s in one.seconds]),
            **_spread("ratio", map(truediv, first.seconds, one.seconds)),
            **_paper_ratios(one, first),
            "peak_memory_gb": one.peak_memory and one.peak_memory / 1e9,
        }
        for one in timings
    ]


def _spread(name: str, values: Iterable[float]) -> Row:
    """Return the median of the repeats, and the quartiles, low and high."""
    low, middle, high = quantiles(values, n=4, method="inclusive")
    return {name: middle, f"{name}_low": low, f"{name}_high": high}


def _paper_ratios(one: Timing, first: Timing) -> Row:
    """Return the paper's ratio of the two models' inference on its two GPUs."""
    ratios: Row = {"ratio_v100": None, "ratio_a100": None}
    if one.mode == "inference":
        known = printed(1, 2, 12)
        ours, theirs = (known.get(t.model.label, Printed()) for t in (one, first))
        if ours.v100 and theirs.v100:
            ratios["ratio_v100"] = ours.v100 / theirs.v100
        if ours.a100 and theirs.a100:
            ratios["ratio_a100"] = ours.a100 / theirs.a100
    return ratios


def _words(row: Row) -> dict[str, str]:
    """Return a row as the terminal shows it."""
    return {
        "model": row["model"],
        "mode": row["mode"],
        "images/s": f"{row['images_per_s']:.2f}",
        "quartiles": f"{row['images_per_s_low']:.2f} to {row['images_per_s_high']:.2f}",
        "ratio": f"{row['ratio']:.2f}",
        "of ratios": f"{row['ratio_low']:.2f} to {row['ratio_high']:.2f}",
        **{
            heading: "" if row[key] is None else f"{row[key]:.2f}"
            for key, heading in _OPTIONAL.items()
        },
    }


def _conditions(setup: Setup) -> str:
    """Return in words what holds for the whole table."""
    layout = "channels last" if setup.channels_last else "channels first"
    compiled = ", compiled" if setup.compile else ""
    memory = "" if setup.device == "cuda" else " No memory: torch counts none on a CPU."
    return (
        f"{_machine(setup.device)}, batches of {setup.batch_size}, {setup.precision}, "
        f"{layout}{compiled}. Medians and quartiles of {setup.repeats} repeats, the "
        f"models in turn; steps to warm up: {setup.warmup}.{memory}"
    )


def _machine(device: str) -> str:
    """Return the name of the GPU, or of the processor."""
    known = machine.provenance(device)
    return known["processor"] if device == "cpu" else known["device"]


def main() -> None:
    """Run ``python -m roadmap.throughput``."""
    cli.run("throughput", throughput)


if __name__ == "__main__":
    main()
