"""Every file of a report: tables, figures with their data, agreement with the paper."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import partial
from pathlib import Path

import pandas as pd

from roadmap.base.files import write_atomic
from roadmap.base.settings import one_of
from roadmap.report import contents, stamp, texts
from roadmap.report.contents import Contents
from roadmap.report.looks import DEFAULT_FORMATS, FORMATS
from roadmap.report.numbers.agreement import to_frame
from roadmap.report.numbers.studies import Study
from roadmap.report.pictures import curves, fidelity, figure_1, figure_2
from roadmap.report.pictures.figures import Picture, render
from roadmap.report.stamp import Stamp

HEAD = "Changes as the paper's: signs, Kendall's τ, Spearman's ρ [95 %]:"


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
    curves, but with the differences from the first study (``differences.csv``), and
    with ``fidelity`` against cost if two were measured.

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
    said = contents.read(folders, baseline)
    pictures = list(_pictures(said))
    written = _tables(said)
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
        "first": said.first,
        "tables": contents.on_terminal(said),
        "lines": said.lines,
    }
    stamp.write(out, made)
    return said.studies, made


def _tables(said: Contents) -> dict[str, bytes]:
    """Return the tables of the report by file name."""
    table = pd.concat([study.table for study in said.studies], ignore_index=True)
    by_name = {
        "table.csv": texts.to_csv(table),
        "table.md": contents.in_markdown(said),
        "table.tex": texts.to_latex(pd.concat(said.shown, ignore_index=True)),
        "agreement.csv": texts.to_csv(to_frame(said.found)),
    }
    if said.between:
        between = pd.concat(said.between, ignore_index=True)
        by_name["differences.csv"] = texts.to_csv(between)
    for answer in said.answers:
        name, shown, note = answer.name, answer.columns, answer.note
        by_name[f"{name}.csv"] = texts.to_csv(answer.table)
        if shown:
            by_name[f"{name}.md"] = f"{texts.pipes(shown)}\n\n{note}\n"
            by_name[f"{name}.tex"] = texts.answer_to_latex(shown, note, name)
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


def _pictures(said: Contents) -> Iterator[Picture]:
    """Yield the figures that there is something to draw in."""
    if said.answers:  # a bar for each combination would tell nothing
        yield from (answer.picture for answer in said.answers)
        return
    tables = [study.table for study in said.studies]
    results = [study.results for study in said.studies]
    several = len(tables) > 1
    lines = [
        f"{one.study} {one.brief()}" if several else one.brief() for one in said.found
    ]
    lines = [HEAD, *lines] if lines else []
    bars = partial(figure_2.draw, tables, results, lines=lines)
    bars = partial(bars, proxies=said.proxies, one_axis=said.one_metric)
    yield Picture("figure_2", figure_2.data(tables, results), bars)
    if not (bubbles := figure_1.data(tables)).empty:
        yield Picture("figure_1", bubbles, partial(figure_1.draw, tables))
    if not several and not (means := said.curves[0]).empty:
        yield Picture("curves", means, partial(curves.draw, means))
    if sum(runs is not None for runs in results) > 1:
        costs = fidelity.fidelity(said.studies, said.every)
        if costs[["cost", "tau"]].notna().all(axis=1).any():
            yield Picture("fidelity", costs, partial(fidelity.draw, costs))


def _remove_outdated(before: Stamp, out: Path, keep: set[str]) -> None:
    """Remove figures of older results in formats that are not asked for any more."""
    for name in stamp.intact(before, out):
        if name not in keep:
            (out / name).unlink()
