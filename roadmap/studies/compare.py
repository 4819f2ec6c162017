"""A comparison from its words to its verdict: seeds are added until it is known."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from omegaconf import DictConfig, OmegaConf
from rich.console import Console

from roadmap.base.signals import CTRL_C
from roadmap.report.numbers.sequential import looks
from roadmap.runs import store
from roadmap.studies.plan import parse_seeds
from roadmap.studies.results import write_results, write_study
from roadmap.studies.show import grid
from roadmap.studies.sides import OWN, Asked, Side, read_sides, study_name
from roadmap.studies.study import Request, Study, study_of
from roadmap.studies.sweep import Ready, announce, ready, show_price, show_unfinished
from roadmap.studies.train import train_missing

if TYPE_CHECKING:
    import pandas as pd

    from roadmap.report.numbers.sides import Pair


class Comparison(NamedTuple):
    """What is compared, and how."""

    base: Side
    new: Side
    plan: list[int]
    """Seeds a side at each look."""
    asked: Asked
    request: Request
    root: Path
    words: list[str]

    def study(self, seeds: int) -> Study:
        """Return the study of both sides with so many seeds, seed by seed."""
        sides = [side.planned for side in (self.base, self.new) if side.planned]
        planned = [side[at] for at in range(seeds) for side in sides]
        return study_of(self.request.study, self.root, planned)


def compare(cfg: DictConfig, words: list[str]) -> int:
    """Train until the difference is known, write the verdict; return the exit status.

    Raises:
        ValueError: one line that names the wrong word and the valid ones.
    """
    plain: Any = OmegaConf.to_container(cfg, resolve=True)
    if plain["new"] is None:
        raise ValueError("no new=: say base=resnet new=gelu, for example")
    for key in ("base", "new"):  # a name of digits is a number to YAML
        plain[key] = str(plain[key]) if isinstance(plain[key], int) else plain[key]
    asked = Asked(**{key: plain[key] for key in OWN})
    seeds, root, console = parse_seeds(cfg.seeds), Path(cfg.root), Console()
    plan = looks(asked.first, len(seeds))
    base, new = read_sides(asked, words, seeds, root)
    cfg.study = cfg.study or study_name(base, new, cfg.data.name)
    own = {key: plain[key] for key in ("dry_run", "budget_hours", "figures")}
    request = Request(study=str(cfg.study), **own)
    this = Comparison(base, new, plan, asked, request, root, words)
    data_root = cfg.data.get("root")
    if not (base.planned or new.planned):
        return _of_studies(this, data_root, console)
    if base.folder or new.folder:
        from roadmap.studies.measured import check_study  # it takes pandas

        check_study(base, new, root)
    place = ready(cfg)
    if request.dry_run:
        show_price(this.study(plan[-1]), place, request, console)
        console.print(
            f"looks after {', '.join(map(str, plan))} seeds a side, and stops when the "
            f"difference is told from noise or known to ±{asked.resolution:g} points"
        )
        return 0
    try:
        return _look_by_look(this, place, data_root, console)
    except KeyboardInterrupt as stop:
        by = str(stop) or CTRL_C
        console.print(f"stopped by {by}; the same command goes on from here")
        return 130


def _look_by_look(
    this: Comparison, place: Ready, data_root: str | None, console: Console
) -> int:
    """Add seeds until the verdict is known, and write it; return the exit status."""
    from roadmap.studies.measured import pair_at

    counts: list[tuple[int, int]] = []
    pair, why, hours = None, "all seeds are used", 0.0
    for seeds in this.plan:
        study = this.study(seeds)
        todo = study.todo
        if todo and not _is_paid(this, study, place, hours if pair else None, console):
            why = f"budget_hours={this.request.budget_hours:g} is used up"
            break
        results = _train(this, study, place, console)
        hours += _hours(todo, this.root) * place.settings.devices
        if not results.status.isin(store.DONE).all():
            show_unfinished(results, console)
            console.print("no verdict: not all runs finished; the same command goes on")
            return 1
        pair = pair_at(this.base, this.new, results, this.root, counts, this.plan[-1])
        if pair is None:
            continue
        counts.append(pair.look.seeds)
        _show_look(seeds, pair, console)
        if pair.look.is_enough(this.asked.resolution):
            told = "the difference is told from noise"
            why = told if pair.look.told else "the difference is known well enough"
            break
    if pair is None:
        console.print("no verdict: a side has no run that finished")
        return 1
    note = (
        f"Welch's t test over seeds, looked at after each seed from {this.plan[0]} on; "
        f"the interval holds under these looks, of at most {this.plan[-1]} seeds a "
        f"side. It ended because {why}."
    )
    _finish(this, [pair], note, place.settings.workers, data_root, console)
    return 0


def _is_paid(
    this: Comparison,
    study: Study,
    place: Ready,
    spent: float | None,
    console: Console,
) -> bool:
    """Return whether the budget pays for the next look; ``spent`` is None at the first.

    Raises:
        ValueError: one line, if it does not pay for the first.
    """
    budget = this.request.budget_hours
    if budget is None:
        return True
    from roadmap.studies.price import check_budget, price_of

    with console.status("probing") as shown:
        prices = price_of(study, place.place, place.settings, shown.update)
    if spent is None:
        check_budget(prices, budget)
        return True
    return spent + sum(price.device_hours or 0 for price in prices) <= budget


def _train(
    this: Comparison, study: Study, place: Ready, console: Console
) -> pd.DataFrame:
    """Train what is missing of a look; return the rows of all its runs."""
    write_study(study.folder, study.planned, this.words)
    if len(study.todo) == len(study.planned):  # else each look would say it again
        announce(study, place.settings, console)
    if study.todo:
        launcher, settings = place.launcher, place.settings
        for line in train_missing(study.todo, launcher, settings, place.place, console):
            console.print(line, markup=False)
    return write_results(study.folder, study.root)


def _hours(todo: Sequence[Any], root: Path) -> float:
    """Return the hours that runs took that were trained just now."""
    records = [store.read_record(root, one.run.id) or {} for one in todo]
    return sum(record.get("wall_seconds", 0.0) for record in records) / 3600


def _of_studies(this: Comparison, data_root: str | None, console: Console) -> int:
    """Compare the steps that two finished studies share; return the exit status."""
    from roadmap.studies.measured import pairs_of_studies

    pairs = pairs_of_studies(this.base, this.new, this.root)
    note = "Welch's t test over the seeds that there are; nothing was trained."
    if len(pairs) > 1:
        note += f" All {len(pairs)} intervals hold at once (Bonferroni)."
    _finish(this, pairs, note, 1, data_root, console)
    return 0


def _show_look(seeds: int, pair: Pair, console: Console) -> None:
    """Print what is known after so many seeds."""
    from roadmap.report.verdict import known

    line = f"{seeds} seeds a side: {pair.look.delta:+.2f} points ({known(pair.look)})"
    console.print(line, highlight=False)


def _finish(
    this: Comparison,
    pairs: Sequence[Pair],
    note: str,
    workers: int,
    data_root: str | None,
    console: Console,
) -> None:
    """Write the verdict's page and picture, and print it."""
    from roadmap.report.verdict import HEADS, Goal, cost_rows, sentence, write_verdict
    from roadmap.studies.measured import evaluated_on, warned

    on = evaluated_on(pairs, this.base, this.new, this.root, data_root)
    goal = Goal(this.asked.resolution, this.asked.first, workers)
    folder = this.root / this.request.study
    notes = [note, *warned(pairs)]
    write_verdict(folder, pairs, on, goal, notes, this.request.figures)
    for pair in pairs:
        table = grid("", *HEADS)
        for row in cost_rows(pair):
            table.add_row(*row)
        console.print(table)
        console.print(sentence(pair, on, goal), highlight=False, markup=False)
    for line in notes[1:]:
        console.print(line, highlight=False, markup=False)
    console.print(f"verdict: {folder / 'verdict.md'}", soft_wrap=True)
