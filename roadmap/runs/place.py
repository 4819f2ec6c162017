"""From the words on where a run is trained to a Place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from roadmap.base import machine
from roadmap.data.settings import FOLDERS
from roadmap.launchers import ELSEWHERE
from roadmap.network.design import is_int
from roadmap.runs.assemble import Place
from roadmap.studies.plan import Planned
from roadmap.training.trackers import check_tracker

ALONE = {"name": "serial", "workers": 1}


def place_of(cfg: DictConfig, launcher: Mapping[str, Any] = ALONE) -> Place:
    """Return where the config's runs are trained and kept, started by that launcher.

    Where runs are trained elsewhere, ``auto`` is resolved there.

    Raises:
        ValueError: one line, for a setting that does not fit, or a device or library
            that is not there.
    """
    _check(cfg, "threads", 1)
    _check(cfg, "num_workers", 0, or_null=True)
    _check(cfg, "device_batch", 1, or_null=True)
    if not isinstance(cfg.compile, bool):
        raise ValueError(f"compile={cfg.compile}: valid: true, false")
    seconds = cfg.checkpoint_seconds
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds < 0:
        raise ValueError(f"checkpoint_seconds={seconds}: valid: a number >= 0")
    tracker: Any = OmegaConf.to_container(cfg.tracker, resolve=True)
    check_tracker(tracker)
    elsewhere = launcher["name"] in ELSEWHERE
    device = machine.resolve_device(cfg.device, here=not elsewhere)
    if cfg.data.name in FOLDERS and cfg.data.root is None:
        raise ValueError(f"data.root is missing: the folder where {cfg.data.name} lies")
    return Place(
        root=str(Path(cfg.root).absolute()),
        device=device,
        threads=cfg.threads,
        device_batch=cfg.device_batch,
        compile=cfg.compile,
        num_workers=_num_workers(cfg, device, launcher),
        checkpoint_seconds=seconds,
        git_sha=machine.git_sha(),
        data_root=_absolute(cfg.data.get("root")),
        weights=_absolute(cfg.recipe.get("weights")),
        tracker=tracker,
        study=str(cfg.study),
    )


def placed(place: Place, one: Planned) -> Place:
    """Return the place under the names that a tracker files this run under."""
    return place._replace(regime=one.regime, step=one.step)


def _num_workers(cfg: DictConfig, device: str, launcher: Mapping[str, Any]) -> int:
    if cfg.num_workers is not None:
        return cfg.num_workers
    if launcher["name"] in ELSEWHERE:
        return max(0, (launcher["cpus_per_run"] or 0) - cfg.threads)
    # A CPU run decodes by itself: more processes would take the cores of other runs.
    share = machine.cores() // launcher["workers"]
    return 0 if device == "cpu" else max(1, min(16, share))


def _absolute(path: str | None) -> str | None:
    """Return the path as processes in other folders find it."""
    return path and str(Path(path).expanduser().absolute())


def _check(cfg: DictConfig, name: str, low: int, or_null: bool = False) -> None:
    value = cfg[name]
    if not ((or_null and value is None) or (is_int(value) and value >= low)):
        null = "null or " if or_null else ""
        raise ValueError(f"{name}={value}: valid: {null}an integer >= {low}")
