"""How a cheap study's fidelity to the paper grows with what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from roadmap.report.looks import COLOURS, INK, PALE
from roadmap.report.numbers.agreement import REGIMES, Agreement, yardstick
from roadmap.report.numbers.studies import Study
from roadmap.report.pictures.figures import COLUMN, STYLE, Look

AGAINST = "resnet50"


def fidelity(
    studies: Sequence[Study], every: Sequence[Sequence[Agreement]]
) -> pd.DataFrame:
    """Return a row a measured study and regime, the cheapest first: cost, agreement.

    ``every`` has the agreements of each study. ``cost`` is the forward multiply-adds of
    one run on average, / 1e12: GFLOPs x images trained on (images a second x seconds),
    which no machine's speed enters; the backward pass is about twice that again.
    ``seconds`` is what a run took where it ran. Agreement is with Table 10, over the
    changes.
    """
    rows = [
        _row(study, one)
        for study, some in zip(studies, every, strict=True)
        for one in some
        if study.results is not None and one.against == AGAINST
    ]
    return pd.DataFrame(rows).sort_values("cost", kind="stable", ignore_index=True)


def _row(study: Study, found: Agreement) -> dict[str, Any]:
    table, runs = (_of_regime(part, found) for part in study)
    row = {"study": found.study, "regime": found.regime}
    row |= _cost(runs[runs["status"] == "finished"])
    row |= {"seeds": int(table["n"].max()), "changes": found.changes}
    for name in ("signs", "tau", "rho"):
        value, low, high = getattr(found, name)
        row |= {name: value, f"{name}_low": low, f"{name}_high": high}
    return row


def _of_regime(rows: Any, found: Agreement) -> pd.DataFrame:
    return rows[(rows["study"] == found.study) & (rows["regime"] == found.regime)]


def _cost(runs: pd.DataFrame) -> dict[str, float]:
    names = ["gflops", "images_per_second", "train_seconds"]
    if not set(names) <= set(runs):
        return {"cost": np.nan, "seconds": np.nan}
    gflops, rate, seconds = (pd.to_numeric(runs[name]) for name in names)
    cost = float((gflops * rate * seconds).mean() / 1e3)
    return {"cost": cost, "seconds": float(seconds.mean())}


def draw(table: pd.DataFrame) -> Figure:
    """Return tau over the changes against cost, one point a study, with intervals.

    The dashed line is the yardstick, the paper's Table 11 with its Table 10. Raises
    ValueError if no study has a cost and an agreement.
    """
    known = table.dropna(subset=["cost", "tau"])
    if known.empty:
        raise ValueError("nothing to draw: no study has a cost and an agreement")
    with rc_context(STYLE):
        figure = Figure(figsize=(COLUMN, 2.3))
        axes = figure.add_axes((0.15, 0.14, 0.83, 0.83))
        _draw_yardstick(axes)
        reach = known["tau"] - known["tau_low"], known["tau_high"] - known["tau"]
        thin: Look = {"capsize": 2, "elinewidth": 0.8, "markersize": 4}
        style: Look = {"color": COLOURS["micro design"], "fmt": "o", "zorder": 3}
        spread = np.clip(np.stack(reach), 0, None)
        axes.errorbar(known["cost"], known["tau"], yerr=spread, **style, **thin)
        row: Any
        for row in known.itertuples():
            words = f"{row.study}\n{row.signs:.0f} of {row.changes} signs"
            at = np.nanmin([row.tau, row.tau_low]) - 0.05
            down: Look = {"rotation": 90, "ha": "center", "va": "top"}
            axes.text(row.cost, at, words, color=INK, fontsize=6, **down)
        axes.set(xscale="log", ylim=(-1, 1))
        axes.set_xlim(known["cost"].min() / 8, known["cost"].max() * 8)
        axes.xaxis.set_major_formatter("{x:g}")
        axes.xaxis.set_minor_formatter("")
        axes.set_xlabel("multiply-adds of a run, forward (1e12)", labelpad=2)
        axes.set_ylabel(f"Kendall's τ with {REGIMES[AGAINST]}, changes", labelpad=1)
    return figure


def _draw_yardstick(axes: Axes) -> None:
    value, low, high = yardstick().tau
    axes.axhspan(low, high, color=PALE, alpha=0.12, lw=0)
    axes.axhline(value, color=PALE, lw=0.8, ls=(0, (4, 2)))
    axes.axhline(0, color=PALE, lw=0.4)
    words = f"the paper with itself (Table 11 with Table 10): {value:.2f}"
    place: Look = {
        "xycoords": axes.get_yaxis_transform(),
        "textcoords": "offset points",
    }
    axes.annotate(words, (0.02, high), xytext=(0, 3), color=PALE, fontsize=6, **place)
