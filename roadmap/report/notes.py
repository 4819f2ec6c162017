"""The notes under a table: what its numbers mean, and what its seeds can resolve."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from roadmap.report import formats
from roadmap.report.looks import NEARLY, NOISE

if TYPE_CHECKING:
    import pandas as pd

NOTE = (
    "Top-1: mean ± sd over the n seeds that finished (ddof=1). Δ: percentage points "
    "against the step it changes ± half of its 95 % interval, over seeds, on this test "
    "set. "
    "GFLOPs: multiply-adds of convolutions and linear layers / 1e9."
)
TESTS = {
    "moderated": "moderated t test",
    "moderated, paired": "moderated t test, paired by seed",
    "Welch": "Welch's t test",
}


def note(table: pd.DataFrame) -> str:
    """Return what the table's numbers mean, and what its seeds can resolve."""
    words = [
        NOTE,
        _baseline(table),
        _noise(table, "changes of a regime"),
        _images(table),
        *_differences(table),
    ]
    if "paper_regime" in table:
        regimes = ", ".join(table["paper_regime"].dropna().unique())
        words.append(f"Paper: its {regimes} regime on ImageNet-1K (Tables 10 and 11).")
    return " ".join(word for word in words if word)


def note_between(rows: pd.DataFrame) -> str:
    """Return what the numbers of a table of differences mean."""
    first, other = rows["first"].iloc[0], rows["other"].iloc[0]
    meaning = (
        f"Δ: {other} less {first}, in percentage points, ± half of its 95 % interval, "
        "over seeds, on this test set."
    )
    return " ".join(filter(None, [meaning, _noise(rows, "shared steps")]))


def _baseline(table: pd.DataFrame) -> str:
    """Return which changes are measured from the baseline, and why."""
    apart = table[(table["against"] != "") & (table["against"] != table["parent"])]
    lines = [
        f"Δ of {', '.join(part['step'].unique())}: against {base}, the baseline, as "
        "the table has no step that they change."
        for base, part in apart.groupby("against", sort=False)
    ]
    return " ".join(lines)


def _noise(table: pd.DataFrame, family: str) -> str:
    """Return which changes are within noise, by Holm over the family."""
    judged = table[table["within_noise"] != ""]
    if judged.empty:
        return ""
    used = " or ".join(word for name, word in TESTS.items() if name in set(judged.test))
    marks = [formats.noise_mark(row) for row in formats.rows(judged)]
    ends = judged["resolvable"].agg(["min", "max"]).map("{:.2f}".format)
    nearly = (
        f" {NEARLY}: the interval excludes 0, but not after Holm's correction: "
        f"{marks.count(NEARLY)} of them."
    )
    return (
        f"{NOISE}: within noise ({used}, p ≥ 0.05 by Holm over the {family}): "
        f"{len([mark for mark in marks if mark])} of {len(judged)}."
        f"{nearly if NEARLY in marks else ''} So many seeds resolve, with power 0.8, "
        f"changes of {' to '.join(ends.unique())} points by step."
    )


def _images(table: pd.DataFrame) -> str:
    """Return how far another test set would move the table's numbers at most."""
    if "delta_images_low" not in table or table["delta_images_low"].isna().all():
        return ""
    change, level = (
        ((table[f"{name}_images_high"] - table[f"{name}_images_low"]) / 2).max()
        for name in ("delta", "top1")
    )
    return (
        f"Another test set of this size from the same source would move a Δ by up to "
        f"±{change:.2f} points and an accuracy by up to ±{level:.2f} (95 %, bootstrap "
        "over images; table.csv has each interval)."
    )


def _differences(table: pd.DataFrame) -> Iterator[str]:
    """Yield a line for each row whose runs finished without a mean or a change."""
    unused = ~table["step"].isin(table["against"])
    alone = table[unused & (table["against"] == "") & (table["parent"] != "")]
    for row in formats.rows(alone):
        yield f"{row['step']}: no change, for {row['parent']} is not in the table."
    for row in formats.rows(table[table["differs"] != ""]):
        missing = "no change" if formats.is_known(row["top1_mean"]) else "no mean"
        yield f"{row['step']}: {missing}, for its runs differ in {row['differs']}."
