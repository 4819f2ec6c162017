"""From the words of a command to the list of runs that it asks for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from functools import cache
from typing import Any, NamedTuple

from omegaconf import DictConfig, ListConfig, OmegaConf

from roadmap.base import config
from roadmap.base.settings import refuse
from roadmap.data.resolve import resolve
from roadmap.data.settings import read_settings
from roadmap.network.changes import parent_of
from roadmap.network.costs import cost_of
from roadmap.network.design import design_from
from roadmap.network.path import step_names
from roadmap.runs.run import Run, plain
from roadmap.studies import questions
from roadmap.studies.compose import compose_run, compose_steps, named_steps, parsed
from roadmap.training.recipe import Recipe

SWEEP_ONLY = (
    *("step", "combination", "seeds", "study", "launcher"),
    *("dry_run", "budget_hours", "baseline", "figures"),
    *questions.SETTINGS,
)
"""What a sweep says of itself; all other words are said of each of its runs."""
NOT_TRAINING = (
    "name",
    "original",
    "layer_scale",
    "drop_path_rate",
    "stochastic_depth",
)
"""Keys of a recipe that are names, or that the network has taken over."""
Resolve = Callable[[str], dict[str, Any]]


class Planned(NamedTuple):
    """A run that a study asks for, and what a report says of it."""

    regime: str
    step: str
    label: str
    section: str
    adopted: str
    parent: str
    seed: int
    run: Run
    params: int
    gflops: float


def plan_sweep(
    words: Sequence[str], seeds: Any, steps: Sequence[str] = ()
) -> list[Planned]:
    """Return the runs of ``+step=... seeds=...``: all steps for the first seed first.

    ``steps`` are those of a question, which stands in place of ``+step=``.

    Raises:
        ValueError: one line that names the wrong word and the valid ones.
    """
    steps = steps or _steps(words)
    listed = parse_seeds(seeds)
    shared = [w for w in words if _group(w) not in SWEEP_ONLY]
    resolved = cache(_resolved)  # data of one description are looked at once a sweep
    planned = [_planned(cfg, resolved) for cfg in compose_steps(shared, steps)]
    return [
        one._replace(seed=seed, run=replace(one.run, seed=seed))
        for seed in listed
        for one in planned
    ]


def plan_run(words: Sequence[str]) -> Planned:
    """Return the run that ``python -m roadmap.train <words>`` asks for.

    Raises:
        ValueError: one line that names the wrong word and the valid ones.
    """
    return _planned(compose_run(words), _resolved)


def parse_seeds(seeds: Any) -> list[int]:
    """Return the seeds of ``seeds=3`` (0, 1, 2) or ``seeds=[0,5]``.

    Raises:
        ValueError: one line, unless they are a count >= 1 or different seeds >= 0.
    """
    if _is_int(seeds) and seeds >= 1:
        return list(range(seeds))
    listed = list(seeds) if isinstance(seeds, list | tuple | ListConfig) else []
    different = len(set(listed)) == len(listed)
    if not (listed and different and all(_is_int(s) and s >= 0 for s in listed)):
        valid = "a count >= 1 (seeds=3 is seeds 0, 1, 2) or a list of different seeds"
        raise refuse("seeds", seeds, f"{valid} >= 0 (seeds=[0,5])")
    return listed


def _planned(cfg: DictConfig, resolved: Resolve) -> Planned:
    """Return the run of a composed config.

    Its identity is taken of checked, complete and typed values, so that two ways to
    write one number make one run.
    """
    composed: Any = OmegaConf.to_container(cfg, resolve=True)
    if not (_is_int(composed["seed"]) and composed["seed"] >= 0):
        raise refuse("seed", composed["seed"], "an integer >= 0")
    data = resolved(json.dumps(composed["data"]))
    recipe = {k: v for k, v in composed["recipe"].items() if k not in NOT_TRAINING}
    recipe["weights"] = _fingerprint(recipe["weights"])
    design = design_from(composed["network"])
    sizes = data["num_classes"], data["in_chans"], data["image_size"]
    counted = cost_of(design, *sizes)
    step = composed["step"]
    return Planned(
        regime=composed["regime"]["name"],
        step=step["name"],
        label=step["title"],
        section=step["section"],
        adopted=step["status"],
        parent=parent_of(step["name"]) or "",
        seed=composed["seed"],
        run=Run(
            plain(asdict(design)),
            plain(asdict(Recipe(**recipe))),
            data,
            composed["seed"],
        ),
        params=counted.params,
        gflops=counted.gflops,
    )


def _resolved(described: str) -> dict[str, Any]:
    """Return the data's settings, with what only the data know, without their path."""
    return plain(resolve(read_settings(json.loads(described))))


def _fingerprint(weights: str | None) -> str | None:
    """Return the hash of a file of weights, which stands in a run for its path."""
    if weights is None:
        return None
    try:
        with open(weights, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:16]
    except OSError as error:
        valid = "null or a file, .safetensors or PyTorch's"
        raise refuse("recipe.weights", weights, valid) from error


def _steps(words: Sequence[str]) -> list[str]:
    """Return the steps that ``+step=`` names, in the order asked for."""
    asked = named_steps(words)
    if not asked:
        raise ValueError(f"no step: say +step=all, or of: {', '.join(step_names())}")
    for extra in asked[1:]:
        line = "valid: one +step= on a command line, +step=[resnet,gelu] for several"
        raise ValueError(f"{extra.input_line}: {line}")
    value: Any = asked[0].value()
    names = [str(name) for name in (value if isinstance(value, list) else [value])]
    every = OmegaConf.load(config.path("step", "all")).step.steps
    wanted = [n for name in names for n in (every if name == "all" else [name])]
    return list(dict.fromkeys(wanted))


def _group(word: str) -> str:
    return parsed(word).key_or_group.split(".")[0]


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
