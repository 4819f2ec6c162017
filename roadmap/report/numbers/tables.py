"""From runs to a row a step: means, deviations, and the effect of each change.

Accuracies are top-1 in percent, differences in percentage points, GFLOPs multiply-adds
of convolutions and linear layers / 1e9. Every deviation is a sample's (ddof=1).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd

from roadmap.report.looks import UNFINISHED
from roadmap.report.numbers import statistics
from roadmap.report.numbers.statistics import ALPHA, Error

KEYS = ["study", "regime", "step"]
FINGERPRINTS = ["design", "recipe", "data", "code"]
"""Hashes in results.csv of what made a run's number; older files lack them."""
SHARED = ["data", "code"]
"""Those that a change leaves alone, so that a step and its parent must agree."""
MARKS = ["test", "within_noise", "differs"]
TEXT = [*KEYS, "label", "section", "adopted", "parent"]
COLUMNS = [
    *[*KEYS, "label", "section", "adopted", "n", "top1_mean", "top1_std"],
    *["gflops", "params", "parent", "delta", "delta_std", *UNFINISHED],
    *["top1_low", "top1_high", "delta_low", "delta_high", "p", "p_holm"],
    *["within_noise", "resolvable", "test", "differs"],
]


def tabulate(results: pd.DataFrame) -> pd.DataFrame:
    """Return a row a (study, regime, step), in order of first appearance.

    Only finished runs enter `n`, `top1_mean` and `top1_std`; the others are counted in
    `diverged`, `failed` and `pending` (interrupted runs are pending: they can resume).
    A step without a finished run keeps its row, its accuracy empty. So does one whose
    runs are not comparable: `differs` says what they do not share.

    `delta` is the change from the step in `parent`, empty where the study lacks it.
    Where the two steps share two seeds or more it is the mean of the differences seed
    by seed, `delta_std` their sd, and `test` says `paired`; else it is the difference
    of the means, and tested by `Welch`, if at all. For the rest see `judge`.
    """
    runs = _runs(results)
    groups = runs.groupby(KEYS, sort=False)
    # `first` skips what is empty: a failed run does not know its network's size.
    table = groups[
        ["label", "section", "adopted", "gflops", "params", "parent"]
    ].first()
    table["n"] = groups["top1"].count()
    table["top1_mean"] = groups["top1"].mean()
    table["top1_std"] = groups["top1"].std(ddof=1)
    table = table.join(groups[list(UNFINISHED)].sum())
    prints = _fingerprints(runs)
    table["differs"] = _differing(prints.groupby(KEYS, sort=False).nunique() > 1)
    alike = table["differs"] == ""
    accuracy = ["top1_mean", "top1_std"]
    table[accuracy] = table[accuracy].where(alike, axis=0)
    table = _beside_parent(table.join(_paired(table, runs)), prints)
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


def parent_rows(table: pd.DataFrame) -> np.ndarray:
    """Return the place of each row's parent in the table, -1 where it has none."""
    rows = table.reset_index()
    keys = zip(*(rows[key] for key in KEYS), strict=True)
    place: dict[Hashable, int] = {key: row for row, key in enumerate(keys)}
    parents = zip(*(rows[key] for key in [*KEYS[:2], "parent"]), strict=True)
    return np.array([place.get(key, -1) for key in parents])


