"""A study's table as text: CSV, Markdown, LaTeX (booktabs)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from roadmap.report import formats
from roadmap.report.looks import NOISE
from roadmap.report.notes import note

if TYPE_CHECKING:
    import pandas as pd

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


def columns(table: pd.DataFrame) -> dict[str, list[str]]:
    """Return what the table shows by heading, a string a row; without empty columns.

    The study and the regime are left out where all rows share them.
    """
    lines = [_line(row) for row in formats.rows(table)]
    same = {name for name in ("study", "regime") if table[name].nunique() == 1}
    by_name = {name: [line[name] for line in lines] for name in lines[0]}
    return {
        name: cells
        for name, cells in by_name.items()
        if name not in same and any(cells)
    }


def _line(row: formats.Row) -> dict[str, str]:
    cells = formats.cells(row)
    counted = int(cells["n"]) and cells["others"]
    line = {
        "study": row["study"],
        "regime": row["regime"],
        "step": row["step"],
        "change": row["label"],
        "adopted": row["adopted"],
        "top-1 (%)": cells["top1"],
        "n": f"{cells['n']} ({cells['others']})" if counted else cells["n"],
        "Δ": cells["delta"],
        "95 %": cells["delta_95"],
        "p (Holm)": cells["p_holm"],
        "vs": cells["against"],
        "GFLOPs": cells["gflops"],
        "params (M)": cells["params"],
    }
    if "paper_top1" in row:
        line["paper (%)"] = formats.with_sd(row["paper_top1"], row["paper_std"])
        line["paper Δ"] = formats.with_sd(row["paper_delta"], form="+z.2f")
    return line


def head_between(rows: pd.DataFrame) -> str:
    """Return the head of a table of differences: ``mixup − plain``."""
    return f"{rows['other'].iloc[0]} − {rows['first'].iloc[0]}"


def columns_between(rows: pd.DataFrame) -> dict[str, list[str]]:
    """Return what a table of differences shows by heading, a string a row."""
    lines = [
        {
            "regime": row["regime"],
            "step": row["step"],
            "change": row["label"],
            f"{row['first']} (%)": formats.with_sd(row["first_top1"]),
            f"{row['other']} (%)": formats.with_sd(row["other_top1"]),
            "n": f"{row['n_first']} / {row['n_other']}",
            "Δ": formats.change(row),
            "95 %": formats.interval(row["delta_low"], row["delta_high"], "+.2f"),
            "p (Holm)": formats.p_value(row["p_holm"]),
        }
        for row in formats.rows(rows)
    ]
    by_name = {name: [line[name] for line in lines] for name in lines[0]}
    if rows["regime"].nunique() == 1:
        del by_name["regime"]
    return by_name


def section_ends(table: pd.DataFrame) -> list[bool]:
    """Return of each row whether a section of the roadmap ends with it."""
    return table["section"].ne(table["section"].shift(-1)).tolist()


def to_csv(table: pd.DataFrame) -> str:
    """Return a table as ``table.csv`` has it, numbers to ten significant digits."""
    return table.to_csv(index=False, float_format="%.10g", lineterminator="\n")


def to_markdown(table: pd.DataFrame, *lines: str) -> str:
    """Return the table in Markdown, as ``table.md`` has it, notes underneath.

    With the columns of ``beside_paper``, the paper's accuracy and delta stand beside.
    """
    return "\n\n".join([pipes(columns(table)), note(table), *lines]) + "\n"


def pipes(columns: dict[str, list[str]]) -> str:
    """Return columns by heading as a table in Markdown."""
    from tabulate import tabulate

    # Numbers are text by now: parsed again, 80.50 would print as 80.5.
    return tabulate(columns, headers="keys", tablefmt="pipe", disable_numparse=True)


def answer_to_latex(columns: dict[str, list[str]], caption: str, label: str) -> str:
    r"""Return an answer's columns in LaTeX, as ``effects.tex`` has them."""
    import pandas as pd

    cells = pd.DataFrame(columns)
    return _latex(cells, 1, caption, label, [False] * len(cells))


def to_latex(table: pd.DataFrame) -> str:
    r"""Return the table in LaTeX, as ``table.tex`` has it, for ``\input`` (booktabs).

    It fits a page of two columns, 6.875 inches.
    """
    import pandas as pd

    cells = pd.DataFrame(columns(table))
    marks = table["adopted"].map(OFF_PATH).fillna("")
    cells["change"] += marks.to_numpy()
    cells = cells.drop(columns=["step", "adopted", "vs"], errors="ignore")
    words = sum(name in cells for name in ("study", "regime", "change"))
    caption, label = f"{note(table)} {OFF_PATH_NOTE}", str(table["study"].iloc[0])
    return _latex(cells, words, caption, label, section_ends(table))


def _latex(
    cells: pd.DataFrame, words: int, caption: str, label: str, ends: list[bool]
) -> str:
    """Return strings in LaTeX; the first ``words`` columns stand on the left."""
    text = cells.to_latex(
        index=False,
        escape=True,
        column_format="l" * words + "r" * (cells.shape[1] - words),
        caption=latex_escaped(caption),
        label=f"tab:{label}",
        position="t",
    )
    return _in_two_columns(_in_math(text), ends)


def _in_two_columns(text: str, ends: list[bool]) -> str:
    """Return the table as wide as the page, small, with room after each section."""
    head, body = text.split("\\midrule\n")
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
