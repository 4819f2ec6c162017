"""Every file of a report: tables, figures with their data, agreement with the paper."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
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
    baseline: str | None = None,
) -> pd.DataFrame:
    """Write a study's report into its folder, or into ``out``; return its table.

    It is made of ``results.csv`` (finished or not; a published study's ``table.csv``)
    and ``curves.csv``. The tables are ``table.{csv,md,tex}`` and ``agreement.csv``; the
    figures ``figure_2``, ``figure_1`` and ``curves``, where there are accuracies and
    curves to draw, come in the formats of ``figures`` (png, svg, pdf) and each with its
    data as CSV. With ``others`` it is one report of all studies side by side, without
    curves, but with ``fidelity`` against cost if two were measured.

    Equal runs give equal bytes; each file is replaced whole. A figure that stands, made
    of the same, is not drawn again. For ``baseline`` see ``load_study``.

    Raises:
        FileNotFoundError: if a folder is no study.
        ValueError: one line, for a format that does not exist, or a baseline that a
            study lacks.
    """
    studies, _ = update([folder, *others], out or folder, figures, baseline)
    return pd.concat([study.table for study in studies], ignore_index=True)


def update(
    folders: Sequence[Path], out: Path, figures: Sequence[str], baseline: str | None
) -> tuple[list[Study], Stamp]:
    """Write the report, as ``write_report`` does; return its studies and its stamp."""
    for form in figures:
        one_of("figures", form, FORMATS)
    key, before = stamp.key_of(folders, baseline), stamp.read(out)
    same = before if before and before["key"] == key else None
    files = stamp.intact(same, out) if same else {}
    studies = [load_study(folder, baseline) for folder in folders]
    every = [agreements(*study) for study in studies]
    found = to_show(every)
    shown = [_shown(study) for study in studies]
    pictures = list(_pictures(folders, studies, every, found))
    written = _tables(studies, shown, found)
    for picture in pictures:
        # A study's own curves.csv is where the curves come from.
        if out / f"{picture.name}.csv" != folders[0] / "curves.csv":
            written[f"{picture.name}.csv"] = texts.to_csv(picture.data).encode()
        written |= _drawn(picture, figures, standing=files)
    for name, content in written.items():
        write_atomic(out / name, content)
        files[name] = stamp.digest(content)
    if before and not same:
        _remove_outdated(before, out, keep=set(files))
    made: Stamp = {
        "key": key,
        "files": dict(sorted(files.items())),
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
) -> dict[str, bytes]:
    """Return the tables of the report by file name."""
    table = pd.concat([study.table for study in studies], ignore_index=True)
    beside = pd.concat(list(shown), ignore_index=True)
    by_name = {
        "table.csv": texts.to_csv(table),
        "table.md": texts.to_markdown(beside, *(str(one) for one in found)),
        "table.tex": texts.to_latex(beside),
        "agreement.csv": texts.to_csv(to_frame(found)),
    }
    return {name: text.encode() for name, text in by_name.items()}


def _drawn(
    picture: Picture, figures: Sequence[str], standing: Collection[str]
) -> dict[str, bytes]:
    """Return a figure by file name, in those formats that do not stand yet."""
    names = {f"{picture.name}.{form}": form for form in figures}
    missing = {name: form for name, form in names.items() if name not in standing}
    if not missing:
        return {}
    figure = picture.draw()
    return {name: render(figure, form) for name, form in missing.items()}


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
    if not several and not (means := load_curves(folders[0])).empty:
        yield Picture("curves", means, partial(curves.draw, means))
    if sum(runs is not None for runs in results) > 1:
        costs = fidelity.fidelity(studies, every)
        if costs[["cost", "tau"]].notna().all(axis=1).any():
            yield Picture("fidelity", costs, partial(fidelity.draw, costs))


def _remove_outdated(before: Stamp, out: Path, keep: set[str]) -> None:
    """Remove figures of older results in formats that are not asked for any more."""
    for name in stamp.intact(before, out):
        if name not in keep:
            (out / name).unlink()
