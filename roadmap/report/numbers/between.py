"""The difference between two studies, for every step that both have."""

from __future__ import annotations

import pandas as pd

from roadmap.report.numbers.columns import FINGERPRINTS, KEYS
from roadmap.report.numbers.studies import Study
from roadmap.report.numbers.tables import tabulate

JUDGED = ["delta", "delta_low", "delta_high", "df", "p", "p_holm", "within_noise"]
JUDGED += ["resolvable", "test"]
COLUMNS = ["first", "other", *KEYS[1:], "label", "section", "n_first", "first_top1"]
COLUMNS += ["n_other", "other_top1", *JUDGED]
"""The columns of ``differences.csv``, in order."""
FIRST = "first: "
"""Before the name of a step, while it stands for the step of the first study."""


def differences(first: Study, other: Study) -> pd.DataFrame:
    """Return a row a shared step: the other study's mean less the first's, judged.

    The model is that of `changes.judge`, with all shared steps of both studies as its
    regime: their variances make one prior, and Holm's correction is over the shared
    steps. A step whose runs in one study do not compare with each other is left out.
    Steps are shared by name, and by regime where a study has several. Empty where a
    study has no runs.
    """
    if first.results is None or other.results is None:
        return pd.DataFrame(columns=COLUMNS)
    alone = all(study.table["regime"].nunique() == 1 for study in (first, other))
    regime = first.table["regime"].iloc[0] if alone else None
    sides = [_alike(study, regime) for study in (first, other)]
    keys = [pd.MultiIndex.from_frame(side[KEYS[1:]]) for side in sides]
    ours, theirs = (
        side[own.isin(shared)]
        for side, own, shared in zip(sides, keys, reversed(keys), strict=True)
    )
    if ours.empty:
        return pd.DataFrame(columns=COLUMNS)
    runs = [
        ours.assign(study="", step=FIRST + ours["step"], parent=""),
        theirs.assign(study="", parent=FIRST + theirs["step"]),
    ]
    table = tabulate(pd.concat(runs, ignore_index=True), baseline="")
    return _beside(table).assign(
        first=first.table["study"].iloc[0], other=other.table["study"].iloc[0]
    )[COLUMNS]


def _alike(study: Study, regime: str | None) -> pd.DataFrame:
    """Return the runs of the steps that have a mean, without their fingerprints."""
    table = study.table[study.table["top1_mean"].notna()]
    known = pd.MultiIndex.from_frame(table[KEYS])
    runs = study.results
    assert runs is not None
    runs = runs[pd.MultiIndex.from_frame(runs[KEYS]).isin(known)]
    runs = runs.drop(columns=FINGERPRINTS, errors="ignore")
    return runs if regime is None else runs.assign(regime=regime)


def _beside(table: pd.DataFrame) -> pd.DataFrame:
    """Return the other study's rows with the first's means beside them."""
    means = table[["regime", "step", "n", "top1_mean"]]
    means = means.rename(columns={"n": "n_first", "top1_mean": "first_top1"})
    rows = table[table["against"] != ""]
    rows = rows.rename(columns={"n": "n_other", "top1_mean": "other_top1"})
    return rows.merge(
        means.rename(columns={"step": "against"}), how="left", on=["regime", "against"]
    )
