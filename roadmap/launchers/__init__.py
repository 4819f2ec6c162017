"""Adapters around existing schedulers: each starts runs and reports when one is over.

A launcher is a module with a class ``Settings`` (the keys of
``conf/launcher/<name>.yaml``), ``prepare`` and ``launch``. ``launch`` is a generator
over ``(index, error)``: the job at this index of the list is over; ``error`` is None,
or one line if it died and left no record. A run writes its own record, whoever starts
it, so a launcher carries nothing back. Closing the generator stops the runs that are
being trained; each leaves a checkpoint first.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from importlib import import_module
from typing import Any, Protocol

from roadmap.base.settings import one_of
from roadmap.launchers.job import Job

LAUNCHERS = ("local", "serial", "ray", "slurm")
ELSEWHERE = ("ray", "slurm")
"""Launchers whose runs may be trained on other machines than this one."""

Ended = Generator[tuple[int, str | None], None, None]
"""Jobs that are over: the index of each, and its error in one line or None."""


class Launcher(Protocol):
    """A module of this package."""

    Settings: Any
    """The class of its settings; ``workers`` is how many runs it trains at a time."""

    @staticmethod
    def prepare(settings: Any, device: str) -> Any:
        """Return the settings with ``workers`` filled in.

        Raises:
            ValueError: one line, where the settings ask for what is not there.
        """

    @staticmethod
    def warm_up() -> None:
        """Begin what takes long to start, while the runs are being planned."""

    @staticmethod
    def launch(jobs: Sequence[Job], settings: Any) -> Ended:
        """Train the jobs, in their order as far as there is one."""


def prepared(chosen: Mapping[str, Any], device: str) -> tuple[Launcher, Any]:
    """Return the launcher of these settings, and the settings checked and completed.

    Raises:
        ValueError: one line that names the wrong setting and what is valid, or says
            what to install, where the launcher's engine is missing.
    """
    module = launcher(str(chosen["name"]))
    settings = module.Settings(**chosen)
    return module, module.prepare(settings, device)


def launcher(name: str) -> Launcher:
    """Return the launcher of that name.

    Raises:
        ValueError: one line, for an unknown name or an engine that is not installed.
    """
    one_of("launcher", name, LAUNCHERS)
    try:
        return import_module(f"roadmap.launchers.{name}")  # type: ignore[return-value]
    except ModuleNotFoundError as error:
        raise ValueError(
            f"launcher={name} needs {error.name}: pip install 'roadmap[{name}]'"
        ) from error


def too_long(minutes: float | None) -> str:
    """Return the line for a run that was stopped at its time limit."""
    return f"ran longer than launcher.timeout_min={minutes:g}"
