"""What a step changes: two composed configs side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from omegaconf import DictConfig, OmegaConf

from roadmap.network.steps import load_step
from roadmap.studies.plan import compose_run

FULL_SIZE = ["data=imagenet", "data.root=PATH", "recipe=enhanced"]
"""What the training command of a regime of the paper's size says further."""


@cache
def composed(step: str, regime: str) -> DictConfig:
    """Return ``load_step``'s config; composing takes longer than all the rest.

    Raises:
        ValueError: one line that names the wrong word and the valid ones.

    """
    return load_step(step, regime)


@cache
def run_config(step: str, regime: str) -> DictConfig:
    """Return the config of the step's run, under the recipe that it is trained by."""
    return compose_run(words(step, regime))


def words(
    step: str, regime: str, switches: Mapping[str, Any] | None = None
) -> list[str]:
    """Return what one says to ``roadmap.train`` to train the step at a regime."""
    said = [f"step={step}"]
    if regime != "proxy":
        said += [f"regime={regime}", *FULL_SIZE]
    return said + [f"network.{k}={as_word(v)}" for k, v in (switches or {}).items()]


def changes(
    old: DictConfig, new: DictConfig, switches: Mapping[str, Any]
) -> Iterator[str]:
    """Yield what differs between two steps' configs, a line a setting.

    ``switches`` are those of the new network that are set otherwise. The recipes are
    compared where the steps are trained by different ones.
    """
    network = plain(new.network) | dict(switches)
    yield from _differences("network", plain(old.network), network)
    if old.step.get("recipe") != new.step.get("recipe"):
        recipes = [run_config(c.step.name, c.regime.name).recipe for c in (old, new)]
        yield from _differences("recipe", *map(plain, recipes))


def _differences(
    group: str, before: dict[str, Any], after: dict[str, Any]
) -> Iterator[str]:
    for key in dict.fromkeys([*before, *after]):
        old, new = before.get(key), after.get(key)
        if old != new and as_word(old) != as_word(new):
            yield f"{group}.{key}: {as_word(old)} → {as_word(new)}"


def plain(node: DictConfig) -> dict[str, Any]:
    """Return a node of a config as a dict, resolved."""
    content: Any = OmegaConf.to_container(node, resolve=True)
    return dict(content)


def as_word(value: Any) -> str:
    """Return a setting as the command line has it: ``[3,3,9,3]``, ``null``."""
    if isinstance(value, list | tuple):
        return f"[{','.join(map(as_word, value))}]"
    if value is None or isinstance(value, bool):
        return {True: "true", False: "false", None: "null"}[value]
    return str(value)


def own_text(name: str, cfg: DictConfig, old: DictConfig | None) -> str:
    """Return a text of a step; "" where it has none, or only its parent's."""
    text = str(cfg.step.get(name, ""))
    return "" if old is not None and text == old.step.get(name) else text
