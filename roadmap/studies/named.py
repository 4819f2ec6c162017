"""Studies by name, as ``study=`` of a report and of the explorer takes them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from roadmap.report.numbers.studies import find_study


def names(study: Any) -> list[Any]:
    """Return what ``study=`` names as a list; a name of digits is a number to YAML."""
    listed = study if isinstance(study, list) else [study]
    return [str(name) if isinstance(name, int) else name for name in listed]


def read_anew(study: Sequence[str], root: Path) -> tuple[list[Path], Path, list[str]]:
    """Return the folders of studies, the folder of their report, and lines to print.

    The results of a study under ``root`` are made anew from its records; a line says
    how many rows were kept because their records are gone. A report of a recorded
    study, or of several, goes to ``<root>/report/<names>/``.

    Raises:
        ValueError: one line, if there is no study of a name.
    """
    folders, lines = [], []
    for name in study:
        if (root / name / "study.json").exists():
            from roadmap.studies.results import kept_line, write_results  # takes pandas

            kept = kept_line(write_results(root / name, root))
            lines += [f"{name}: {kept}"] if kept else []
        folders.append(find_study(name, root))
    alone = folders == [root / study[0]]
    out = folders[0] if alone else root / "report" / "+".join(study)
    return folders, out, lines
