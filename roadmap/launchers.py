"""Adapters around existing schedulers: each starts runs and says when one is over.

A launcher is a generator over ``(index, error)``: the run at this index of the list
is over; ``error`` is None, or one line if it left no record. The run writes its own
record, whoever starts it, so a launcher carries nothing back.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, as_completed
from multiprocessing import get_context
from typing import Any

from pebble import ProcessPool

from roadmap import machine
from roadmap.execute import Place, execute
from roadmap.runs.run import Run

INTERRUPTED = "interrupted"
Over = Generator[tuple[int, str | None], None, None]
Launcher = Callable[[Sequence[Run], Place, dict[str, Any]], Over]


def serial(runs: Sequence[Run], place: Place, settings: dict[str, Any]) -> Over:
    """Start one run after the other in this process."""
    for index, run in enumerate(runs):
        try:
            execute(run, place)
        except KeyboardInterrupt:
            yield index, INTERRUPTED
            raise
        yield index, None


def local(runs: Sequence[Run], place: Place, settings: dict[str, Any]) -> Over:
    """Start the runs in a pool of processes that are kept from run to run.

    A worker that dies takes only its own run with it. Workers end with this process,
    however it ends.
    """
    pool = ProcessPool(
        max_workers=settings["workers"] or workers_here(place),
        context=get_context("spawn"),
        initializer=_follow,
        initargs=[os.getpid()],
    )
    futures: dict[Future, int] = {
        pool.schedule(execute, args=[run, place]): i for i, run in enumerate(runs)
    }
    try:
        for future in as_completed(futures):
            error = future.exception()
            yield futures[future], _line(error) if error else None
    except KeyboardInterrupt:
        for future, index in futures.items():
            if future.running():
                yield index, INTERRUPTED
        raise
    finally:
        pool.stop()
        pool.join()


def workers_here(place: Place) -> int:
    """Return how many runs this machine takes at a time: one a core, or a GPU."""
    return machine.cores() if place.device == "cpu" else 1


def _line(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())


def _follow(parent: int) -> None:
    """Leave Ctrl-C to the parent, and end this worker when the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.2)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


LAUNCHERS: dict[str, Launcher] = {"local": local, "serial": serial}
