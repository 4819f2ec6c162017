"""Draw results.csv: how far each candidate agrees with Table 10, and what a run costs.

python experiments/proxy_search/figure.py
"""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

HERE = Path(__file__).parent
ALL = 18
"""Steps of a finalist; a screening has fewer."""
PANELS = {
    "last_above_resnet": "last step − resnet, points (Table 10: +3.2)",
    "tau_changes": "Kendall's τ of the changes with Table 10",
}


def costs(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with seconds a run, and with the last step's lead over resnet."""
    first, last = rows["seeds"].str.split("-", expand=True).astype(int).to_numpy().T
    seconds = rows["minutes"] * 60 / rows["steps"] / (last - first + 1)
    return rows.assign(
        seconds=seconds, last_above_resnet=rows["last"] - rows["resnet"]
    ).dropna(subset=["last_above_resnet"])


def draw(rows: pd.DataFrame) -> plt.Figure:
    """Return a panel for each measure; finalists are filled, screenings are not."""
    figure, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
    for axis, (column, label) in zip(axes, PANELS.items(), strict=True):
        for row in rows.itertuples():
            final = row.steps == ALL
            value = getattr(row, column)
            face = "C0" if final else "none"
            axis.scatter(row.seconds, value, s=28, facecolors=face, edgecolors="C0")
            if axis is axes[1] and not final:
                continue  # many screenings have the same few values of tau
            axis.annotate(
                row.candidate,
                (row.seconds, value),
                xytext=(4, 2),
                textcoords="offset points",
                fontsize=8 if final else 5,
            )
        axis.axhline(0, color="0.7", lw=0.8, zorder=0)
        axis.set(xscale="log", xlabel="seconds a run, one core", ylabel=label)
        ticks = [20, 30, 50, 100, 200]
        axis.set_xticks(ticks, [str(t) for t in ticks])
        axis.set_xticks([], minor=True)
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].set_yscale("symlog", linthresh=5)
    axes[0].set_yticks([-20, -10, -5, -2, 0, 2], ["-20", "-10", "-5", "-2", "0", "+2"])
    figure.suptitle(
        "Candidates for the default study, on validation data. "
        "Filled: all 18 steps, three seeds; others: some steps, one seed.",
        fontsize=8,
    )
    return figure


def main() -> None:
    """Write fidelity.png and fidelity.svg beside results.csv."""
    mpl.rcParams["svg.hashsalt"] = "proxy_search"  # the same file from the same rows
    rows = costs(pd.read_csv(HERE / "results.csv"))
    known = rows[np.isfinite(rows["tau_changes"]) & (rows["lowest"] > 20)]
    figure = draw(known)
    for kind in ("png", "svg"):
        metadata = {"Date": None} if kind == "svg" else None
        figure.savefig(HERE / f"fidelity.{kind}", dpi=160, metadata=metadata)


if __name__ == "__main__":
    main()
