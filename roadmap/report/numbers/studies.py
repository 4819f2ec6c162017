"""Studies on disk: find one, read its runs, its table and its curves.

A study is a folder. A measured one holds ``results.csv``, a row for each run asked for,
``curves.csv``, a row for each step and epoch, and ``correct.npz``, the images that each
run classifies correctly; a published one only ``table.csv``, a row for each step.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from roadmap.base.paper import RECORDED, paper_folder
from roadmap.base.settings import one_of

if TYPE_CHECKING:  # to find a study takes no table: nothing heavy is imported for it
    import pandas as pd


class Study(NamedTuple):
    """A study as it was read: a row a step, and a row a run where it was measured."""

    table: pd.DataFrame
    results: pd.DataFrame | None


def list_studies(root: Path) -> dict[str, Path]:
    """Return all studies' folders by name; ``root`` goes before the recorded ones."""
    found: dict[str, Path] = {}
    for place in (root, *RECORDED):
        for file in sorted([*place.glob("*/results.csv"), *place.glob("*/table.csv")]):
            if _is_of_a_study(file):
                found.setdefault(file.parent.name, file.parent)
    return found


def _is_of_a_study(file: Path) -> bool:
    """Return whether a CSV file has a study's rows; a search has others, too."""
    with file.open(errors="replace") as lines:
        return lines.readline().startswith("study,")


def find_study(name: str, root: Path) -> Path:
    """Return the folder of a study: one under ``root``, else a recorded one.

    Raises:
        ValueError: one line with the names of all studies, if there is none of that
            name.
    """
    known = list_studies(root)
    one_of("study", name, sorted(known))
    return known[name]


def _read(file: Path) -> pd.DataFrame:
    import pandas as pd

    from roadmap.report.numbers.columns import FINGERPRINTS, MARKS, TEXT

    # Run ids and hashes are words: 12e4 would be read as a number.
    words = ["run", "status", "device", "git_sha", *TEXT, *FINGERPRINTS, *MARKS]
    frame = pd.read_csv(file, dtype=dict.fromkeys(words, str))
    return frame.fillna({name: "" for name in words if name in frame})


def load_study(folder: Path, baseline: str | None = None) -> Study:
    """Return a study's table, made from its runs where it has them, and its runs.

    The changes of a published table are judged here, from the means and deviations, if
    they are not yet.
    ``baseline`` is the step that a change is measured from where the study lacks the
    step's parent; by default a measured study's first step.

    Raises:
        FileNotFoundError: if the folder is no study.
        ValueError: one line, if its ``correct.npz`` is damaged, or it lacks the
            baseline.
    """
    from roadmap.report.numbers import images
    from roadmap.report.numbers.changes import from_summaries
    from roadmap.report.numbers.columns import COLUMNS
    from roadmap.report.numbers.tables import tabulate
    from roadmap.runs.correct import read_study

    results = load_results(folder)
    if results is not None:
        table = tabulate(results, baseline)
        return Study(images.over_images(table, results, read_study(folder)), results)
    table = _read(folder / "table.csv")
    if baseline or not set(COLUMNS) <= set(table):
        return Study(from_summaries(table, baseline or ""), None)
    return Study(table[[*COLUMNS, *table.columns.intersection(images.COLUMNS)]], None)


def load_results(folder: Path) -> pd.DataFrame | None:
    """Return a study's runs, one a row, or None where only a table was published."""
    file = folder / "results.csv"
    return _read(file) if file.exists() else None


def load_question(folder: Path) -> dict[str, Any] | None:
    """Return the question that a study of combinations answers, or None for others.

    As ``studies.questions.asked`` made it.
    """
    try:
        asked: dict[str, Any] = json.loads((folder / "study.json").read_bytes())
    except FileNotFoundError:
        return None
    return asked.get("question")


def load_table(folder: Path, baseline: str | None = None) -> pd.DataFrame:
    """Return a study's table, as ``load_study`` does."""
    return load_study(folder, baseline).table


def load_curves(folder: Path) -> pd.DataFrame:
    """Return a study's ``curves.csv``, a row a step and epoch; empty without one."""
    import pandas as pd

    file = folder / "curves.csv"
    if not file.exists():
        return pd.DataFrame()
    curves = _read(file)
    # A column without fractions would be read as integers, an empty one as it comes.
    numbers = curves.filter(regex="_(mean|std)$").columns
    return curves.astype(dict.fromkeys(numbers, float))


def paper_table() -> pd.DataFrame:
    """Return the paper's own table: Tables 10 and 11 of arXiv:2201.03545v2."""
    return _paper_table().copy()


@cache
def _paper_table() -> pd.DataFrame:
    return load_table(paper_folder())
