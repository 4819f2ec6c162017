"""Every file of a report: tables, figures with their data, agreement with the paper."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from matplotlib.figure import Figure

from roadmap.base.files import write_atomic
from roadmap.base.settings import one_of
from roadmap.report import stamp, texts
from roadmap.report.looks import DEFAULT_FORMATS, FORMATS
from roadmap.report.numbers.agreement import Agreement, agreements, to_frame, to_show
from roadmap.report.numbers.studies import Study, load_curves, load_study, paper_table
from roadmap.report.numbers.tables import beside_paper
from roadmap.report.pictures import curves, fidelity, figure_1, figure_2
from roadmap.report.pictures.figures import render
from roadmap.report.stamp import Stamp
from roadmap.report.terminal import printed

Every = Sequence[Sequence[Agreement]]
"""The agreements of each study."""
HEAD = "Changes as the paper's: signs, Kendall's τ, Spearman's ρ [95 %]:"


class Picture(NamedTuple):
    """A figure that can be drawn: its file's name, its data, and how."""

    name: str
    data: pd.DataFrame
    draw: Callable[[], Figure]


def write_report(
    folder: Path,
    *others: Path,
    out: Path | None = None,
    figures: Sequence[str] = DEFAULT_FORMATS,
) -> pd.DataFrame:
    """Write a study's report into its folder, or into ``out``; return its table.

    It is made of ``results.csv`` (finished or not; a published study's ``table.csv``)
    and ``curves.csv``. The tables are ``table.{csv,md,tex}`` and ``agreement.csv``; the
    figures ``figure_2``, ``figure_1`` and ``curves``, where there are accuracies and
    curves to draw, come in the formats of ``figures`` (png, svg, pdf) and each with its
    data as CSV. With ``others`` it is one report of all studies side by side, without
    curves, but with ``fidelity`` against cost if two were measured.

    Equal runs give equal bytes; each file is replaced whole. A figure that stands, made
    of the same, is not drawn again.

    Raises:
        FileNotFoundError: if a folder is no study.
        ValueError: one line, for a format that does not exist.
    """
    studies, _ = update([folder, *others], out or folder, figures)
    return pd.concat([study.table for study in studies], ignore_index=True)


def update(
    folders: Sequence[Path], out: Path, figures: Sequence[str]
) -> tuple[list[Study], Stamp]:
    """Write the report, as ``write_report`` does; return what was read, and its stamp."""
    for form in figures:
        one_of("figures", form, FORMATS)
    key, before = stamp.key_of(folders), stamp.read(out)
    same = before if before and before["key"] == key else None
    files = stamp.intact(same, out) if same else {}
    studies = [load_study(folder) for folder in folders]
    every = [agreements(*study) for study in studies]
    found = to_show(every)
    shown = [_shown(study) for study in studies]

    def put(name: str, content: bytes) -> None:
        write_atomic(out / name, content)
        files[name] = stamp.digest(content)

    for name, text in _tables(studies, shown, found).items():
        put(name, text.encode())
    pictures = list(_pictures(folders, studies, every, found))
    for picture in pictures:
        data = f"{picture.name}.csv"
        if out / data != folders[0] / "curves.csv":  # that is where it comes from
            put(data, texts.to_csv(picture.data).encode())
        missing = [
            f for f in dict.fromkeys(figures) if f"{picture.name}.{f}" not in files
        ]
        figure = picture.draw() if missing else None
        for form in missing if figure else ():
            put(f"{picture.name}.{form}", render(figure, form))
    if before and not same:
        _remove_outdated(before, out, keep=set(files))
    made: Stamp = {
        "key": key,
        "files": files,
        "pictures": [picture.name for picture in pictures],
        "tables": [printed(table) for table in shown],
        "lines": [str(one) for one in found],
    }
    stamp.write(out, made)
    return studies, made


def _shown(study: Study) -> pd.DataFrame:
    """Return a study's table as it is shown: a measured one beside the paper."""
    if study.results is None:
        return study.table
    return beside_paper(study.table, paper_table())


def _tables(
    studies: Sequence[Study], shown: Sequence[pd.DataFrame], found: Sequence[Agreement]
) -> dict[str, str]:
    """Return the texts of the report by file name."""
    table = pd.concat([study.table for study in studies], ignore_index=True)
    beside = pd.concat(list(shown), ignore_index=True)
    return {
        "table.csv": texts.to_csv(table),
        "table.md": texts.to_markdown(beside, *(str(one) for one in found)),
        "table.tex": texts.to_latex(beside),
        "agreement.csv": texts.to_csv(to_frame(found)),
    }


def _pictures(
    folders: Sequence[Path],
    studies: Sequence[Study],
    every: Every,
    found: Sequence[Agreement],
) -> Iterator[Picture]:
    """Yield the figures that there is something to draw in."""
    tables = [study.table for study in studies]
    results = [study.results for study in studies]
    several = len(studies) > 1
    lines = [f"{one.study} {one.brief()}" if several else one.brief() for one in found]
    lines = [HEAD, *lines] if lines else []
    bars = partial(figure_2.draw, tables, results, lines=lines)
    yield Picture("figure_2", figure_2.data(tables, results), bars)
    if not (bubbles := figure_1.data(tables)).empty:
        yield Picture("figure_1", bubbles, partial(figure_1.draw, tables))
    if not several and not (lived := load_curves(folders[0])).empty:
        yield Picture("curves", lived, partial(curves.draw, lived))
    if sum(runs is not None for runs in results) > 1:
        costs = fidelity.fidelity(studies, every)
        if costs[["cost", "tau"]].notna().all(axis=1).any():
            yield Picture("fidelity", costs, partial(fidelity.draw, costs))


def _remove_outdated(before: Stamp, out: Path, keep: set[str]) -> None:
    """Remove figures of older results in formats that are not asked for any more."""
    for name in stamp.intact(before, out):
        if name not in keep:
            (out / name).unlink()