def _paired(table: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """Return the differences seed by seed from each parent: count, mean and sd."""
    seeds = runs.groupby([*KEYS, "seed"])["top1"].mean().unstack("seed")
    alike = (table["differs"] == "").to_numpy()[:, None]
    top1 = np.where(alike, seeds.reindex(table.index).to_numpy(), np.nan)
    parents = parent_rows(table)
    differences = np.where(parents[:, None] >= 0, top1 - top1[parents], np.nan)
    by_step = pd.DataFrame(differences, index=table.index)
    pairs, mean, sd = by_step.count(axis=1), by_step.mean(axis=1), by_step.std(axis=1)
    enough = pairs >= 2
    return pd.DataFrame(
        {"pairs": pairs, "delta": mean.where(enough), "delta_std": sd.where(enough)}
    )


def _beside_parent(table: pd.DataFrame, prints: pd.DataFrame) -> pd.DataFrame:
    """Mark steps whose data or code differ from their parent's: they have no change."""
    parents = parent_rows(table)
    shared = [name for name in SHARED if name in prints]
    own = prints[shared].groupby(KEYS, sort=False).first()
    other = own.iloc[parents].set_axis(own.index)
    unlike = own.ne(other) & own.notna() & other.notna() & (parents >= 0)[:, None]
    # A difference among a step's own runs comes first: then it has no mean to compare.
    words = [
        differs or (f"{names} from {parent}'s" if names else "")
        for differs, names, parent in zip(
            table["differs"], _differing(unlike), table["parent"], strict=True
        )
    ]
    return table.assign(differs=words, comparable=~unlike.any(axis=1))


def from_summaries(published: pd.DataFrame) -> pd.DataFrame:
    """Return a published table (means, sds, n) with its changes judged by Welch.

    No single seeds are known, so no change is paired and `delta_std` is empty.
    """
    return judge(
        published.assign(pairs=0, delta_std=np.nan, comparable=True, differs="")
    )


def judge(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table's columns, the change of each step judged against noise.

    Adds the 95 % t intervals `top1_low`, `top1_high` and `delta_low`, `delta_high`; the
    two-sided `p` of the change, and `p_holm`, adjusted for all changes that the study
    tests in the regime; `within_noise`, `yes` where `p_holm` is not below 0.05;
    `resolvable`, the smallest change that so many seeds find with power 0.8.
    """
    delta, error, by_seed = _changes(table)
    p = pd.Series(statistics.p_value(delta, error), table.index)
    holm = p.groupby([table["study"], table["regime"]]).transform(statistics.holm)
    mean = statistics.error_of(table["top1_std"], table["n"])
    top1_low, top1_high = statistics.interval(table["top1_mean"], mean)
    delta_low, delta_high = statistics.interval(delta, error)
    return table.assign(
        delta=delta,
        delta_std=table["delta_std"].where(by_seed),
        top1_low=top1_low,
        top1_high=top1_high,
        delta_low=delta_low,
        delta_high=delta_high,
        p=p,
        p_holm=holm,
        within_noise=np.select([holm.isna(), holm < ALPHA], ["", "no"], "yes"),
        resolvable=statistics.resolvable(error),
        test=np.select([p.isna(), by_seed], ["", "paired"], "Welch"),
    )[COLUMNS]


def _changes(table: pd.DataFrame) -> tuple[np.ndarray, Error, np.ndarray]:
    """Return each change, its error, and whether its seeds are paired."""
    parents = parent_rows(table)
    known = table["comparable"].to_numpy(bool) & (parents >= 0)
    own = table[["top1_mean", "top1_std", "n"]].to_numpy(float)
    other = np.where(known[:, None], own[parents], np.nan)
    by_seed = known & (table["pairs"] >= 2).to_numpy()
    delta = np.where(by_seed, table["delta"], own[:, 0] - other[:, 0])
    paired = statistics.error_of(table["delta_std"], table["pairs"])
    unpaired = statistics.welch(own[:, 1], own[:, 2], other[:, 1], other[:, 2])
    se = np.where(by_seed, paired.se, unpaired.se)
    return delta, Error(se, np.where(by_seed, paired.df, unpaired.df)), by_seed


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


def seeds_needed(table: pd.DataFrame, resolution: float) -> pd.DataFrame:
    """Return how many seeds a change of `resolution` points takes, a row a change.

    Columns: study, regime, step, n, resolvable (with the seeds there are), seeds (inf
    beyond a million). Only changes whose noise is known; the sd of few seeds is itself
    a rough guess, see `statistics.sd_factors`. Raises ValueError for no number above 0.
    """
    parents = parent_rows(table)
    own = table["top1_std"].to_numpy(float) ** 2
    other = np.where(parents >= 0, own[parents], np.nan)
    paired = (table["test"] == "paired").to_numpy()
    sd = np.where(paired, table["delta_std"], np.sqrt(own + other))
    with np.errstate(invalid="ignore"):  # 0 / 0, of an sd that is unknown
        df = np.where(paired, 1, (own + other) ** 2 / (own**2 + other**2))
    seeds = [
        statistics.seeds_for(s, resolution, d) for s, d in zip(sd, df, strict=True)
    ]
    answer = table[[*KEYS, "n", "resolvable"]].assign(seeds=seeds)
    return answer[answer["resolvable"].notna()].reset_index(drop=True)
