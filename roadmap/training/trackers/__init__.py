"""Who else hears of a run while it trains: nobody, a CSV file, wandb, TensorBoard.

A tracker is a help, never a condition: it works in a thread of its own, and one that
fails is named in the log once and left out, while the training goes on.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import json
import logging
import os
import re
import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from roadmap.base.files import write_atomic

MODES = ("online", "offline", "disabled")
LIBRARIES = {"wandb": "wandb", "tensorboard": "torch.utils.tensorboard"}
PATIENCE = 30.0
"""Seconds that the end of a run waits for a tracker whose settings name none."""
WANDB_COLLECTS_NOTHING: dict[str, Any] = {
    "console": "off",
    "disable_code": True,
    "disable_git": True,
    "disable_job_creation": True,
    "label_disable": True,
    "save_code": False,
    "silent": True,
    "symlink": False,
    "x_disable_machine_info": True,
    "x_disable_meta": True,
    "x_disable_stats": True,
    "x_save_requirements": False,
}

log = logging.getLogger(__name__)


class Labels(NamedTuple):
    """What a tracker files a run under; ``run`` is the run's id."""

    study: str
    regime: str
    step: str
    seed: int
    run: str


class Tracker:
    """Hears of each epoch, and of the end. What it leaves out, it lets pass."""

    def log(self, row: Mapping[str, float]) -> None:
        """Take an epoch's row: ``epoch``, ``train_loss``, ``lr``, ``top1``, ..."""

    def figure(self, png: Path) -> None:
        """Take a picture of a whole study."""

    def finish(self, summary: Mapping[str, Any]) -> None:
        """Take how the run ended, and let go of files and connections."""


def check_tracker(settings: Mapping[str, Any]) -> None:
    """Check that the settings can be followed here; start nothing.

    Raises:
        ValueError: one line, for an unknown tracker or setting of it, or a library
            that is not installed.
    """
    name, mode = settings["name"], settings.get("mode", MODES[0])
    if name not in TRACKERS:
        raise ValueError(f"tracker={name}: valid: {', '.join(TRACKERS)}")
    if mode not in MODES:
        raise ValueError(f"tracker.mode={mode}: valid: {', '.join(MODES)}")
    seconds = settings.get("init_timeout", PATIENCE)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds < 1:
        raise ValueError(f"tracker.init_timeout={seconds}: valid: a number >= 1")
    spec = importlib.util.find_spec(name) if name in LIBRARIES else None
    # A folder named wandb, as wandb leaves them about, has a spec but no origin.
    if name in LIBRARIES and (spec is None or spec.origin is None):
        needs = f"needs the {name} package: pip install {name}"
        raise ValueError(f"tracker={name}: {needs}")


def open_tracker(
    settings: Mapping[str, Any],
    folder: Path,
    labels: Labels,
    config: Mapping[str, Any],
) -> Tracker:
    """Return the tracker of these settings, whose files go to the run's own folder.

    Raises nothing, now or later. Only its ``finish`` waits for anything, and no longer
    than ``init_timeout``.
    """
    make = TRACKERS[settings["name"]]
    if make is _Nobody or settings.get("mode") == "disabled":
        return _Nobody()
    return _Apart(settings, partial(make, settings, folder, labels, config))


def log_figure(
    settings: Mapping[str, Any], folder: Path, study: str, png: Path
) -> None:
    """Show wandb or TensorBoard a study's Figure 2; the others have no use for it.

    Raises nothing, and waits no longer than ``init_timeout``.
    """
    labels = Labels(study, regime="", step="figure", seed=2, run="figure")
    tracker = open_tracker(settings, folder, labels, {})
    tracker.figure(png)
    tracker.finish({"status": "finished"})


class _Apart(Tracker):
    """A tracker in a thread of its own, which can neither stop nor hold up a run."""

    def __init__(
        self, settings: Mapping[str, Any], make: Callable[[], Tracker]
    ) -> None:
        self._name = settings["name"]
        self._patience = settings.get("init_timeout", PATIENCE)
        self._calls: SimpleQueue[Callable[[Tracker], None] | None] = SimpleQueue()
        self._left_out = False
        _import(self._name)
        # A daemon: no exit waits for it.
        self._thread = threading.Thread(target=self._work, args=[make], daemon=True)
        self._thread.start()

    def log(self, row: Mapping[str, float]) -> None:
        row = dict(row)
        self._calls.put(lambda tracker: tracker.log(row))

    def figure(self, png: Path) -> None:
        self._calls.put(lambda tracker: tracker.figure(png))

    def finish(self, summary: Mapping[str, Any]) -> None:
        self._calls.put(lambda tracker: tracker.finish(summary))
        self._calls.put(None)
        self._thread.join(self._patience)
        if self._thread.is_alive():
            self._leave_out(f"not done after {self._patience:g} s")

    def _work(self, make: Callable[[], Tracker]) -> None:
        try:
            tracker = make()
            for call in iter(self._calls.get, None):
                call(tracker)
        except BaseException as error:  # libraries raise SystemExit, too
            self._leave_out(f"{type(error).__name__}: {error}")

    def _leave_out(self, why: str) -> None:
        if not self._left_out:
            line = " ".join(why.split())[:300]
            log.warning("tracker=%s is left out: %s", self._name, line)
        self._left_out = True


