"""What a report of one study or of several says, before it is written or drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from roadmap.report import texts
from roadmap.report.answers import Answer, answers
from roadmap.report.notes import note_between
from roadmap.report.numbers.agreement import Agreement, agreements, to_show
from roadmap.report.numbers.between import differences
from roadmap.report.numbers.configs import (
    Settings,
    differing,
    have_one_metric,
    settings_of,
)
from roadmap.report.numbers.studies import (
    Study,
    load_curves,
    load_question,
    load_study,
    paper_table,
)
from roadmap.report.numbers.tables import beside_paper
from roadmap.report.numbers.warnings import is_own, warnings
from roadmap.report.terminal import Printed, printed, printed_answer, printed_between


class Contents(NamedTuple):
    """Studies with all that is said of them."""

    studies: list[Study]
    settings: Sequence[Settings | None]
    curves: list[pd.DataFrame]
    every: list[list[Agreement]]
    """The agreements of each study."""
    found: list[Agreement]
    """Those worth showing."""
    between: list[pd.DataFrame]
    """Differences from the first study, of each further one that has some."""
    answers: list[Answer]
    """What the studies answer; none unless one asks a question about combinations."""

    @property
    def names(self) -> list[str]:
        """The studies' names."""
        return [str(study.table["study"].iloc[0]) for study in self.studies]

    @property
    def one_metric(self) -> bool:
        """Whether the studies' accuracies are of the same data, as far as is known."""
        return have_one_metric(self.settings)

    @property
    def proxies(self) -> list[bool]:
        """Of each study whether it is known to be of other data than ImageNet."""
        return [
            study.results is not None
            and settings is not None
            and settings["data.name"] != "imagenet"
            for study, settings in zip(self.studies, self.settings, strict=True)
        ]

    @property
    def first(self) -> list[str]:
        """What several studies differ in, and whether their accuracies compare."""
        if len(self.studies) == 1:
            return []
        apart = "Their accuracies do not compare: they are of different data."
        return [
            differing(self.names, self.settings),
            *([] if self.one_metric else [apart]),
        ]

    @property
    def shown(self) -> list[pd.DataFrame]:
        """The tables as they are shown: a measured study beside the paper."""
        return [
            study.table
            if study.results is None or is_own(settings)
            else beside_paper(study.table, paper_table())
            for study, settings in zip(self.studies, self.settings, strict=True)
        ]

    @property
    def lines(self) -> list[str]:
        """Warnings, then the agreement with the paper; each once, under the tables."""
        return [*self._warnings(), *(str(one) for one in self.found)]

    def _warnings(self) -> Iterator[str]:
        several = len(self.studies) > 1
        of_studies: dict[str, list[str]] = {}  # one line where it is about several
        every = zip(self.studies, self.curves, self.settings, strict=True)
        for name, one in zip(self.names, every, strict=True):
            for line in warnings(*one):
                of_studies.setdefault(line, []).append(name)
        for line, names in of_studies.items():
            about = f"{', '.join(names)}: " if several else ""
            yield f"Warning: {about}{line}"


def read(folders: Sequence[Path], baseline: str | None) -> Contents:
    """Return what a report of the studies says; for ``baseline`` see ``load_study``.

    Raises:
        FileNotFoundError: if a folder is no study.
        ValueError: one line, if a study lacks the baseline.
    """
    studies = [load_study(folder, baseline) for folder in folders]
    settings = [settings_of(folder) for folder in folders]
    every = [agreements(*study) for study in studies]
    pairs = studies[1:] if have_one_metric(settings) else []
    between = [differences(studies[0], other) for other in pairs]
    questions = [load_question(folder) for folder in folders]
    return Contents(
        studies,
        settings,
        [load_curves(folder) for folder in folders],
        every,
        to_show(every),
        [one for one in between if not one.empty],
        answers(studies, questions),
    )


def on_terminal(said: Contents) -> list[Printed]:
    """Return the tables for the terminal, the differences first, with their heads."""
    heads = said.names if len(said.studies) > 1 else [""]
    if said.answers:  # the combinations themselves are in table.md
        return [printed_answer(a.columns, a.note) for a in said.answers if a.columns]
    return [
        *(printed_between(one) for one in said.between),
        *(printed(*both) for both in zip(said.shown, heads, strict=True)),
    ]


def in_markdown(said: Contents) -> str:
    """Return ``table.md``: as on the terminal, with all columns."""
    if len(said.studies) == 1:
        return texts.to_markdown(said.shown[0], *said.lines)
    parts = list(said.first)
    for one in said.between:
        parts += [f"## {texts.head_between(one)}"]
        parts += [texts.pipes(texts.columns_between(one)), note_between(one)]
    for name, table in zip(said.names, said.shown, strict=True):
        parts += [f"## {name}", texts.to_markdown(table).rstrip()]
    return "\n\n".join([*parts, *said.lines]) + "\n"
