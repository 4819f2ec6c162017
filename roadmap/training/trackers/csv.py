"""tracker=csv: curve.csv in the run's folder, one row per epoch."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from roadmap.base.files import write_atomic
from roadmap.base.settings import settings
from roadmap.training.trackers.tracker import Tracker

LIBRARY = None


@settings("tracker")
class Settings:
    """The settings of ``conf/tracker/csv.yaml``."""

    name: Literal["csv"] = "csv"


def load() -> None:
    """Import nothing: it needs no library."""


def make(settings: Settings, folder: Path, *_: Any) -> Tracker:
    """Return the tracker that writes ``folder/curve.csv``."""
    return _Csv(folder / "curve.csv")


class _Csv(Tracker):
    """A CSV file with each epoch once, however often the run was resumed."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def log(self, row: Mapping[str, float]) -> None:
        before = [old for old in self._read() if int(old["epoch"]) < row["epoch"]]
        rows = [*before, row]
        names = list(dict.fromkeys(name for row in rows for name in row))
        text = io.StringIO()
        writer = csv.DictWriter(text, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        write_atomic(self._path, text.getvalue().encode())

    def _read(self) -> list[dict[str, Any]]:
        if not self._path.exists():
            return []
        return list(csv.DictReader(io.StringIO(self._path.read_text())))
