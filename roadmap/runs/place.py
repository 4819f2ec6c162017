"""A Place: where a run is trained and kept, made from the words of a command."""

from __future__ import annotations

from dataclasses import field, replace
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from roadmap.base import machine
from roadmap.base.settings import settings
from roadmap.data.settings import FOLDERS
from roadmap.training.setup import Setup
from roadmap.training.trackers import NONE, check_tracker

MOST_WORKERS = 16
"""Processes that load data for one run on a GPU, at most."""


@settings("")
class Place:
    """Where and how a run is trained and kept; none of it is in the run's identity."""

    root: str
    """The folder that all output goes to."""
    setup: Setup = Setup()
    git_sha: str = ""
    tracker: dict[str, Any] = field(default_factory=lambda: dict(NONE))
    study: str = ""
    regime: str = ""
    step: str = ""

    @property
    def cache(self) -> Path:
        """The folder for data that were made or downloaded."""
        return Path(self.root, "data")


def place_of(
    cfg: DictConfig,
    workers: int = 1,
    elsewhere: bool = False,
    cpus_per_run: int | None = None,
) -> Place:
    """Return where the config's runs are trained and kept.

    Args:
        cfg: the config of a sweep or a run, see ``conf/place.yaml``.
        workers: how many runs are trained at a time on this machine.
        elsewhere: whether runs may be trained on other machines; ``device=auto`` is
            then left for them to resolve.
        cpus_per_run: CPUs that a run has on another machine.

    Raises:
        ValueError: one line, for a setting that does not fit, or a device or library
            that is not there.
    """
    _check_root(cfg)
    setup = Setup(
        device=machine.resolve_device(cfg.device, here=not elsewhere),
        device_batch=cfg.device_batch,
        compile=cfg.compile,
        threads=cfg.threads,
        num_workers=cfg.num_workers,
        data_root=_absolute(cfg.data.get("root")),
        weights=_absolute(cfg.recipe.get("weights")),
        checkpoint_seconds=cfg.checkpoint_seconds,
    )
    if setup.num_workers is None:
        spare = max(0, (cpus_per_run or 0) - setup.threads)
        loaders = spare if elsewhere else _num_workers(setup, workers)
        setup = replace(setup, num_workers=loaders)
    tracker: Any = OmegaConf.to_container(cfg.tracker, resolve=True)
    return Place(
        root=str(Path(cfg.root).absolute()),
        setup=setup,
        git_sha=machine.git_sha(),
        tracker=check_tracker(tracker),
        study=str(cfg.study),
    )


def place_from(plain: dict[str, Any]) -> Place:
    """Return the place of which ``asdict`` made this, for another process."""
    return Place(**{**plain, "setup": Setup(**plain["setup"])})


def _num_workers(setup: Setup, workers: int) -> int:
    """Return how many processes load the data of one of so many runs."""
    if setup.device == "cpu":
        # The run decodes by itself: more processes would take the cores of other runs.
        return 0
    return max(1, min(MOST_WORKERS, machine.cores() // workers))


def _check_root(cfg: DictConfig) -> None:
    if cfg.get("dry_run"):  # it shows what the sweep would take, wherever the data lie
        return
    if cfg.data.name in FOLDERS and cfg.data.root is None:
        raise ValueError(f"data.root is missing: the folder where {cfg.data.name} lies")


def _absolute(path: str | None) -> str | None:
    """Return the path as processes in other folders find it."""
    return path and str(Path(path).expanduser().absolute())
