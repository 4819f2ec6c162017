"""A sweep from its words to its results: plan, price, train what is missing, report."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from omegaconf import DictConfig, OmegaConf
from rich.console import Console

from roadmap.base.machine import resolve_device
from roadmap.base.settings import one_of
from roadmap.base.signals import CTRL_C
from roadmap.launchers import ELSEWHERE, Launcher, prepared
from roadmap.report import stamp
from roadmap.runs import store
from roadmap.runs.place import Place, place_of
from roadmap.studies import keep, questions, space
from roadmap.studies.keep import Keep
from roadmap.studies.plan import parse_seeds, plan_sweep
from roadmap.studies.questions import question_of
from roadmap.studies.results import kept_line, write_results, write_study
from roadmap.studies.space import Space
from roadmap.studies.study import Request, Study, study_of
from roadmap.studies.train import train_missing

if TYPE_CHECKING:
    import pandas as pd


class Ready(NamedTuple):
    """A launcher with its settings, and where its runs are trained and kept."""

    launcher: Launcher
    settings: Any
    place: Place


def sweep(cfg: DictConfig, words: list[str]) -> int:
    """Train what is missing of the study, write its results, and return exit status.

    Raises:
        ValueError: one line that names the wrong word and the valid ones.
    """
    console, root = Console(), Path(cfg.root)
    plain: Any = OmegaConf.to_container(cfg, resolve=True)
    names = ("dry_run", "budget_hours", "baseline", "figures")
    own = {key: plain[key] for key in names}
    asked = Request(study=str(cfg.study), **own)
    on = ready(cfg)
    if not (asked.dry_run or Path(root, asked.study, "study.json").exists()):
        on.launcher.warm_up()  # a new study has something to train
    about = _asked(cfg, words)
    steps = list(about["combinations"]) if about else []
    study = study_of(asked.study, root, plan_sweep(words, cfg.seeds, steps))
    if asked.baseline is not None:
        steps = [one.step for one in study.planned]
        one_of("baseline", asked.baseline, [*dict.fromkeys(steps)])
    if asked.dry_run or asked.budget_hours is not None:
        show_price(study, on, asked, console)
    if asked.dry_run:
        return 0
    write_study(study.folder, study.planned, words, about)
    announce(study, on.settings, console)
    try:
        return _train(study, on, asked, console)
    except KeyboardInterrupt as stop:
        _finish(study, asked, console)
        console.print(
            f"stopped by {str(stop) or CTRL_C}; the same command goes on from here"
        )
        return 130


def _asked(cfg: DictConfig, words: list[str]) -> dict[str, Any] | None:
    """Return what study.json keeps of the question; None where steps are asked for.

    Raises:
        ValueError: one line that names the wrong word and the valid ones.
    """
    question = question_of(cfg, words)

    def count(steps: Sequence[str]) -> list[float]:
        return [one.gflops for one in plan_sweep(words, 1, steps)]

    if isinstance(question, Space):
        regime: Any = OmegaConf.to_container(cfg.regime)
        return space.asked(question, regime, count)
    if isinstance(question, Keep):
        return keep.asked(question, Path(cfg.root), parse_seeds(cfg.seeds), count)
    return None if question is None else questions.asked(question)


def ready(cfg: DictConfig) -> Ready:
    """Return the launcher that the config names, checked, and the place of its runs.

    Raises:
        ValueError: one line that names the wrong word and the valid ones.
    """
    elsewhere = cfg.launcher.name in ELSEWHERE
    device = resolve_device(cfg.device, here=not elsewhere)
    chosen: Any = OmegaConf.to_container(cfg.launcher, resolve=True)
    launcher, settings = prepared(chosen, device)
    cpus = getattr(settings, "cpus_per_run", None)
    place = place_of(cfg, settings.workers, elsewhere, cpus)
    return Ready(launcher, settings, place)


def show_price(study: Study, on: Ready, asked: Request, console: Console) -> None:
    """Show the plan if it is asked for; refuse what is beyond the budget.

    Raises:
        ValueError: one line, with the price that is beyond the budget.
    """
    from roadmap.studies.price import check_budget, price_of
    from roadmap.studies.show import show_plan

    with console.status("probing") as shown:
        prices = price_of(study, on.place, on.settings, shown.update)
    if asked.dry_run:
        show_plan(study, prices, on.settings.workers, console)
    check_budget(prices, asked.budget_hours)


def announce(study: Study, settings: Any, console: Console) -> None:
    """Print what is to be trained, and which records are trained again."""
    count, todo = len(study.planned), study.todo
    if not todo:
        console.print(f"study {study.name}: {count} runs, 0 of them to train")
        return
    console.print(
        f"study {study.name}: {count} runs, {len(todo)} of them to train, "
        f"{_workers(settings, len(todo))} at a time (launcher={settings.name})"
    )
    for one in todo:
        if study.states[one.run.id] == store.DAMAGED:
            line = f"its record is damaged and is trained again ({one.run.id})"
            console.print(f"{one.step} seed {one.seed}: {line}", soft_wrap=True)


def _workers(settings: Any, runs: int) -> int:
    return min(settings.workers, runs)


def _train(study: Study, on: Ready, asked: Request, console: Console) -> int:
    todo, began = study.todo, time.perf_counter()
    unwritten = train_missing(todo, on.launcher, on.settings, on.place, console)
    wall = time.perf_counter() - began
    results = _finish(study, asked, console)
    for line in unwritten:
        console.print(line, markup=False)
    if todo:
        workers = _workers(on.settings, len(todo))
        ours = results[results.run.isin([one.run.id for one in todo])]
        console.print(_summary(ours, wall, workers))
        _log_figure(study, on.place)
    return 0 if results.status.isin(store.DONE).all() else 1


def _log_figure(study: Study, place: Place) -> None:
    """Show the tracker the study's first picture: Figure 2, or a question's effects."""
    report = stamp.read(study.folder)
    if place.tracker["name"] == "none" or report is None:
        return
    png = study.folder / f"{report['pictures'][0]}.png"
    if png.exists():
        from roadmap.training.trackers import log_figure

        log_figure(place.tracker, study.folder, study.name, png)


def _finish(study: Study, asked: Request, console: Console) -> pd.DataFrame:
    """Write results, tables and figures; show the table and what went wrong."""
    from roadmap.report.show import show  # pandas, and what figures need: not before

    results = write_results(study.folder, study.root)
    show([study.folder], study.folder, console, asked.figures, asked.baseline)
    show_unfinished(results, console)
    if line := kept_line(results):
        console.print(line)
    return results


def show_unfinished(results: pd.DataFrame, console: Console) -> None:
    """Print what went wrong in each run that failed, and how many are pending."""
    ended_badly = results[results.status.isin([store.FAILED, store.INTERRUPTED])]
    for row in ended_badly.to_dict("records"):
        line = f"{row['step']} seed {row['seed']}: {row['status']} {row['error']}"
        console.print(line, markup=False)
    if pending := int((results.status == "pending").sum()):
        console.print(f"{pending} runs pending")


def _summary(ours: pd.DataFrame, wall: float, workers: int) -> str:
    """Return how many runs were trained, and how well the workers were used."""
    trained = ours[ours.status.isin(store.DONE)].drop_duplicates("run")
    share = trained.train_seconds.sum() / (wall * workers)
    return (
        f"runs trained: {len(trained)} in {wall:.0f} s, {workers} at a time; "
        f"{share:.2f} of that inside training steps"
    )
