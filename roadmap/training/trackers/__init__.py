"""Trackers: where a run's curves are sent to. A CSV file, wandb or TensorBoard.

Each is a module of this package with a class ``Settings``, the ``LIBRARY`` that it
needs, a function ``load`` that imports it and a function ``make`` that starts it.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from roadmap.base.settings import one_of
from roadmap.training.trackers.tracker import INIT_TIMEOUT, Labels, Tracker, in_thread

TRACKERS = ("none", "csv", "wandb", "tensorboard")
NONE = {"name": "none"}
"""The settings of no tracker."""


def check_tracker(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of ``conf/tracker/<name>.yaml``, complete and checked.

    Raises:
        ValueError: one line, for an unknown tracker or setting of it, or a library
            that is not installed.
    """
    name = settings.get("name")
    one_of("tracker", name, TRACKERS)
    if name == "none":
        return dict(NONE)
    module = _module(settings)
    complete = asdict(module.Settings(**settings))
    spec = module.LIBRARY and importlib.util.find_spec(module.LIBRARY)
    # A folder named wandb, which wandb itself makes, has a spec but no origin.
    if module.LIBRARY and (spec is None or spec.origin is None):
        needs = f"needs the {module.LIBRARY} package"
        raise ValueError(f"tracker={name}: {needs}: pip install 'roadmap[{name}]'")
    return complete


def open_tracker(
    settings: Mapping[str, Any],
    folder: Path,
    labels: Labels,
    config: Mapping[str, Any],
) -> Tracker:
    """Return the tracker of checked settings; it writes its files to ``folder``.

    Its methods raise nothing and return at once, but for ``finish``, which waits until
    all is written, and no longer than ``init_timeout``.
    """
    if settings["name"] == "none" or settings.get("mode") == "disabled":
        return Tracker()
    module = _module(settings)
    # Here and not in the tracker's thread: two threads that import at once can see each
    # other's modules half done. A failure is logged when the thread tries again.
    with contextlib.suppress(Exception):
        module.load()
    make = partial(module.make, module.Settings(**settings), folder, labels, config)
    timeout = settings.get("init_timeout", INIT_TIMEOUT)
    return in_thread(make, settings["name"], timeout)


def log_figure(
    settings: Mapping[str, Any], folder: Path, study: str, png: Path
) -> None:
    """Send a study's figure to wandb or TensorBoard; CSV has no use for it.

    Raises nothing, and waits no longer than ``init_timeout``.
    """
    labels = Labels(study, regime="", step="figure", seed=2, run="figure")
    tracker = open_tracker(settings, folder, labels, {})
    tracker.figure(png)
    tracker.finish({"status": "finished"})


def _module(settings: Mapping[str, Any]) -> Any:
    return importlib.import_module(f"{__name__}.{settings['name']}")
