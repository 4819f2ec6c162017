"""From a command's words to the config of each run: what steps share is composed once.

Hydra takes a tenth of a second to compose a config. Nearly all of it is the same for
every step, so it is composed once, and a step's files are merged into it: they say only
``step`` and ``network``. A step that says more, as another recipe, is composed by Hydra
by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf, open_dict

from roadmap.base import config
from roadmap.base.settings import one_of
from roadmap.base.wrong import explain
from roadmap.network.changes import (
    SIZE,
    START,
    canonical,
    edits,
    is_combination,
    label_of,
    read_combination,
)
from roadmap.network.path import step_names

ANY_STEP = "resnet_original"
"""The step that the shared config is composed with; its own words are replaced."""
COMBINATION = "combination"
"""The section and the status of a combination of changes."""
OWN = {"defaults", "step", "network"}
"""What a step's file may say to be merged without Hydra."""
STEP = ("step", "combination")
"""What names steps on the command line; the second stands for the first."""
SHORTENS = "recipe.epochs"
"""The one word on the recipe that a step with a recipe of its own takes, too."""


def compose_run(words: Sequence[str]) -> DictConfig:
    """Return the config that ``python -m roadmap.train <words>`` trains by.

    Raises:
        ValueError: one line that names the wrong word and the valid ones.
    """
    named = named_steps(words)
    for extra in named[1:]:
        raise ValueError(f"{extra.input_line}: valid: one step= on a command line")
    for one in named:
        if isinstance(one.value(), list):
            raise ValueError(
                f"{one.input_line}: valid: one step; a sweep takes several"
            )
    if not named:
        raise ValueError(f"no step: say step= and one of: {', '.join(step_names())}")
    rest = [w for w in words if _key(w) not in STEP]
    return compose_steps(rest, [str(named[0].value())])[0]


def compose_steps(words: Sequence[str], steps: Sequence[str]) -> list[DictConfig]:
    """Return the config of each step's run, under the recipe that the step asks for.

    A step says ``chosen``, the recipe that the command names, or ``original``: then it
    is trained by the recipe that the chosen one calls its original, and of the words
    on the recipe only ``recipe.epochs``, which shortens every run, is taken.

    Raises:
        ValueError: one line that names the wrong word and the valid ones.
    """
    steps = [canonical(step) for step in steps]
    # Kept for this call alone: the files may change before the next.
    by_hydra, read = cache(_by_hydra), cache(_read)
    configs = [_composed(tuple(words), step, by_hydra, read) for step in steps]
    original = [cfg.step.get("recipe", "chosen") != "chosen" for cfg in configs]
    ignored = [w for w in words if _is_of_recipe(w)]
    if ignored and all(original):
        raise ValueError(
            f"{ignored[0]}: {steps[0]} is trained by a recipe of its own, which takes "
            f"only {SHORTENS} from the command line"
        )
    for at, cfg in enumerate(configs):
        if original[at]:
            own = f"recipe={cfg.recipe[cfg.step.recipe]}"
            kept = [w for w in words if w not in ignored and _key(w) != "recipe"]
            configs[at] = _composed((*kept, own), steps[at], by_hydra, read)
    return configs


@cache
def parsed(word: str) -> Override:
    """Return a word of the command line as Hydra understands it."""
    return OverridesParser.create().parse_override(word)


def named_steps(words: Sequence[str]) -> list[Override]:
    """Return the words that name steps or combinations, as Hydra understands them."""
    found = [parsed(word) for word in words if _key(word) in STEP]
    combined = [one for one in found if one.key_or_group == "combination"]
    return combined or found


def _key(word: str) -> str:
    return parsed(word).key_or_group


def _is_of_recipe(word: str) -> bool:
    return _key(word).startswith("recipe.") and _key(word) != SHORTENS


def _composed(
    words: tuple[str, ...],
    step: str,
    by_hydra: Callable[[tuple[str, ...]], DictConfig],
    read: Callable[[str], dict[str, Any]],
) -> DictConfig:
    """Return the config of a step under these words, whatever recipe it asks for."""
    chain = _chain(step, read)
    switches = [w for w in words if _key(w).split(".")[0] == "network"]
    if chain is None or not all(_sets_one(w) for w in switches):
        if is_combination(step):
            wrong = next(w for w in switches if not _sets_one(w))
            raise ValueError(f"{wrong}: valid with step={step}: network.SWITCH=VALUE")
        return by_hydra((*words, f"step={step}"))
    common = tuple(w for w in words if w not in switches)
    cfg = by_hydra((*common, f"step={ANY_STEP}")).copy()
    with open_dict(cfg):
        for part in ("step", "network"):
            cfg[part] = {k: v for file in chain for k, v in file.get(part, {}).items()}
        for word in switches:
            OmegaConf.update(cfg, _key(word), parsed(word).value())
    return cfg


def _sets_one(word: str) -> bool:
    """Return whether the word sets one switch, ``network.kernel_size=9``."""
    override = parsed(word)
    simple = not (override.is_delete() or override.is_sweep_override())
    return simple and "." in override.key_or_group


def _chain(
    step: str, read: Callable[[str], dict[str, Any]]
) -> list[dict[str, Any]] | None:
    """Return a step's files from the start on; None where Hydra must merge them.

    Raises:
        ValueError: one line, where Hydra must merge a change of a combination.
    """
    if is_combination(step):
        return _chain_of_changes(step, read)
    files: list[dict[str, Any]] = []
    name: str | None = step
    while name is not None:
        file = read(name)
        defaults = list(file.get("defaults", ["_self_"]))
        parents = [other for other in defaults if other in step_names()]
        usual = defaults == [*parents[:1], "_self_"] and file not in files
        if not (usual and _is_flat(file)):
            return None
        files.insert(0, file)
        name = next(iter(parents), None)
    return files


def _chain_of_changes(
    name: str, read: Callable[[str], dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return the start's files, those of a combination's changes, and its own words."""
    changes = read_combination(name)
    edited = [read(change) for change in changes]
    for change, file in zip(changes, edited, strict=True):
        if not _is_flat(file):
            line = "a change that is combined sets only switches of the network"
            raise ValueError(f"step={name}: {change}: valid: {line}")
    own = {"name": name, "title": label_of(changes), "section": COMBINATION}
    start = _chain(START, read) or []
    return [*start, *edited, {"step": {**own, "status": COMBINATION}}]


def _is_flat(file: dict[str, Any]) -> bool:
    parts = [file.get(part, {}) for part in ("step", "network")]
    nested = any(isinstance(value, dict) for part in parts for value in part.values())
    return file.keys() <= OWN and not nested


def _read(step: str) -> dict[str, Any]:
    """Return what a step's file says, as it is written; a size sets a switch alone."""
    if SIZE.fullmatch(step):
        return {"network": edits(step)}
    file = OmegaConf.load(config.path("step", step))
    content: Any = OmegaConf.to_container(file)
    return content


def _by_hydra(words: tuple[str, ...]) -> DictConfig:
    """Compose a run by Hydra.

    Raises:
        ValueError: Hydra's error, in one line.
    """
    try:
        cfg = config.compose("train", list(words))
    except HydraException as error:
        line = explain(error, "train")
        if line == str(error):
            step = next(w for w in words if _key(w) == "step")
            line = f"{step}: {' '.join(line.split())}"
        raise ValueError(line) from error
    one_of("step", cfg.step.name, step_names())
    return cfg
