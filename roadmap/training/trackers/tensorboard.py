"""tracker=tensorboard: event files in the run's folder, scalars by epoch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from roadmap.base.settings import settings
from roadmap.training.trackers.tracker import Labels, Tracker

LIBRARY = "tensorboard"


@settings("tracker")
class Settings:
    """The settings of ``conf/tracker/tensorboard.yaml``."""

    name: Literal["tensorboard"] = "tensorboard"


def load() -> None:
    """Import the library."""
    import torch.utils.tensorboard  # noqa: F401


def make(
    settings: Settings, folder: Path, labels: Labels, config: Mapping[str, Any]
) -> Tracker:
    """Return the tracker that writes to ``folder/tensorboard``."""
    about = json.dumps({**labels._asdict(), "config": config}, indent=2)
    return _TensorBoard(folder / "tensorboard", f"```\n{about}\n```")


class _TensorBoard(Tracker):
    """Event files with each epoch once, however often the run was resumed.

    ``about`` is a text on the run, which stands beside its curves.
    """

    def __init__(self, folder: Path, about: str) -> None:
        self._folder, self._about = folder, about
        self._writer: Any = None

    def log(self, row: Mapping[str, float]) -> None:
        writer = self._open(int(row["epoch"]))
        for key, value in row.items():
            writer.add_scalar(key, value, int(row["epoch"]))
        writer.flush()

    def figure(self, png: Path) -> None:
        import numpy as np
        from PIL import Image

        pixels = np.asarray(Image.open(png).convert("RGB"))
        self._open().add_image(png.stem, pixels, dataformats="HWC")

    def finish(self, summary: Mapping[str, Any]) -> None:
        writer = self._open()
        writer.add_text("summary", json.dumps(summary))
        writer.close()

    def _open(self, epoch: int | None = None) -> Any:
        """Return the writer; what earlier files say from ``epoch`` on is replaced."""
        if self._writer is None:
            from torch.utils.tensorboard import SummaryWriter

            self._writer = SummaryWriter(str(self._folder), purge_step=epoch)
            self._writer.add_text("run", self._about)
        return self._writer
