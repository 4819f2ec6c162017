"""One run after the other in this process."""

from __future__ import annotations

from collections.abc import Sequence

from roadmap.launchers import Over, Settings
from roadmap.launchers.job import Job, carry_out, one_line
from roadmap.runs import store


def prepare(settings: Settings, device: str) -> Settings:
    """Take one run at a time."""
    return {**settings, "workers": 1}


def launch(jobs: Sequence[Job], settings: Settings) -> Over:
    """Train one job after the other."""
    for index, job in enumerate(jobs):
        try:
            status, error = carry_out(job), None
        except Exception as died:  # the next run may fare better
            status, error = "failed", one_line(died)
        yield index, error
        if status == store.INTERRUPTED:
            raise KeyboardInterrupt
