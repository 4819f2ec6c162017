"""The settings of studies, from the words that each was asked for with."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from roadmap.base.settings import word

GROUPS = ("regime", "recipe", "data")
"""Parts of a sweep's config that change results; a step changes the network."""
Settings = Mapping[str, Any]


def settings_of(folder: Path) -> dict[str, Any] | None:
    """Return a study's settings by name, as ``recipe.epochs``, in today's config.

    A study without runs was published: its data are ImageNet's. None where the study
    does not say with which words it was asked for, or where they are not valid today.
    """
    if not (folder / "results.csv").exists():
        return {"data.name": "imagenet"}
    from hydra.errors import HydraException  # only where it is needed: it takes time
    from omegaconf import OmegaConf

    from roadmap.base.config import compose

    try:
        words = json.loads((folder / "study.json").read_bytes())["words"]
        config: Any = OmegaConf.to_container(compose("sweep", words))
    except (OSError, ValueError, KeyError, TypeError, HydraException):
        return None
    found: dict[str, Any] = {}
    for group in GROUPS:
        found |= _flat(group, config[group])
    switches = [w.split("=", 1) for w in words if w.startswith("network.")]
    return found | {name: value for name, value in switches}


def _flat(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        return {name: value}
    parts = [_flat(f"{name}.{key}", part) for key, part in value.items()]
    return {key: part for one in parts for key, part in one.items()}


def have_one_metric(every: Sequence[Settings | None]) -> bool:
    """Return whether the studies' accuracies are of the same data set, or may be."""
    return len({one["data.name"] for one in every if one}) <= 1


def differing(names: Sequence[str], every: Sequence[Settings | None]) -> str:
    """Return one line: the settings in which the studies differ, and their values."""
    unknown = [n for n, one in zip(names, every, strict=True) if one is None]
    if unknown:
        return f"The settings of {', '.join(unknown)} are not known."
    known = [one for one in every if one]
    keys = dict.fromkeys(key for one in known for key in one)
    parts = [
        f"{key}: {', '.join(f'{v} ({n})' for v, n in zip(values, names, strict=True))}"
        for key in keys
        if len(set(values := [_word(one, key) for one in known])) > 1
    ]
    if not have_one_metric(every):  # hardly a setting is shared
        parts = [part for part in parts if part.startswith("data.name:")]
    return f"The studies differ in {'; '.join(parts)}." if parts else SAME


SAME = "The studies have the same settings."


def _word(settings: Settings, key: str) -> str:
    return word(settings[key]) if key in settings else "none"
