"""Who else hears of a run while it trains: nobody, a CSV file, wandb, TensorBoard.

A tracker is a help, never a condition: one that fails is named in the log and dropped,
and the training goes on.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import pandas as pd

from roadmap.files import write_atomic

log = logging.getLogger(__name__)

MODES = ("online", "offline", "disabled")


class Labels(NamedTuple):
    """What a tracker files a run under."""

    study: str
    regime: str
    step: str
    seed: int
    run: str


class Tracker(Protocol):
    """Hears of each epoch, and of the end."""

    def log(self, row: Mapping[str, float]) -> None:
        """Take an epoch's row: ``epoch``, ``train_loss``, ``lr``, ``top1``, ..."""

    def finish(self, summary: Mapping[str, Any]) -> None:
        """Take how the run ended, and let go of files and connections."""


def check_tracker(settings: Mapping[str, Any]) -> None:
    """Raise ValueError, one line, for a tracker that is unknown or not installed."""
    name = settings["name"]
    if name not in TRACKERS:
        raise ValueError(f"tracker={name}: valid: {', '.join(TRACKERS)}")
    if name == "wandb" and settings["mode"] not in MODES:
        raise ValueError(f"tracker.mode={settings['mode']}: valid: {', '.join(MODES)}")
    if name in ("wandb", "tensorboard") and not importlib.util.find_spec(name):
        raise ValueError(f"tracker={name}: not installed; say: pip install {name}")


def open_tracker(
    settings: Mapping[str, Any],
    folder: Path,
    labels: Labels,
    config: Mapping[str, Any],
) -> Tracker:
    """Return the tracker of these settings; its files go to the run's own folder.

    Whatever it raises is logged once, and it hears no more.
    """
    return _Guarded(
        lambda: TRACKERS[settings["name"]](settings, folder, labels, config),
        settings.get("timeout", 30),
    )


def log_figure(
    settings: Mapping[str, Any], folder: Path, study: str, png: Path
) -> None:
    """Show wandb or TensorBoard a study's Figure 2; the others have no use for it."""
    show = {"wandb": _wandb_figure, "tensorboard": _tensorboard_figure}
    if settings["name"] in show and png.exists():
        call = show[settings["name"]]
        _within(settings["timeout"], lambda: call(settings, folder, study, png))


class _Guarded:
    """A tracker that can neither stop nor hold up a training."""

    def __init__(self, make: Callable[[], Tracker], timeout: float) -> None:
        self._timeout = timeout
        self._tracker: Tracker | None = _within(timeout, make)[1]

    def log(self, row: Mapping[str, float]) -> None:
        self._call("log", row)

    def finish(self, summary: Mapping[str, Any]) -> None:
        self._call("finish", summary)

    def _call(self, name: str, argument: Mapping[str, Any]) -> None:
        if self._tracker is not None:
            method = getattr(self._tracker, name)
            if not _within(self._timeout, lambda: method(argument))[0]:
                self._tracker = None


def _within(seconds: float, what: Callable[[], Any]) -> tuple[bool, Any]:
    """Return whether ``what`` ended well in this time, and what it returned."""
    result: list[Any] = []

    def call() -> None:
        try:
            result.append(what())
        except BaseException as error:  # libraries raise SystemExit, too
            line = " ".join(str(error).split())[:200]
            log.warning("the tracker failed and is left out: %s", line)

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        log.warning("the tracker took over %g s and is left out", seconds)
    return bool(result), result[0] if result else None


class _Nobody:
    def __init__(self, *_: Any) -> None: ...

    def log(self, row: Mapping[str, float]) -> None: ...

    def finish(self, summary: Mapping[str, Any]) -> None: ...


class _Csv:
    """curve.csv: a row an epoch, and once each, however often the run was resumed."""

    def __init__(self, settings: Any, folder: Path, *_: Any) -> None:
        self._path = folder / "curve.csv"

    def log(self, row: Mapping[str, float]) -> None:
        frame = pd.DataFrame([row])
        if self._path.exists():
            before = pd.read_csv(self._path)
            frame = pd.concat([before[before.epoch < row["epoch"]], frame])
        write_atomic(self._path, frame.to_csv(index=False).encode())

    def finish(self, summary: Mapping[str, Any]) -> None: ...


class _Wandb:
    """One wandb run a seed, grouped by study and step; a resumed run goes on in it."""

    def __init__(
        self,
        settings: Mapping[str, Any],
        folder: Path,
        labels: Labels,
        config: Mapping[str, Any],
    ) -> None:
        self._run = _wandb_init(
            settings,
            folder,
            id=f"{labels.study}-{labels.run}",
            group=labels.study,
            job_type=labels.step,
            name=f"{labels.step}-{labels.seed}",
            tags=[labels.regime, labels.step],
            config=dict(config),
        )
        self._run.define_metric("*", step_metric="epoch")

    def log(self, row: Mapping[str, float]) -> None:
        self._run.log(dict(row))

    def finish(self, summary: Mapping[str, Any]) -> None:
        self._run.summary.update(dict(summary))
        self._run.finish()


class _TensorBoard:
    """Event files in the run's folder, scalars by epoch."""

    def __init__(
        self,
        settings: Any,
        folder: Path,
        labels: Labels,
        config: Mapping[str, Any],
    ) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self._writer = SummaryWriter(str(folder / "tensorboard"))
        self._writer.add_text("run", "/".join(map(str, labels)))

    def log(self, row: Mapping[str, float]) -> None:
        for key, value in row.items():
            self._writer.add_scalar(key, value, int(row["epoch"]))
        self._writer.flush()

    def finish(self, summary: Mapping[str, Any]) -> None:
        text = ", ".join(f"{key} {value}" for key, value in summary.items())
        self._writer.add_text("summary", text)
        self._writer.close()


def _wandb_init(settings: Mapping[str, Any], folder: Path, **words: Any) -> Any:
    """Return a wandb run that collects nothing by itself: no key, no environment."""
    os.environ.setdefault("WANDB_SILENT", "true")
    import wandb

    folder.mkdir(parents=True, exist_ok=True)
    return wandb.init(
        project=settings["project"],
        entity=settings["entity"],
        mode=settings["mode"],
        dir=str(folder),
        resume="allow" if settings["mode"] == "online" else None,
        settings=wandb.Settings(
            console="off",
            disable_code=True,
            disable_git=True,
            disable_job_creation=True,
            init_timeout=settings["timeout"],
            save_code=False,
            silent=True,
            x_disable_machine_info=True,
            x_disable_meta=True,
            x_disable_stats=True,
        ),
        **words,
    )


def _wandb_figure(
    settings: Mapping[str, Any], folder: Path, study: str, png: Path
) -> None:
    import wandb

    words = {"group": study, "job_type": "figure", "name": f"{study}-figure-2"}
    run = _wandb_init(settings, folder, **words)
    run.log({"figure_2": wandb.Image(str(png))})
    run.finish()


def _tensorboard_figure(
    settings: Mapping[str, Any], folder: Path, study: str, png: Path
) -> None:
    from matplotlib.image import imread
    from torch.utils.tensorboard import SummaryWriter

    writer = SummaryWriter(str(folder / "tensorboard"))
    writer.add_image("figure_2", imread(png), dataformats="HWC")
    writer.close()


TRACKERS: dict[str, Callable[..., Tracker]] = {
    "none": _Nobody,
    "csv": _Csv,
    "wandb": _Wandb,
    "tensorboard": _TensorBoard,
}
