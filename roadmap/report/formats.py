"""A study's table as text: CSV, Markdown, LaTeX (booktabs), and on the terminal."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import pandas as pd
from rich.box import SIMPLE
from rich.table import Table
from rich.text import Text

from roadmap.report.numbers.tables import UNFINISHED, parent_rows

WIDE = ["change", "adopted", "vs", "95 %", "p (Holm)", "params (M)"]
"""Columns that a terminal of 80 columns has no room for."""
NOISE = "≈"
NOTE = (
    "Top-1: mean ± sd over the n seeds that finished (ddof=1). Δ: percentage points "
    "against the step it changes; its ± is the sd of the differences seed by seed. "
    "GFLOPs: multiply-adds of convolutions and linear layers / 1e9."
)
OFF_PATH = {"no": " †", "waypoint": " ‡"}
OFF_PATH_NOTE = "†: tried, not adopted. ‡: a waypoint, passed but not kept."
LATEX_SIZE = "\\scriptsize\\setlength{\\tabcolsep}{2.5pt}\n\\begin{tabular}"
LATEX = {
    "†": r"$\dagger$",
    "‡": r"$\ddagger$",
    "±": r"$\pm$",
    "Δ": r"$\Delta$",
    "<": "$<$",
    "→": r"$\to$",
    NOISE: r"$\approx$",
    "≥": r"$\geq$",
    "−": "$-$",
}


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


def why_empty(row: Any) -> str:
    """Return why a table row has no accuracy: runs to come, or none that compare."""
    return f"runs differ in {row.differs}" if row.n else unfinished(row)


def change(row: Any) -> str:
    """Return a row's change, its sd, and `≈` where it is within noise."""
    words = with_sd(row.delta, row.delta_std, "+z.2f")
    return f"{words} {NOISE}" if row.within_noise == "yes" else words


def _interval(low: float, high: float) -> str:
    return "" if pd.isna(low) else f"{low:+.2f} to {high:+.2f}"


def _p(p: float) -> str:
    return "" if pd.isna(p) else "<0.001" if p < 0.001 else f"{p:.3f}"


def _cells(table: pd.DataFrame) -> pd.DataFrame:
    """Return what is printed, all of it text: a line a row of the table."""
    lines = []
    row: Any
    for row in table.itertuples():
        others = unfinished(row)
        line = {
            "study": row.study,
            "regime": row.regime,
            "step": row.step,
            "change": row.label,
            "adopted": row.adopted,
            "top-1 (%)": with_sd(row.top1_mean, row.top1_std) or why_empty(row),
            "n": f"{row.n} ({others})" if row.n and others else str(row.n),
            "Δ": change(row),
            "95 %": _interval(row.delta_low, row.delta_high),
            "p (Holm)": _p(row.p_holm),
            "vs": row.parent,
            "GFLOPs": in_gflops(row.gflops),
            "params (M)": with_sd(row.params / 1e6, float("nan"), ".2f"),
        }
        if "paper_top1" in table:
            line["paper (%)"] = with_sd(row.paper_top1, row.paper_std)
            line["paper Δ"] = with_sd(row.paper_delta, float("nan"), "+z.2f")
        lines.append(line)
    cells = pd.DataFrame(lines)
    same = [name for name in ("study", "regime") if table[name].nunique() == 1]
    cells = cells.drop(columns=same)
    return cells[[name for name in cells if any(cells[name])]]


def note(table: pd.DataFrame) -> str:
    """Return what the table's numbers mean, and what its seeds can tell."""
    words = [NOTE, _noise(table), *_differences(table)]
    if "paper_regime" in table:
        regimes = ", ".join(table["paper_regime"].dropna().unique())
        words.append(f"Paper: its {regimes} regime on ImageNet-1K (Tables 10 and 11).")
    return " ".join(word for word in words if word)


def _noise(table: pd.DataFrame) -> str:
    judged = table[table["within_noise"] != ""]
    if judged.empty:
        return ""
    tests = {"paired": "t test paired by seed", "Welch": "Welch's t test"}
    used = " or ".join(word for name, word in tests.items() if name in set(judged.test))
    within = int((judged["within_noise"] == "yes").sum())
    ends = judged["resolvable"].agg(["min", "max"]).map("{:.2f}".format)
    return (
        f"{NOISE}: within noise ({used}, p ≥ 0.05 by Holm over the changes of a "
        f"regime): {within} of {len(judged)}. So many seeds resolve, with power 0.8, "
        f"changes of {' to '.join(ends.unique())} points by step."
    )


