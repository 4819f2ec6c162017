"""From runs to a row a step: means, deviations, and the effect of each change.

Accuracies are top-1 in percent, differences in percentage points, GFLOPs multiply-adds
of convolutions and linear layers / 1e9. Every deviation is a sample's (ddof=1).
"""

from collections.abc import Hashable
from typing import Any

import pandas as pd
from rich.box import SIMPLE
from rich.table import Table
from rich.text import Text

KEYS = ["study", "regime", "step"]
TEXT = [*KEYS, "label", "section", "adopted", "parent"]
UNFINISHED = {
    "diverged": ["diverged"],
    "failed": ["failed"],
    "pending": ["pending", "interrupted"],
}
COLUMNS = [
    *[*KEYS, "label", "section", "adopted", "n", "top1_mean", "top1_std"],
    *["gflops", "params", "parent", "delta", "delta_std", *UNFINISHED],
]
WIDE = ["change", "adopted", "vs", "params (M)"]
NOTE = (
    "Top-1: mean ± sd over the n seeds that finished (ddof=1). Δ: percentage points "
    "against the step it changes; its ± is the sd of the differences seed by seed. "
    "GFLOPs: multiply-adds of convolutions and linear layers / 1e9."
)


def tabulate(results: pd.DataFrame) -> pd.DataFrame:
    """Return a row a (study, regime, step), in order of first appearance.

    Only finished runs enter `n`, `top1_mean` and `top1_std`; the others are counted in
    `diverged`, `failed` and `pending` (interrupted runs are pending: they can resume).
    A step without a finished run keeps its row, its accuracy empty. `delta` is the mean
    less that of the step in `parent`, empty where the study lacks the parent;
    `delta_std` is the sd of the differences seed by seed, over the seeds in common.
    """
    numbers = {
        name: pd.to_numeric(results[name], errors="coerce")
        for name in ("top1", "gflops", "params")
    }
    counts = {word: results["status"].isin(which) for word, which in UNFINISHED.items()}
    runs = results.assign(**numbers, **counts).fillna(dict.fromkeys(TEXT, ""))
    runs["top1"] = runs["top1"].where(runs["status"] == "finished")

    groups = runs.groupby(KEYS, sort=False)
    # `first` skips what is empty: a failed run does not know its network's size.
    table = groups[
        ["label", "section", "adopted", "gflops", "params", "parent"]
    ].first()
    table["n"] = groups["top1"].count()
    table["top1_mean"] = groups["top1"].mean()
    table["top1_std"] = groups["top1"].std(ddof=1)
    table = table.join(groups[list(UNFINISHED)].sum())
    return _with_deltas(table, runs).reset_index()[COLUMNS]


