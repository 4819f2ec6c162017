"""Hydra's errors, each in one line with the words that are valid there."""

from __future__ import annotations

import re
import sys
from typing import Any

from omegaconf import OmegaConf

from roadmap.base import config
from roadmap.base.close import did_you_mean

_MOVED = {"html": "python -m roadmap.explorer study=NAME makes the page"}
"""Settings of older versions, and what does their work now."""
_UNKNOWN = r"Could not (?:override|append to config) '?([\w./@]+)"
_NO_OPTION = r"Could not (?:find|load) '(\w+)/([^']+)'"
_TWICE = r"Multiple values for (\w+)\. To override a value use 'override \w+: (\w+)'"
_NO_BRACKETS = r"Ambiguous value for argument '([^=]+)=([^']*)'"
_NO_EQUALS = r"Error parsing override '(.*)'\nmissing EQUAL"
_NO_STEP = r"You must specify 'step'"
_STEP = {"train": "step=resnet", "explain": "step=resnet", "sweep": "+step=resnet"}
"""What a command needs so that its config has all settings."""


def explain(error: Exception, name: str) -> str:
    """Return one line for an error of Hydra's, in the command of conf/<name>.yaml."""
    text = str(error)
    if unknown := re.search(_UNKNOWN, text):
        return _no_setting(unknown[1], name)
    if missing := re.search(_NO_OPTION, text):
        group, word = missing.groups()
        names = config.options(group)
        line = f"{group}={word}: no such {group}; {did_you_mean(word, names)}"
        return f"{line}valid: {', '.join(names)}"
    if twice := re.search(_TWICE, text):
        group, word = twice.groups()
        return f"{group}={word}: {group} is given twice; valid: one {group}="
    if several := re.search(_NO_BRACKETS, text):
        key, listed = several.groups()
        return f"{key}={listed}: valid: a list in brackets, {key}=[{listed}]"
    if bare := re.search(_NO_EQUALS, text):
        return _no_value(bare[1])
    if re.search(_NO_STEP, text):
        return f"no step: say step= and one of: {', '.join(config.options('step'))}"
    return text


def _no_value(word: str) -> str:
    """Return the line for a word that sets nothing: ``gelu`` instead of step=gelu."""
    found = [
        f"{group}={word}" for group in config.GROUPS if word in config.options(group)
    ]
    hint = f"did you mean {found[0]}? " if found else ""
    return f"{word}: {hint}valid: SETTING=VALUE; --help lists the settings"


def _no_setting(word: str, name: str) -> str:
    """Return the line for a setting that there is none of."""
    settings = _settings(name)
    path = word.rpartition(".")[0]
    beside = [key for key in settings if key.rpartition(".")[0] == path]
    if not beside:
        beside = [key for key in settings if "." not in key]
    line = f"{word}: no such setting; {_hint(word, settings)}valid: {', '.join(beside)}"
    return f"{line}; {_MOVED[word]}" if word in _MOVED else line


def _hint(word: str, settings: list[str]) -> str:
    """Propose a setting of nearly this name, or of this name in a group."""
    if hint := did_you_mean(word, settings, at_least=0.8):
        return hint
    last = {key.rpartition(".")[2]: key for key in reversed(settings)}
    hint = did_you_mean(word.rpartition(".")[2], last, at_least=0.8)
    return re.sub(r"mean (\w+)", lambda found: f"mean {last[found[1]]}", hint)


def _settings(name: str) -> list[str]:
    """Return the names of a command's settings, with dots."""
    needed = [_step() or _STEP[name]] if name in _STEP else []
    cfg = config.compose(name, needed)
    plain: Any = OmegaConf.to_container(cfg, resolve=False)
    return [key for key in _keys(plain) if not key.startswith("hydra")]


def _step() -> str | None:
    """Return the command's own word for a step, where it names one that there is."""
    found = (re.fullmatch(r"\+?step=(\w+)", word) for word in sys.argv)
    steps = config.options("step")
    return next((one[0] for one in found if one and one[1] in steps), None)


def _keys(node: dict[str, Any], before: str = "") -> list[str]:
    found = []
    for key, value in node.items():
        found.append(f"{before}{key}")
        if isinstance(value, dict):
            found += _keys(value, f"{before}{key}.")
    return found
