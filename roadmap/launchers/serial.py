"""One run after the other in this process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from roadmap.base.settings import AtLeast1, settings
from roadmap.launchers import Ended
from roadmap.launchers.job import Job, carry_out, one_line
from roadmap.runs.store import INTERRUPTED


@settings("launcher")
class Settings:
    """The keys of conf/launcher/serial.yaml."""

    name: Literal["serial"] = "serial"
    devices: AtLeast1 = 1
    workers: Literal[1] = 1


def prepare(settings: Settings, device: str) -> Settings:
    """Return the settings: there is nothing to look up."""
    return settings


def warm_up() -> None:
    """Do nothing: the run's own process imports what it needs."""


def launch(jobs: Sequence[Job], settings: Settings) -> Ended:
    """Train one job after the other."""
    for index, job in enumerate(jobs):
        try:
            status, error = carry_out(job), None
        except Exception as died:  # the next run may fare better
            status, error = "failed", one_line(died)
        yield index, error
        if status == INTERRUPTED:
            raise KeyboardInterrupt