def _with_deltas(table: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    groups = runs.groupby(KEYS, sort=False)
    by_seed = {key: part.groupby("seed")["top1"].mean() for key, part in groups}
    means, parents = table["top1_mean"].to_dict(), table["parent"].to_dict()
    deltas: dict[Hashable, tuple[float, float]] = {}
    for study, regime, step in table.index:
        child = (study, regime, step)
        parent = (study, regime, parents[child])
        if parent in means:
            paired = by_seed[child] - by_seed[parent]
            deltas[child] = means[child] - means[parent], paired.std(ddof=1)
    nothing = (float("nan"), float("nan"))
    both = [deltas.get(key, nothing) for key in table.index]
    return table.assign(delta=[d for d, _ in both], delta_std=[s for _, s in both])


def beside_paper(
    table: pd.DataFrame, paper: pd.DataFrame, regime: str = "resnet50"
) -> pd.DataFrame:
    """Return the table with the paper's numbers for the same step beside its own.

    Adds `paper_regime`, `paper_top1`, `paper_std` and `paper_delta`. A row is compared
    with its own regime where the paper has it, else with `regime`; the added columns
    stay empty where the paper has no such step.
    """
    known = table["regime"].isin(paper["regime"])
    published = paper.rename(
        columns={
            "regime": "paper_regime",
            "top1_mean": "paper_top1",
            "top1_std": "paper_std",
            "delta": "paper_delta",
        }
    )[["paper_regime", "step", "paper_top1", "paper_std", "paper_delta"]]
    ours = table.assign(paper_regime=table["regime"].where(known, regime))
    return ours.merge(published, how="left", on=["paper_regime", "step"])


def with_sd(value: float, sd: float, form: str = ".2f") -> str:
    """Return `80.57 ± 0.14`, without the ± where the sd is unknown; empty for NaN."""
    if pd.isna(value):
        return ""
    return format(value, form) + ("" if pd.isna(sd) else f" ± {sd:.2f}")


def in_gflops(value: float) -> str:
    """Return `4.09`, three digits below one (`0.0312`); empty for NaN."""
    return with_sd(value, float("nan"), "#.3g" if value < 1 else ".2f")


def unfinished(row: Any) -> str:
    """Return what became of a table row's other runs: `1 diverged, 2 pending`."""
    counts = {word: int(getattr(row, word)) for word in UNFINISHED}
    return ", ".join(f"{count} {word}" for word, count in counts.items() if count)


def _cells(table: pd.DataFrame) -> pd.DataFrame:
    """Return what is printed, all of it text: a line a row of the table."""
    lines = []
    row: Any
    for row in table.itertuples():
        others = unfinished(row)
        line = {
            "regime": row.regime,
            "step": row.step,
            "change": row.label,
            "adopted": row.adopted,
            "top-1 (%)": with_sd(row.top1_mean, row.top1_std) if row.n else others,
            "n": f"{row.n} ({others})" if row.n and others else str(row.n),
            "Δ": with_sd(row.delta, row.delta_std, "+z.2f"),
            "vs": row.parent,
            "GFLOPs": in_gflops(row.gflops),
            "params (M)": with_sd(row.params / 1e6, float("nan"), ".2f"),
        }
        if "paper_top1" in table:
            line["paper (%)"] = with_sd(row.paper_top1, row.paper_std)
            line["paper Δ"] = with_sd(row.paper_delta, float("nan"), "+z.2f")
        lines.append(line)
    cells = pd.DataFrame(lines)
    if table["regime"].nunique() == 1:
        cells = cells.drop(columns="regime")
    return cells[[name for name in cells if any(cells[name])]]


def _note(table: pd.DataFrame) -> str:
    if "paper_regime" not in table:
        return NOTE
    regimes = ", ".join(table["paper_regime"].unique())
    return f"{NOTE} Paper: its {regimes} regime on ImageNet-1K (Tables 10 and 11)."


def to_markdown(table: pd.DataFrame) -> str:
    """Return the table in Markdown, as `table.md` has it, a note underneath.

    With the columns of `beside_paper`, the paper's accuracy and delta stand beside.
    """
    # Numbers are text by now: parsed again, 80.50 would print as 80.5.
    body = _cells(table).to_markdown(index=False, disable_numparse=True)
    return f"{body}\n\n{_note(table)}\n"


def to_terminal(table: pd.DataFrame) -> Table:
    """Return the columns that fit a terminal, a rule between the roadmap's sections."""
    cells = _cells(table).drop(columns=WIDE, errors="ignore")
    if "paper (%)" in cells:
        cells["paper (%)"] = cells["paper (%)"].str.split(" ±").str[0]
    grid = Table(box=SIMPLE, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    grid.caption, grid.caption_justify = _note(table), "left"
    for name in map(str, cells):
        grid.add_column(
            name.replace("paper ", "paper\n"),
            justify="left" if name in ("regime", "step") else "right",
            no_wrap=name in ("regime", "step", "top-1 (%)", "Δ"),
        )
    ends = table["section"].ne(table["section"].shift(-1))
    for line, end in zip(cells.itertuples(index=False), ends, strict=True):
        # Text, not str: rich would read a label's brackets as markup.
        broken = (Text(str(cell).replace(", ", ",\n")) for cell in line)
        grid.add_row(*broken, end_section=bool(end))
    return grid
