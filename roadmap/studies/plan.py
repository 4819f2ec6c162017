"""From the words of a command to the list of runs that it asks for."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf import DictConfig, ListConfig, OmegaConf

from roadmap import data
from roadmap.base import config
from roadmap.base.settings import one_of
from roadmap.network.costs import cost_of
from roadmap.network.design import design_from, is_int
from roadmap.network.steps import parent, step_names
from roadmap.runs.run import Run
from roadmap.training.recipe import recipe_from

SWEEP_ONLY = ("step", "seeds", "study", "launcher", "dry_run", "budget_hours")
"""What a sweep says of itself; all other words are said of each of its runs."""
NOT_TRAINING = (
    "name",
    "original",
    "layer_scale",
    "drop_path_rate",
    "stochastic_depth",
)
"""Keys of a recipe that are names, or that the network has taken over."""


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


def plan_sweep(overrides: list[str], seeds: Any) -> list[Planned]:
    """Return the runs of ``+step=... seeds=...``: all steps for the first seed first.

    Raises:
        ValueError: one line that names the wrong word and the valid ones.
    """
    steps = _steps(overrides)
    listed = parse_seeds(seeds)
    words = [w for w in overrides if _key(w).split(".")[0] not in SWEEP_ONLY]
    planned = [plan_run([*words, f"step={step}"]) for step in steps]
    return [
        one._replace(seed=seed, run=replace(one.run, seed=seed))
        for seed in listed
        for one in planned
    ]


def plan_run(overrides: list[str]) -> Planned:
    """Return the run that ``python -m roadmap.train <overrides>`` asks for.

    Raises:
        ValueError: one line that names the wrong word and the valid ones.
    """
    for word in overrides:
        if _key(word) == "step" and word.endswith("]"):  # Hydra would merge them
            raise ValueError(f"{word}: valid: one step; a sweep takes several")
    cfg = compose_run(overrides)
    if not (is_int(cfg.seed) and cfg.seed >= 0):
        raise ValueError(f"seed={cfg.seed}: valid: an integer >= 0")
    data.validate(cfg.data)
    plain: Any = OmegaConf.to_container(cfg, resolve=True)
    recipe = {k: v for k, v in plain["recipe"].items() if k not in NOT_TRAINING}
    recipe["weights"] = _fingerprint(recipe["weights"])
    recipe_from(recipe)
    root = plain["data"].get("root")
    known = {k: v for k, v in plain["data"].items() if k != "root"}
    settings = data.resolve(known, root)
    run = Run(plain["network"], recipe, settings, plain["seed"])
    cost = cost_of(
        design_from(plain["network"]),
        settings["num_classes"],
        settings["in_chans"],
        settings["image_size"],
    )
    step = plain["step"]
    return Planned(
        regime=plain["regime"]["name"],
        step=step["name"],
        label=step["title"],
        section=step["section"],
        adopted=step["status"],
        parent=parent(step["name"]) or "",
        seed=plain["seed"],
        run=run,
        params=cost.params,
        gflops=cost.gflops,
    )


def _fingerprint(weights: str | None) -> str | None:
    """Return the hash of a file of weights, which stands in a run for its path."""
    if weights is None:
        return None
    try:
        with open(weights, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:16]
    except OSError as error:
        valid = "null or a file, .safetensors or PyTorch's"
        raise ValueError(f"recipe.weights={weights}: valid: {valid}") from error


def parse_seeds(seeds: Any) -> list[int]:
    """Return the seeds of ``seeds=3`` (0, 1, 2) or ``seeds=[0,5]``.

    Raises:
        ValueError: one line, unless they are a count >= 1 or different seeds >= 0.
    """
    if is_int(seeds) and seeds >= 1:
        return list(range(seeds))
    listed = list(seeds) if isinstance(seeds, list | tuple | ListConfig) else []
    different = len(set(listed)) == len(listed)
    if not (listed and different and all(is_int(s) and s >= 0 for s in listed)):
        shown = str(seeds).replace(" ", "")
        raise ValueError(
            f"seeds={shown}: valid: a count >= 1 (seeds=3 is seeds 0, 1, 2) or a list "
            "of different seeds >= 0 (seeds=[0,5])"
        )
    return listed


def _steps(overrides: list[str]) -> list[str]:
    """Return the steps that ``+step=`` names, in the order asked for."""
    parsed = OverridesParser.create().parse_overrides(overrides)
    values = [o.value() for o in parsed if o.key_or_group == "step"]
    asked = values[0] if values else None
    names = [str(n) for n in (asked if isinstance(asked, list) else [asked])]
    if not values:
        raise ValueError(f"no step: say +step=all, or of: {', '.join(step_names())}")
    every = OmegaConf.load(config.CONF / "step" / "all.yaml").step.steps
    wanted = [n for name in names for n in (every if name == "all" else [name])]
    for name in wanted:
        one_of("step", name, step_names())
    return list(dict.fromkeys(wanted))


@cache
def _key(word: str) -> str:
    return OverridesParser.create().parse_override(word).key_or_group


def compose_run(overrides: list[str]) -> DictConfig:
    """Compose a run, under the recipe that its step asks for.

    A step says ``chosen``, the recipe that the command names, or ``original``: then it
    is trained by the recipe that the chosen one calls its original, and of the user's
    words on the recipe only ``recipe.epochs``, which shortens every run, is kept.
    """
    cfg = _compose(overrides)
    wanted = cfg.step.get("recipe", "chosen")
    if wanted == "chosen":
        return cfg
    kept = [
        w
        for w in overrides
        if _key(w).split(".")[0] != "recipe" or _key(w) == "recipe.epochs"
    ]
    return _compose([*kept, f"recipe={cfg.recipe[wanted]}"])


def _compose(overrides: list[str]) -> DictConfig:
    try:
        cfg = config.compose("train", overrides)
    except HydraException as error:
        step = next((w for w in overrides if _key(w) == "step"), "step=?")
        line = " ".join(str(error).split())
        raise ValueError(f"{step}: {line}") from error
    one_of("step", cfg.step.name, step_names())
    return cfg