class _Nobody(Tracker):
    def __init__(self, *_: Any) -> None: ...


class _Csv(Tracker):
    """curve.csv: a row an epoch, and once each, however often the run was resumed."""

    def __init__(self, settings: Any, folder: Path, *_: Any) -> None:
        self._path = folder / "curve.csv"

    def log(self, row: Mapping[str, float]) -> None:
        frame = pd.DataFrame([row])
        if self._path.exists():
            before = pd.read_csv(self._path)
            frame = pd.concat([before[before.epoch < row["epoch"]], frame])
        write_atomic(self._path, frame.to_csv(index=False).encode())


class _TensorBoard(Tracker):
    """Event files in the run's folder, scalars by epoch."""

    def __init__(
        self, settings: Any, folder: Path, labels: Labels, config: Mapping[str, Any]
    ) -> None:
        self._folder = folder / "tensorboard"
        self._writer: Any = None
        about = json.dumps({**labels._asdict(), "config": config}, indent=2)
        self._about = f"```\n{about}\n```"

    def log(self, row: Mapping[str, float]) -> None:
        writer = self._open(int(row["epoch"]))
        for key, value in row.items():
            writer.add_scalar(key, value, int(row["epoch"]))
        writer.flush()

    def figure(self, png: Path) -> None:
        from PIL import Image

        pixels = np.asarray(Image.open(png).convert("RGB"))
        self._open().add_image("figure_2", pixels, dataformats="HWC")

    def finish(self, summary: Mapping[str, Any]) -> None:
        writer = self._open()
        writer.add_text("summary", json.dumps(summary))
        writer.close()

    def _open(self, epoch: int | None = None) -> Any:
        """Return the writer; the first epoch it hears of replaces those after it."""
        if self._writer is None:
            from torch.utils.tensorboard import SummaryWriter

            self._writer = SummaryWriter(str(self._folder), purge_step=epoch)
            self._writer.add_text("run", self._about)
        return self._writer


class _Wandb(Tracker):
    """One wandb run a seed, grouped by study and step; a resumed run goes on in it."""

    def __init__(
        self,
        settings: Mapping[str, Any],
        folder: Path,
        labels: Labels,
        config: Mapping[str, Any],
    ) -> None:
        import wandb

        folder.mkdir(parents=True, exist_ok=True)
        seconds = settings["init_timeout"]
        self._image = wandb.Image
        self._run = wandb.init(
            project=settings["project"],
            entity=settings["entity"],
            mode=settings["mode"],
            dir=str(folder),
            id=re.sub(r"[^\w-]+", "-", f"{labels.study[:100]}-{labels.run}"),
            resume="allow",
            reinit="create_new",
            group=labels.study[:128],
            job_type=labels.step,
            name=f"{labels.step}-{labels.seed}",
            tags=[label[:64] for label in (labels.regime, labels.step) if label],
            config=dict(config),
            settings=wandb.Settings(
                init_timeout=seconds, finish_timeout=seconds, **WANDB_COLLECTS_NOTHING
            ),
        )
        self._run.define_metric("epoch")
        self._run.define_metric("*", step_metric="epoch")

    def log(self, row: Mapping[str, float]) -> None:
        # As wandb's own step, the epoch keeps a resumed run from telling one twice.
        self._run.log(dict(row), step=int(row["epoch"]))

    def figure(self, png: Path) -> None:
        self._run.log({"figure_2": self._image(str(png))})

    def finish(self, summary: Mapping[str, Any]) -> None:
        self._run.summary.update(dict(summary))
        self._run.finish(exit_code=int(summary["status"] != "finished"))


def _import(name: str) -> None:
    """Import the tracker's library, if it can be, in the thread that trains.

    Two threads that import at once can see each other's modules half done.
    """
    if name == "wandb":  # it would ask for a key on a terminal, and report its crashes
        os.environ.update(WANDB_SILENT="true", WANDB_ERROR_REPORTING="false")
    with contextlib.suppress(Exception):  # said when the tracker's thread tries again
        if name in LIBRARIES:
            importlib.import_module(LIBRARIES[name])


TRACKERS: dict[str, Callable[..., Tracker]] = {
    "none": _Nobody,
    "csv": _Csv,
    "wandb": _Wandb,
    "tensorboard": _TensorBoard,
}
