"""python -m roadmap.complexity regime=resnet50: what every step costs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

from annotated_types import MinLen
from omegaconf import DictConfig

from roadmap.base import cli
from roadmap.base.files import write_csv
from roadmap.base.settings import AtLeast1, Count, one_of, read, settings
from roadmap.base.tables import print_table
from roadmap.network.costs import Cost
from roadmap.network.named import Model, cost_of_model, find_models
from roadmap.network.path import step_names
from roadmap.network.specification import specification
from roadmap.network.split import split_of
from roadmap.report.numbers.printed import Printed, printed
from roadmap.report.numbers.studies import paper_table

PAPERS_OWN = {("resnet50", "layer_norm"), ("resnet50", "separate_downsampling")}
"""Cells of Table 10 that disagree with the rest of the paper: ours are right there."""
Row = dict[str, Any]
"""A row of a table, as the CSV file has it."""
_TABLE_9 = ("resnet", "separate_downsampling", "swin")
_HEADINGS = {
    "params": "params (M)",
    "activations": "activations (M)",
    "gflops": "GFLOPs",
    "params_paper": "params, paper",
    "gflops_paper": "GFLOPs, paper",
}


@settings("")
class ComplexitySettings:
    """The settings of ``python -m roadmap.complexity`` beside the regime."""

    table: Literal["steps", "variants", "specification", "split"]
    models: Annotated[tuple[str, ...], MinLen(1), "a list of names"] | None
    image_size: AtLeast1
    in_chans: AtLeast1
    num_classes: Count
    csv: Annotated[str, MinLen(1), "a file"] | None


def complexity(cfg: DictConfig, overrides: list[str]) -> int:
    """Print the table asked for, and write it as CSV; return the exit status."""
    asked = read(ComplexitySettings, cfg)
    regime, size = cfg.regime.name, asked.image_size
    usual = {"steps": step_names(), "variants": tuple(printed(1, 2))}
    words = asked.models or usual.get(asked.table, _TABLE_9)
    if asked.table == "steps":
        for word in words:
            one_of("models", word, step_names())
    models = find_models(words, regime, size)
    rows = _TABLES[asked.table](models, regime, asked.num_classes, asked.in_chans)
    if asked.table == "split":
        for model in models:
            own = [row for row in rows if row["model"] == model.label]
            for by in ("stage", "kind"):
                print_table([*map(_words, _sums(own, by))], model.label)
    else:
        title = f"{regime} at {size}x{size}" if asked.table == "steps" else ""
        print_table([*map(_words, rows)], title)
    if asked.table == "steps" and regime == "resnet50":
        print("* the paper's own inconsistency: Table 11 agrees with our count")
    if asked.csv is not None:
        write_csv(Path(asked.csv), rows)
    return 0


def _steps(
    models: list[Model], regime: str, num_classes: int, in_chans: int
) -> list[Row]:
    """Return what steps cost, beside Tables 10 and 11."""
    paper = paper_table().set_index(["regime", "step"]).gflops
    return [
        {
            "step": model.name,
            **_costs(cost_of_model(model, num_classes, in_chans)),
            "gflops_paper": f"{paper[at]:.2f}" if at in paper else "",
            "mark": "*" if at in PAPERS_OWN else "",
        }
        for model in models
        for at in [(regime, model.name)]
    ]


def _variants(
    models: list[Model], regime: str, num_classes: int, in_chans: int
) -> list[Row]:
    """Return what models cost, beside Tables 1 and 2."""
    return [
        {
            "model": model.label,
            **_costs(cost_of_model(model, num_classes, in_chans)),
            "params_paper": paper.params_m,
            "gflops_paper": paper.gflops,
        }
        for model in models
        for paper in [printed(1, 2).get(model.label, Printed())]
    ]


def _specifications(
    models: list[Model], regime: str, num_classes: int, in_chans: int
) -> list[Row]:
    """Return Table 9 of these models, a column each."""
    sizes = num_classes, in_chans
    specs = {m.label: {r.stage: r for r in specification(m, *sizes)} for m in models}
    costs = {m.label: cost_of_model(m, *sizes) for m in models}
    rows = []
    for stage in max(specs.values(), key=len):
        found = {k: spec[stage] for k, spec in specs.items() if stage in spec}
        layers = {k: found[k].layers if k in found else "" for k in specs}
        outputs = dict.fromkeys(row.output for row in found.values())
        if any(layers.values()):
            rows.append({"stage": stage, "output": ", ".join(outputs), **layers})
    flops = {k: f"{cost.gflops:.1f}e9" for k, cost in costs.items()}
    params = {k: f"{cost.params / 1e6:.1f}e6" for k, cost in costs.items()}
    rows.append({"stage": "FLOPs", "output": "", **flops})
    rows.append({"stage": "params", "output": "", **params})
    return rows


def _splits(
    models: list[Model], regime: str, num_classes: int, in_chans: int
) -> list[Row]:
    """Return what the kinds of layers of each stage cost."""
    return [
        {"model": model.label, **part._asdict()}
        for model in models
        for part in split_of(model, num_classes, in_chans)
    ]


_TABLES: dict[str, Callable[..., list[Row]]] = {
    "steps": _steps,
    "variants": _variants,
    "specification": _specifications,
    "split": _splits,
}


def _sums(rows: list[Row], by: str) -> list[Row]:
    """Return one model's split summed by stage or by kind, with shares in percent."""
    columns = ("params", "gflops", "activations")
    whole = {c: sum(row[c] for row in rows) for c in columns}
    found = []
    for name in dict.fromkeys(row[by] for row in rows):
        own = [row for row in rows if row[by] == name]
        sums = {c: sum(row[c] for row in own) for c in columns}
        shares = {c: f"{100 * sums[c] / whole[c]:.1f}" for c in columns[:2]}
        found.append({by: name, **sums, **{f"% {c}": v for c, v in shares.items()}})
    return [*found, {by: "all", **whole}]


def _costs(cost: Cost) -> Row:
    return {
        "params": cost.params,
        "activations": cost.activations,
        "gflops": cost.gflops,
    }


def _words(row: Row) -> dict[str, str]:
    """Return a row as the terminal shows it."""
    mark = " *" if row.get("mark") else ""
    cells = {k: v for k, v in row.items() if k != "mark"}
    return {_HEADINGS.get(k, k): _word(k, v, mark) for k, v in cells.items()}


def _word(key: str, value: Any, mark: str) -> str:
    if key == "params":
        return f"{value / 1e6:.2f}"
    if isinstance(value, float):
        return f"{value:.{4 if key == 'gflops' and value < 0.1 else 2}f}"
    return value + mark if key == "gflops_paper" else value


def main() -> None:
    """Run ``python -m roadmap.complexity``."""
    cli.run("complexity", complexity)


if __name__ == "__main__":
    main()
