"""What a report was made of, kept beside it, so that nothing is drawn twice.

The stamp, ``.report.json``, is written last: a report that was interrupted leaves an
older one, which fits neither the inputs nor the files, and is made again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypedDict

from roadmap.base.code import code
from roadmap.base.files import write_atomic
from roadmap.base.paper import paper_folder
from roadmap.report.looks import FORMATS
from roadmap.report.terminal import Printed

NAME = ".report.json"
INPUTS = ("results.csv", "curves.csv", "correct.npz", "study.json")
LIBRARIES = ("matplotlib", "numpy", "pandas", "scipy")


class Stamp(TypedDict):
    """The key of a report's inputs, its files by hash, and what it prints.

    That is: lines that come first, tables, further lines.
    """

    key: str
    files: dict[str, str]
    pictures: list[str]
    first: list[str]
    tables: list[Printed]
    lines: list[str]


def digest(content: bytes) -> str:
    """Return a hash of a file's content."""
    return hashlib.sha256(content).hexdigest()[:16]


def key_of(folders: Sequence[Path], baseline: str | None = None) -> str:
    """Return a hash of all that a report of these studies is made of.

    Of their files, the baseline, the paper's table, the report's own code and the
    libraries that write and draw it.
    """
    files = [
        folder / name
        for folder in folders
        for name in (*INPUTS, "table.csv")
        if name != "table.csv" or not (folder / "results.csv").exists()
    ]
    parts = [_digest_of(file) for file in (*files, paper_folder() / "table.csv")]
    parts += [version(library) for library in LIBRARIES]
    return digest(
        "\n".join([code("roadmap.report.write"), *parts, baseline or ""]).encode()
    )


def _digest_of(file: Path) -> str:
    return digest(file.read_bytes()) if file.is_file() else ""


def read(out: Path) -> Stamp | None:
    """Return the stamp of the report in a folder, or None without one."""
    try:
        stamp: Any = json.loads((out / NAME).read_bytes())
    except (OSError, ValueError):
        return None
    whole = isinstance(stamp, dict) and set(Stamp.__annotations__) <= set(stamp)
    return stamp if whole else None


def write(out: Path, stamp: Stamp) -> None:
    """Write a report's stamp: after all of its files."""
    write_atomic(out / NAME, json.dumps(stamp, ensure_ascii=False).encode())


def intact(stamp: Stamp, out: Path) -> dict[str, str]:
    """Return the report's files, by hash, that are still as it left them."""
    return {
        name: known
        for name, known in stamp["files"].items()
        if _digest_of(out / name) == known
    }


def current(
    folders: Sequence[Path],
    out: Path,
    figures: Iterable[str],
    baseline: str | None = None,
) -> Stamp | None:
    """Return the stamp of a report that need not be made again, else None.

    Its inputs are as they were, and all of its files too, in the formats asked for.
    """
    stamp = read(out)
    if stamp is None or stamp["key"] != key_of(folders, baseline):
        return None
    texts = {name for name in stamp["files"] if Path(name).suffix[1:] not in FORMATS}
    drawn = {f"{name}.{form}" for name in stamp["pictures"] for form in figures}
    return stamp if texts | drawn <= set(intact(stamp, out)) else None