def _differences(table: pd.DataFrame) -> Iterable[str]:
    """Yield a line a row that has no mean or no change although its runs finished."""
    row: Any
    for row in table[(parent_rows(table) < 0) & (table["parent"] != "")].itertuples():
        yield f"{row.step}: no change, for {row.parent} is not in the table."
    for row in table[table["differs"] != ""].itertuples():
        missing = "no mean" if pd.isna(row.top1_mean) else "no change"
        yield f"{row.step}: {missing}, for its runs differ in {row.differs}."


def to_csv(table: pd.DataFrame) -> str:
    """Return a table as `table.csv` has it, numbers to ten significant digits."""
    return table.to_csv(index=False, float_format="%.10g", lineterminator="\n")


def to_markdown(table: pd.DataFrame, *lines: str) -> str:
    """Return the table in Markdown, as `table.md` has it, notes underneath.

    With the columns of `beside_paper`, the paper's accuracy and delta stand beside.
    """
    # Numbers are text by now: parsed again, 80.50 would print as 80.5.
    body = _cells(table).to_markdown(index=False, disable_numparse=True)
    return "\n\n".join([body, note(table), *lines]) + "\n"


def to_latex(table: pd.DataFrame) -> str:
    r"""Return the table in LaTeX, as `table.tex` has it, for `\input` (booktabs).

    It fits a page of two columns, 6.875 inches.
    """
    cells = _cells(table)
    marks = table["adopted"].map(OFF_PATH).fillna("")
    cells["change"] += marks.to_numpy()
    cells = cells.drop(columns=["step", "adopted", "vs"], errors="ignore")
    words = sum(name in cells for name in ("study", "regime", "change"))
    text = cells.to_latex(
        index=False,
        escape=True,
        column_format="l" * words + "r" * (cells.shape[1] - words),
        caption=latex_escaped(f"{note(table)} {OFF_PATH_NOTE}"),
        label=f"tab:{table['study'].iloc[0]}",
        position="t",
    )
    head, body = _in_math(text).split("\\midrule\n")
    ends = table["section"].ne(table["section"].shift(-1)).tolist()
    rows = body.split("\n")
    for at in range(len(ends) - 2, -1, -1):
        if ends[at]:
            rows.insert(at + 1, r"\addlinespace")
    head = "% needs \\usepackage{booktabs}\n" + head.replace(
        r"\begin{table}", r"\begin{table*}"
    ).replace(r"\begin{tabular}", LATEX_SIZE)
    tail = "\n".join(rows).replace(r"\end{table}", r"\end{table*}")
    return f"{head}\\midrule\n{tail}"


def latex_escaped(text: str) -> str:
    """Return plain text with what LaTeX would read as commands escaped."""
    return re.sub(r"([%&_#$])", r"\\\1", text)


def _in_math(text: str) -> str:
    # A minus, not a hyphen, before a number.
    text = re.sub(r"(?<![\w-])-(?=\d)", "−", text.replace("->", "→"))
    return "".join(LATEX.get(character, character) for character in text)


def to_terminal(table: pd.DataFrame) -> Table:
    """Return the columns that fit a terminal, a rule between the roadmap's sections."""
    cells = _cells(table).drop(columns=WIDE, errors="ignore")
    if "paper (%)" in cells:
        cells["paper (%)"] = cells["paper (%)"].str.split(" ±").str[0]
    grid = Table(box=SIMPLE, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    grid.caption, grid.caption_justify = note(table), "left"
    for name in map(str, cells):
        grid.add_column(
            name.replace("paper ", "paper\n"),
            justify="left" if name in ("regime", "step") else "right",
            no_wrap=name in ("regime", "step", "Δ"),
        )
    ends = table["section"].ne(table["section"].shift(-1))
    for line, end in zip(cells.itertuples(index=False), ends, strict=True):
        # Text, not str: rich would read a label's brackets as markup.
        broken = (Text(str(cell).replace(", ", ",\n")) for cell in line)
        grid.add_row(*broken, end_section=bool(end))
    return grid
