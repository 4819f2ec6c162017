"""How every command starts and fails: Hydra's app, exit status 2, one clear line."""

from __future__ import annotations

import errno
import os
import re
import signal
import sys
from collections.abc import Callable
from types import FrameType

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from roadmap.base import config

Overrides = list[str]
_QUIET = {  # Roadmap keeps its own folders and logs
    "hydra.run.dir": ".",
    "hydra.output_subdir": "null",
    "hydra/hydra_logging": "none",
    "hydra/job_logging": "none",
}
_MOVED = {"html": "python -m roadmap.explorer study=NAME makes the page"}
"""Settings of older versions, and what does their work now."""
_NO_FAULT_OF_OURS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES)
_TWICE = r"Multiple values for (\w+)\. To override a value use 'override \w+: (\w+)'"
_NO_OPTION = r"Could not (?:find|load) '(\w+)/([^']+)'"


def run(name: str, main: Callable[[DictConfig, Overrides], int]) -> None:
    """Run ``main(cfg, overrides)`` on conf/<name>.yaml and exit with what it returns.

    A wrong request (Hydra's errors, ValueError, LookupError from checks) is one line on
    stderr and exit status 2; Ctrl-C is 130.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    # Else Hydra prints the error itself, over many lines, and exits with 1.
    os.environ["HYDRA_FULL_ERROR"] = "1"
    if {"--help", "-h"} & set(sys.argv):
        sys.argv += _needed(name)
    said = {word.partition("=")[0] for word in sys.argv}
    sys.argv += [f"{key}={_QUIET[key]}" for key in _QUIET if key not in said]
    status: list[int] = []
    wrong: list[str] = []

    @hydra.main(config_path=str(config.CONF), config_name=name, version_base="1.3")
    def app(cfg: DictConfig) -> None:
        try:
            status.append(main(cfg, list(HydraConfig.get().overrides.task)))
        except (ValueError, LookupError, OmegaConfBaseException) as error:
            if isinstance(error, KeyError | IndexError):
                raise  # a fault of ours, not of the request
            wrong.append(str(error))  # raised here, Hydra would add a line of its own

    try:
        app()
    except (HydraException, OmegaConfBaseException) as error:
        refuse(_explain(error, name))
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        if error.errno not in _NO_FAULT_OF_OURS:
            raise
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
    for line in wrong:
        refuse(line)
    sys.exit(max(status, default=0))


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Take a polite kill as Ctrl-C: what is running leaves a checkpoint."""
    raise KeyboardInterrupt


def refuse(line: str) -> None:
    """Print the line and exit with status 2."""
    print("error: " + " ".join(line.split()), file=sys.stderr)
    sys.exit(2)


def _explain(error: Exception, name: str) -> str:
    """Return one line for an error of Hydra's, with the words that are valid there."""
    text = str(error)
    unknown = re.search(r"Could not (?:override|append to config) '?([\w./@]+)", text)
    if not unknown and (missing := re.search(_NO_OPTION, text)):
        group, word = missing.groups()
        valid = ", ".join(config.options(group))
        return f"{group}={word}: no such {group}; valid: {valid}"
    if not unknown and (twice := re.search(_TWICE, text)):
        group, word = twice.groups()
        return f"{group}={word}: {group} is given twice; valid: one {group}="
    if not unknown:
        return text
    word = unknown.group(1)
    line = f"{word}: no such setting; valid: {', '.join(_siblings(word, name))}"
    return f"{line}; {_MOVED[word]}" if word in _MOVED else line


def _siblings(word: str, name: str) -> list[str]:
    """Return the keys that stand where ``word`` was looked for."""
    words = [w for w in sys.argv[1:] if re.match(r"\+?step=\w+$", w)]
    cfg = config.compose(name, words[:1] or _needed(name))
    *path, _ = word.split(".")
    node = OmegaConf.select(cfg, ".".join(path)) if path else cfg
    prefix = "".join(f"{part}." for part in path)
    keys = (
        [str(k) for k in node]
        if isinstance(node, DictConfig)
        else [str(k) for k in cfg]
    )
    return [f"{prefix if isinstance(node, DictConfig) else ''}{key}" for key in keys]


def _needed(name: str) -> list[str]:
    """Return what a command needs so that its config composes: an example's step."""
    said = any(re.match(r"\+?step=", word) for word in sys.argv)
    return ["step=resnet"] if name in ("train", "explain") and not said else []
