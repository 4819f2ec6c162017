"""What every tracker does, and the thread that it works in.

A tracker that fails is named in the log once and left out; the training goes on.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from queue import SimpleQueue
from typing import Any, NamedTuple

INIT_TIMEOUT = 30.0
"""Seconds that ``finish`` waits for a tracker that has no such setting."""
log = logging.getLogger(__name__)


class Labels(NamedTuple):
    """The names that a tracker files a run under; ``run`` is the run's id."""

    study: str
    regime: str
    step: str
    seed: int
    run: str


class Tracker:
    """A tracker that ignores everything; others override what they use."""

    def log(self, row: Mapping[str, float]) -> None:
        """Write an epoch's row: ``epoch``, ``train_loss``, ``lr``, ``top1``, ..."""

    def figure(self, png: Path) -> None:
        """Write a figure of a whole study."""

    def finish(self, summary: Mapping[str, Any]) -> None:
        """Write how the run ended, and close files and connections."""


def in_thread(make: Callable[[], Tracker], name: str, timeout: float) -> Tracker:
    """Return the tracker that ``make`` returns, working in a thread of its own.

    It can neither stop nor delay a run; ``finish`` waits for it ``timeout`` seconds.
    """
    return _InThread(make, name, timeout)


class _InThread(Tracker):
    def __init__(self, make: Callable[[], Tracker], name: str, timeout: float) -> None:
        self._name, self._timeout = name, timeout
        self._calls: SimpleQueue[Callable[[Tracker], None] | None] = SimpleQueue()
        self._failed = False
        # A daemon, so that no process waits for it when it exits.
        self._thread = threading.Thread(target=self._work, args=[make], daemon=True)
        self._thread.start()

    def log(self, row: Mapping[str, float]) -> None:
        row = dict(row)
        self._calls.put(lambda tracker: tracker.log(row))

    def figure(self, png: Path) -> None:
        self._calls.put(lambda tracker: tracker.figure(png))

    def finish(self, summary: Mapping[str, Any]) -> None:
        self._calls.put(lambda tracker: tracker.finish(summary))
        self._calls.put(None)
        self._thread.join(self._timeout)
        if self._thread.is_alive():
            self._warn(f"not done after {self._timeout:g} s")

    def _work(self, make: Callable[[], Tracker]) -> None:
        try:
            tracker = make()
            for call in iter(self._calls.get, None):
                call(tracker)
        except BaseException as error:  # some libraries raise SystemExit
            self._warn(f"{type(error).__name__}: {error}")

    def _warn(self, why: str) -> None:
        if not self._failed:
            line = " ".join(why.split())[:300]
            log.warning("tracker=%s is left out: %s", self._name, line)
        self._failed = True
