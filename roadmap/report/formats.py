"""Numbers and rows of a study's table as the strings that are shown, everywhere alike.

A row is a mapping with the columns of ``table.csv``; a number that is unknown is NaN
or None, and its string is empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from roadmap.report.looks import NEARLY, NOISE, STATUS, UNFINISHED

if TYPE_CHECKING:
    import pandas as pd

Row = Mapping[str, Any]
Number = float | None


def rows(table: pd.DataFrame) -> list[Row]:
    """Return a table's rows."""
    records: Any = table.to_dict("records")
    return records


def by_study(effects: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Return the rows of each study's worths, by its method; its name where two share.

    ``effects`` has the columns of ``effects.csv``.
    """
    studies = effects.groupby("method")["study"].nunique().to_dict()
    return [
        (f"{method} ({study})" if studies[method] > 1 else str(method), part)
        for (study, method), part in effects.groupby(["study", "method"], sort=False)
    ]


def is_known(value: object) -> bool:
    """Return whether a cell holds a value: it is neither None nor NaN."""
    return value is not None and value == value


def with_sd(value: Number, sd: Number = None, form: str = ".2f") -> str:
    """Return ``80.57 ± 0.14``, without the ± where the sd is unknown.

    ``sd`` may be another half width, as that of an interval.
    """
    if not is_known(value):
        return ""
    return format(value, form) + (f" ± {sd:.2f}" if is_known(sd) else "")


def in_gflops(value: Number) -> str:
    """Return ``4.09``, and three digits below one: ``0.0312``; also for MFLOPs."""
    return with_sd(value, form="#.3g" if value is not None and value < 1 else ".2f")


def cost_unit(gflops: pd.Series) -> tuple[str, float]:
    """Return the unit to show a column of GFLOPs in, and what to multiply it by."""
    most = gflops.max()
    return ("MFLOPs", 1e3) if most == most and most < 0.1 else ("GFLOPs", 1.0)


def in_millions(count: Number) -> str:
    """Return ``28.59`` for 28,589,128."""
    return with_sd(count / 1e6) if count is not None else ""


def p_value(p: Number) -> str:
    """Return ``0.012``, or ``<0.001``."""
    if p is None or not is_known(p):
        return ""
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def interval(low: Number, high: Number, form: str = ".2f") -> str:
    """Return ``80.22 to 80.92``."""
    return f"{low:{form}} to {high:{form}}" if is_known(low) else ""


def change(row: Row) -> str:
    """Return a row's change, ± half its 95 % interval, and the mark of noise."""
    return f"{points(row)} {noise_mark(row)}".rstrip()


def points(row: Row) -> str:
    """Return a row's change ± half its 95 % interval: ``+0.54 ± 0.17``."""
    half = row["delta_high"] - row["delta"] if is_known(row["delta_high"]) else None
    return with_sd(row["delta"], half, "+z.2f")


def noise_mark(row: Row) -> str:
    """Return ``≈`` for a change within noise, ``(≈)`` if its interval excludes 0."""
    if row["within_noise"] != "yes":
        return ""
    return NEARLY if row["delta_low"] > 0 or row["delta_high"] < 0 else NOISE


def unfinished(row: Row) -> str:
    """Return how many runs of a row have no result: ``1 diverged, 2 pending``."""
    counts = {word: int(row[word]) for word in UNFINISHED if is_known(row[word])}
    return ", ".join(f"{count} {word}" for word, count in counts.items() if count)


def why_empty(row: Row) -> str:
    """Return why a row has no accuracy: no run finished, or they do not compare."""
    if row["n"] and row["differs"]:
        return f"runs differ in {row['differs']}"
    return unfinished(row) or "no run"


def arrows(label: str) -> str:
    """Return a step's label with real arrows: ``ReLU → GELU``."""
    return label.replace("->", "→")


def cells(row: Row) -> dict[str, str]:
    """Return a row as strings: what a table, a page or a tooltip shows of a step.

    ``top1`` says why there is none where there is none; ``n`` counts the finished seeds
    and ``others`` the other runs; a key that ends in ``_95`` is a 95 % interval;
    ``resolvable`` is in percentage points, ``params`` in millions.
    """
    return {
        "step": row["step"],
        "label": arrows(row["label"]),
        "status": STATUS.get(row["adopted"], row["adopted"]),
        "parent": row["parent"],
        "against": row["against"],
        "top1": with_sd(row["top1_mean"], row["top1_std"]) or why_empty(row),
        "top1_95": interval(row["top1_low"], row["top1_high"]),
        "n": str(row["n"]),
        "others": unfinished(row),
        "delta": change(row),
        "delta_95": interval(row["delta_low"], row["delta_high"], "+.2f"),
        "p": p_value(row["p"]),
        "p_holm": p_value(row["p_holm"]),
        "within_noise": row["within_noise"],
        "resolvable": with_sd(row["resolvable"]),
        "test": row["test"],
        "differs": row["differs"],
        "gflops": in_gflops(row["gflops"]),
        "params": in_millions(row["params"]),
    }
