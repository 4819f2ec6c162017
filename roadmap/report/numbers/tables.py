"""From runs to a row a step: means, deviations, and the effect of each change.

Accuracies are top-1 in percent, differences in percentage points, GFLOPs multiply-adds
of convolutions and linear layers / 1e9. Every deviation is a sample's (ddof=1).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from roadmap.report.looks import UNFINISHED
from roadmap.report.numbers.changes import judge
from roadmap.report.numbers.columns import (
    FINGERPRINTS,
    KEYS,
    TEXT,
    against_rows,
    regime_rows,
    with_against,
)
from roadmap.report.numbers.moderated import noise_of

SHARED = ["data", "code"]
"""Fingerprints in which the two steps of a change must agree."""


def tabulate(results: pd.DataFrame, baseline: str | None = None) -> pd.DataFrame:
    """Return a row a (study, regime, step), in order of first appearance.

    Only finished runs enter `n`, `top1_mean` and `top1_std`; the others are counted in
    `diverged`, `failed` and `pending` (interrupted runs are pending: they can resume).
    A step without a finished run keeps its row, its accuracy empty. So does one whose
    runs are not comparable: `differs` says what they do not share.

    `delta` is the change from the step in `against`, a difference of means over seeds:
    from the step's parent where the study has it, else from `baseline`, see
    `columns.with_against`. `delta_std` is the sd of the differences seed by seed, over
    two shared seeds or more; no test needs it. For the rest see `changes.judge`.

    Raises:
        ValueError: one line, if the study lacks the baseline.
    """
    runs = _runs(results)
    groups = runs.groupby(KEYS, sort=False)
    # `first` skips what is empty: a failed run does not know its network's size.
    table = groups[
        ["label", "section", "adopted", "gflops", "params", "parent"]
    ].first()
    table = with_against(table, baseline)
    table["n"] = groups["top1"].count()
    table["top1_mean"] = groups["top1"].mean()
    table["top1_std"] = groups["top1"].std(ddof=1)
    table = table.join(groups[list(UNFINISHED)].sum())
    prints = _fingerprints(runs)
    table["differs"] = _differing(prints.groupby(KEYS, sort=False).nunique() > 1)
    alike = table["differs"] == ""
    accuracy = ["top1_mean", "top1_std"]
    table[accuracy] = table[accuracy].where(alike, axis=0)
    table = _comparable(_noise(table, runs), prints)
    return judge(table.reset_index())


def _runs(results: pd.DataFrame) -> pd.DataFrame:
    numbers = {
        name: pd.to_numeric(results[name], errors="coerce")
        for name in ("top1", "gflops", "params")
    }
    counts = {word: results["status"].isin(which) for word, which in UNFINISHED.items()}
    runs = results.assign(**numbers, **counts).fillna(dict.fromkeys(TEXT, ""))
    runs["top1"] = runs["top1"].where(runs["status"] == "finished")
    return runs


def _fingerprints(runs: pd.DataFrame) -> pd.DataFrame:
    """Return what is known to have made each finished run's number, by step.

    A run that was resumed by other code, ``old+new``, has a row for each.
    """
    names = [name for name in FINGERPRINTS if name in runs]
    prints = runs.set_index(KEYS)[names]
    known = (prints != "") & runs[["top1"]].notna().to_numpy()
    prints = prints.where(known)
    if "code" not in prints:
        return prints
    return prints.assign(code=prints["code"].str.split("+")).explode("code")


def _differing(flags: pd.DataFrame) -> list[str]:
    names = np.array(flags.columns, dtype=object)
    return [", ".join(names[line]) for line in flags.to_numpy(bool)]


def _noise(table: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """Return the table with what changes and their tests are made of, see `judge`.

    `delta_std` is the sd of the differences seed by seed from the step in `against`.
    """
    seeds = runs.groupby([*KEYS, "seed"])["top1"].mean().unstack("seed")
    alike = (table["differs"] == "").to_numpy()[:, None]
    top1 = np.where(alike, seeds.reindex(table.index).to_numpy(), np.nan)
    level, std = table[["top1_mean", "top1_std"]].to_numpy(float, copy=True).T
    paired = np.zeros(len(table), bool)
    for rows in regime_rows(table):
        usable = rows[np.isfinite(top1[rows]).sum(1) > 1]
        if len(usable):
            noise = noise_of(top1[usable])
            level[usable], std[usable] = noise.mean, np.sqrt(noise.variance)
            paired[rows] = noise.paired
    others = against_rows(table)
    differences = np.where(others[:, None] >= 0, top1 - top1[others], np.nan)
    delta_std = pd.DataFrame(differences, index=table.index).std(axis=1)
    return table.assign(level=level, noise_std=std, paired=paired, delta_std=delta_std)


def _comparable(table: pd.DataFrame, prints: pd.DataFrame) -> pd.DataFrame:
    """Mark steps whose data or code differ from the other step's: without a change."""
    others = against_rows(table)
    shared = [name for name in SHARED if name in prints]
    own = prints[shared].groupby(KEYS, sort=False).first()
    other = own.iloc[others].set_axis(own.index)
    unlike = own.ne(other) & own.notna() & other.notna() & (others >= 0)[:, None]
    # A difference among a step's own runs comes first: then it has no mean to compare.
    words = [
        differs or (f"{names} from {against}'s" if names else "")
        for differs, names, against in zip(
            table["differs"], _differing(unlike), table["against"], strict=True
        )
    ]
    return table.assign(differs=words, comparable=~unlike.any(axis=1))


def merge_rows(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the union of the tables' steps, in order: label and section, by step.

    A step that only a later table has stands where that table has it.
    """
    steps: list[str] = []
    for table in tables:
        place = 0
        for step in table["step"].unique():
            if step not in steps:
                steps.insert(place, step)
            place = steps.index(step) + 1
    first = pd.concat(list(tables)).drop_duplicates("step").set_index("step")
    return first.loc[steps, ["label", "section"]]


def beside_paper(
    table: pd.DataFrame, paper: pd.DataFrame, regime: str = "resnet50"
) -> pd.DataFrame:
    """Return the table with the paper's numbers for the same step beside its own.

    Adds `paper_regime`, `paper_top1`, `paper_std` and `paper_delta`, the paper's change
    between the same two steps. A row is compared with its own regime where the paper
    has it, else with `regime`; the added columns stay empty where the paper has no such
    step.
    """
    known = table["regime"].isin(paper["regime"])
    published = paper.set_index(["regime", "step"])[["top1_mean", "top1_std"]]
    ours = table.assign(paper_regime=table["regime"].where(known, regime))
    own, other = (
        published.reindex(pd.MultiIndex.from_frame(ours[["paper_regime", step]]))
        for step in ("step", "against")
    )
    return ours.assign(
        paper_top1=own["top1_mean"].to_numpy(),
        paper_std=own["top1_std"].to_numpy(),
        paper_delta=own["top1_mean"].to_numpy() - other["top1_mean"].to_numpy(),
    )
