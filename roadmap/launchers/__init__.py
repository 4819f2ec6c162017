"""Adapters around existing schedulers: each starts runs and says when one is over.

A launcher is given jobs and its settings of ``conf/launcher/<name>.yaml``, and returns
a generator over ``(index, error)``: the job at this index of the list is over;
``error`` is None, or one line if it died and left no record. A run writes its own
record, whoever starts it, so a launcher carries nothing back. Closing the generator
stops what is running, which leaves a checkpoint first.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from importlib import import_module
from typing import Any, Protocol

from roadmap.launchers.job import Job
from roadmap.network.design import is_int

LAUNCHERS = ("local", "serial", "ray", "slurm")
ELSEWHERE = ("ray", "slurm")
"""Launchers whose runs may be trained on other machines than this one."""

Over = Generator[tuple[int, str | None], None, None]
Settings = dict[str, Any]
Launch = Callable[[Sequence[Job], Settings], Over]


class Launcher(Protocol):
    """A module of this package."""

    @staticmethod
    def prepare(settings: Settings, device: str) -> Settings:
        """Return the settings with ``workers``, the runs at a time, filled in.

        What takes long to start is begun here, while the runs are being planned.

        Raises:
            ValueError: one line, where the settings ask for what is not there.
        """

    @staticmethod
    def launch(jobs: Sequence[Job], settings: Settings) -> Over:
        """Train the jobs, in their order as far as there is one."""


def launcher(name: str) -> Launcher:
    """Return the launcher of that name.

    Raises:
        ValueError: one line that says what to install, where its engine is missing.
    """
    try:
        return import_module(f"roadmap.launchers.{name}")  # type: ignore[return-value]
    except ModuleNotFoundError as error:
        raise ValueError(
            f"launcher={name} needs {error.name}: pip install 'roadmap[{name}]'"
        ) from error


def check_settings(settings: Settings) -> None:
    """Check what launchers have in common.

    Raises:
        ValueError: one line that names the wrong setting and what is valid.
    """
    for name, null in (("workers", True), ("devices", False), ("cpus_per_run", True)):
        value = settings.get(name, 1)
        if not ((null and value is None) or (is_int(value) and value >= 1)):
            valid = "null or an integer >= 1" if null else "an integer >= 1"
            raise ValueError(f"launcher.{name}={value}: valid: {valid}")
    minutes = settings.get("timeout_min")
    number = isinstance(minutes, int | float) and not isinstance(minutes, bool)
    if minutes is not None and not (number and minutes > 0):
        raise ValueError(f"launcher.timeout_min={minutes}: valid: null or minutes > 0")


def too_long(minutes: float | None) -> str:
    """Return the line for a run that was stopped at its time limit."""
    return f"ran longer than launcher.timeout_min={minutes}"
