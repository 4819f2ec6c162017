"""What a step changes: the differences between two composed configs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from omegaconf import DictConfig, OmegaConf

from roadmap.base.settings import word
from roadmap.network.steps import load_step
from roadmap.studies.compose import compose_run

FULL_SIZE = ["data=imagenet", "data.root=PATH", "recipe=enhanced"]
"""Overrides that training at the paper's sizes takes beside the step and regime."""


@cache
def composed(step: str, regime: str) -> DictConfig:
    """Return the config of ``load_step``, composed once: Hydra takes 0.1 s for each.

    Raises:
        ValueError: one line that names the wrong word and the valid ones.

    """
    return load_step(step, regime)


@cache
def run_config(step: str, regime: str) -> DictConfig:
    """Return the config of the step's run, with the recipe that trains it."""
    return compose_run(words(step, regime))


def words(
    step: str, regime: str, switches: Mapping[str, Any] | None = None
) -> list[str]:
    """Return the overrides with which ``roadmap.train`` trains the step at a regime."""
    overrides = [f"step={step}"]
    if regime != "proxy":
        overrides += [f"regime={regime}", *FULL_SIZE]
    own = [f"network.{key}={word(value)}" for key, value in (switches or {}).items()]
    return overrides + own


def changes(
    old: DictConfig, new: DictConfig, switches: Mapping[str, Any]
) -> Iterator[str]:
    """Yield the differences between two steps' configs, one line for each setting.

    ``switches`` are set in the new network beside its config. The recipes are compared
    where the two steps name different ones.
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
        if old != new and word(old) != word(new):
            yield f"{group}.{key}: {word(old)} → {word(new)}"


def plain(node: DictConfig) -> dict[str, Any]:
    """Return a node of a config as a dict, resolved."""
    content: Any = OmegaConf.to_container(node, resolve=True)
    return dict(content)


def own_text(name: str, cfg: DictConfig, old: DictConfig | None) -> str:
    """Return a text of a step; "" where it has none of its own."""
    text = str(cfg.step.get(name, ""))
    return "" if old is not None and text == old.step.get(name) else text


def sizes(regime: str, image_size: int | None) -> tuple[int, int, int]:
    """Return what a network is seen with: classes, channels and side of its images."""
    data = run_config("resnet", regime).data  # the same for every step
    side = data.image_size if image_size is None else image_size
    return data.num_classes, data.in_chans, side
