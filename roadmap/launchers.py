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
from multiprocessing import current_process, get_context
from typing import Any

from pebble import CONSTS, ProcessPool

from roadmap import machine
from roadmap.execute import INTERRUPTED, Place, execute
from roadmap.runs.run import Run

Job = tuple[Run, Place]
Over = Generator[tuple[int, str | None], None, None]
Launcher = Callable[[Sequence[Job], dict[str, Any]], Over]
CONSTS.term_timeout = 60  # seconds in which a worker that is stopped keeps its state


def serial(jobs: Sequence[Job], settings: dict[str, Any]) -> Over:
    """Start one run after the other in this process."""
    for index, job in enumerate(jobs):
        stopped = execute(*job)["status"] == INTERRUPTED
        yield index, None
        if stopped:
            raise KeyboardInterrupt


def local(jobs: Sequence[Job], settings: dict[str, Any]) -> Over:
    """Start the runs in a pool of processes that are kept from run to run.

    A worker that dies takes only its own run with it. Workers end with this process,
    however it ends; a run in them leaves a checkpoint first, if it still can.
    """
    pool = ProcessPool(
        max_workers=settings["workers"],
        context=get_context("spawn"),
        initializer=_follow,
        initargs=[os.getpid()],
    )
    futures: dict[Future, int] = {
        pool.schedule(_execute, args=list(job)): i for i, job in enumerate(jobs)
    }
    try:
        for future in as_completed(futures):
            error = future.exception()
            yield futures[future], _line(error) if error else None
    finally:
        pool.stop()
        pool.join()


def workers_here(device: str) -> int:
    """Return how many runs this machine takes at a time: one a core, or a GPU."""
    return machine.cores() if device == "cpu" else 1


def _execute(run: Run, place: Place) -> None:
    """Train in a worker, which ends with a run that a signal has stopped."""
    if execute(run, place)["status"] == INTERRUPTED:
        os._exit(1)


def _line(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())


def _follow(parent: int) -> None:
    """Leave Ctrl-C to the parent, and end this worker when the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A daemon may have no children, and loading data takes some.
    current_process()._config["daemon"] = False  # type: ignore[attr-defined]

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGTERM)  # a run leaves a checkpoint
        time.sleep(CONSTS.term_timeout)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


LAUNCHERS: dict[str, Launcher] = {"local": local, "serial": serial}
