"""tracker=wandb: one wandb run per run, grouped by study and step."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from annotated_types import Ge

from roadmap.base.settings import settings
from roadmap.training.trackers.tracker import INIT_TIMEOUT, Labels, Tracker

LIBRARY = "wandb"
COLLECT_NOTHING: dict[str, Any] = {
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
"""wandb's own settings: it sends what we log, and nothing of the machine or code."""


@settings("tracker")
class Settings:
    """The settings of ``conf/tracker/wandb.yaml``."""

    name: Literal["wandb"] = "wandb"
    project: str = "roadmap"
    entity: str | None = None
    """The team that the project belongs to; None: the user's own."""
    mode: Literal["online", "offline", "disabled"] = "online"
    init_timeout: Annotated[float, Ge(1)] = INIT_TIMEOUT
    """Seconds to wait for the network, at the start and at the end of a run."""


def load() -> None:
    """Import the library, which neither asks for a key nor reports its own crashes."""
    os.environ.update(WANDB_SILENT="true", WANDB_ERROR_REPORTING="false")
    import wandb  # noqa: F401


def make(
    settings: Settings, folder: Path, labels: Labels, config: Mapping[str, Any]
) -> Tracker:
    """Start the wandb run, or go on with it where it was started before."""
    import wandb

    folder.mkdir(parents=True, exist_ok=True)
    seconds = settings.init_timeout
    run = wandb.init(
        project=settings.project,
        entity=settings.entity,
        mode=settings.mode,
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
            init_timeout=seconds, finish_timeout=seconds, **COLLECT_NOTHING
        ),
    )
    run.define_metric("epoch")
    run.define_metric("*", step_metric="epoch")
    return _Wandb(run)


class _Wandb(Tracker):
    """A wandb run."""

    def __init__(self, run: Any) -> None:
        self._run = run

    def log(self, row: Mapping[str, float]) -> None:
        # As wandb's step, the epoch keeps a resumed run from logging an epoch twice.
        self._run.log(dict(row), step=int(row["epoch"]))

    def figure(self, png: Path) -> None:
        import wandb

        self._run.log({png.stem: wandb.Image(str(png))})

    def finish(self, summary: Mapping[str, Any]) -> None:
        self._run.summary.update(dict(summary))
        self._run.finish(exit_code=int(summary["status"] != "finished"))
