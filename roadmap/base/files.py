"""Files that are whole or not there, whatever happens while they are written."""

from __future__ import annotations

import csv
import io
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any


def write_atomic(path: Path, content: bytes | Callable[[IO[bytes]], Any]) -> None:
    """Write the file whole or not at all: temporary name, fsync, rename.

    ``content`` is the bytes, or a function that writes them to an open file.

    Raises:
        OSError: where the folder cannot be written; what stood there is left alone.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            if callable(content):
                content(file)
            else:
                file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_csv(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows under the names of the first one's columns, whole or not at all.

    Numbers have ten significant digits; None is an empty cell.

    Raises:
        ValueError: one line, where the file cannot be written.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        cells = {k: f"{v:.10g}" if type(v) is float else v for k, v in row.items()}
        writer.writerow(cells)
    try:
        write_atomic(path, text.getvalue().encode())
    except OSError as error:
        raise ValueError(f"csv={path}: {error.strerror}") from error
