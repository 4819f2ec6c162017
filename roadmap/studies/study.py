"""A study: the runs that one sweep asks for, and what state each of them is in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NamedTuple

from annotated_types import MinLen

from roadmap.base.settings import NotNegative, checked_by, settings
from roadmap.report.looks import DEFAULT_FORMATS, Formats
from roadmap.runs import store
from roadmap.studies.plan import Planned

TAKEN = ("runs", "data", "slurm", "report")
"""Folders under ``root`` that are no study's."""


def _is_plain(name: str) -> bool:
    return Path(name).name == name and name not in (*TAKEN, "", "..")


@settings("")
class Request:
    """What a sweep says of itself, beside its runs and its launcher."""

    study: Annotated[
        str, checked_by(_is_plain), f"a plain name, none of {', '.join(TAKEN)}"
    ]
    dry_run: bool = False
    budget_hours: NotNegative | None = None
    baseline: Annotated[str, MinLen(1), "a step"] | None = None
    figures: Formats = DEFAULT_FORMATS


class Study(NamedTuple):
    """The runs that a sweep asks for, and the state of each by its id."""

    name: str
    root: Path
    planned: list[Planned]
    states: dict[str, str]

    @property
    def folder(self) -> Path:
        """Where its results go."""
        return self.root / self.name

    @property
    def todo(self) -> list[Planned]:
        """The runs without a result, each once."""
        by_id = {one.run.id: one for one in self.planned}
        return [one for run, one in by_id.items() if self.states[run] not in store.DONE]


def study_of(name: str, root: Path, planned: list[Planned]) -> Study:
    """Return the study of these runs, with their states read from the records."""
    states = store.read_states(root, [one.run.id for one in planned])
    return Study(name, root, planned, states)
