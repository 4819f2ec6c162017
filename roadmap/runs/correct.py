"""Which images of the evaluation split a run classifies correctly: one bit an image.

They are in the order of the evaluation split. A run keeps them beside its record, a
study those of all its runs, as the folders of the runs are large and may be removed.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from roadmap.base.files import write_atomic

OF_RUN, OF_STUDY = "correct.npy", "correct.npz"
"""The files, in the folder of a run and in that of a study."""
Bits = np.ndarray[Any, np.dtype[np.bool_]]
"""Whether a run classifies each image correctly, bool [images]."""


def write_run(folder: Path, correct: Bits) -> None:
    """Write a run's bits to its folder; to be done before its record is written.

    Raises:
        OSError: where the folder cannot be written.
    """
    content = io.BytesIO()
    np.save(content, np.packbits(correct))
    write_atomic(folder / OF_RUN, content.getvalue())


def read_run(folder: Path, record: Mapping[str, Any] | None) -> Bits | None:
    """Return which images a run classifies correctly, from its folder and its record.

    Their mean, in percent, is the record's top-1. None for a run that is not finished,
    for a record of an earlier version, and where the file is gone or damaged.
    """
    images = (record or {}).get("eval_images")
    if images is None:
        return None
    try:
        packed = np.load(folder / OF_RUN)
    except (OSError, ValueError, EOFError):
        return None
    return _unpacked(packed, images) if len(packed) == -(-images // 8) else None


def write_study(folder: Path, correct: Mapping[str, Bits]) -> None:
    """Write the bits of a study's runs, by run id; equal bits give equal bytes."""
    images = [len(bits) for bits in correct.values()]
    packed = np.zeros((len(correct), -(-max(images, default=0) // 8)), np.uint8)
    for row, bits in zip(packed, correct.values(), strict=True):
        row[: -(-len(bits) // 8)] = np.packbits(bits)
    runs, content = np.array([*correct], dtype="S"), io.BytesIO()
    # numpy gives every entry the same date. Not compressed: zlib's versions differ.
    np.savez(content, runs=runs, images=np.array(images, np.int64), packed=packed)
    write_atomic(folder / OF_STUDY, content.getvalue())


def read_study(folder: Path) -> dict[str, Bits]:
    """Return the bits of a study's runs, by run id; empty where it keeps none.

    Raises:
        ValueError: one line, if the file is damaged.
    """
    path = folder / OF_STUDY
    try:
        with np.load(path) as file:
            runs, images, packed = file["runs"], file["images"], file["packed"]
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} cannot be read: restore or remove it") from error
    rows = zip(runs.tolist(), images.tolist(), packed, strict=True)
    return {run.decode(): _unpacked(row, count) for run, count, row in rows}


def _unpacked(packed: np.ndarray[Any, np.dtype[np.uint8]], images: int) -> Bits:
    return np.unpackbits(packed, count=images).astype(bool)
