"""The cores or GPUs of this machine: a process for each run at a time, kept and reused.

The processes are forked from a server that has imported everything once. A worker that
dies takes only its own run with it and is replaced. Workers end with this process,
however it ends; a run in them leaves a checkpoint first, if it still can.
"""

from __future__ import annotations

import atexit
import os
import signal
from collections import deque
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import suppress
from dataclasses import replace
from multiprocessing import current_process, forkserver, get_context, parent_process
from pathlib import Path
from typing import Any, Literal

from pebble import CONSTS, ProcessExpired, ProcessPool

from roadmap.base import machine
from roadmap.base.settings import AtLeast1, Positive, settings
from roadmap.base.signals import CTRL_C
from roadmap.launchers import Ended, too_long
from roadmap.launchers.job import LEAVE_SECONDS, Job, carry_out, end_with, one_line
from roadmap.runs import store
from roadmap.runs.store import INTERRUPTED

CONSTS.term_timeout = LEAVE_SECONDS
PRELOAD = ["roadmap.runs.execute", "roadmap.base.cli"]
"""What a run needs, and what a worker imports again because its parent did."""
STOPPED = 130
"""Exit status of a worker whose run a signal has stopped."""
_CONTEXT = get_context("forkserver")


@settings("launcher")
class Settings:
    """The keys of conf/launcher/local.yaml."""

    name: Literal["local"] = "local"
    workers: AtLeast1 | None = None
    devices: AtLeast1 = 1
    timeout_min: Positive | None = None


def prepare(settings: Settings, device: str) -> Settings:
    """Fill in how many runs this machine takes, by its cores or GPUs.

    Raises:
        ValueError: one line, where a run asks for more GPUs than there are.
    """
    there = machine.cores() if device == "cpu" else len(_gpus())
    if device == "cuda" and settings.devices > there:
        asked = f"launcher.devices={settings.devices}"
        raise ValueError(f"{asked}: valid: 1 to {there}, the GPUs here")
    workers = settings.workers or max(1, there // settings.devices)
    return replace(settings, workers=workers)


def warm_up() -> None:
    """Start the server that workers are forked from; it imports what a run needs."""
    _CONTEXT.set_forkserver_preload(PRELOAD)
    forkserver.ensure_running()
    atexit.register(_end_server)


def launch(jobs: Sequence[Job], settings: Settings) -> Ended:
    """Train as many jobs at a time as ``settings.workers``, in the order given."""
    warm_up()
    seconds = settings.timeout_min and 60 * settings.timeout_min
    cuda = any(job.place.setup.device == "cuda" for job in jobs)
    workers = min(settings.workers or 1, len(jobs))
    idle = deque(
        ProcessPool(1, context=_CONTEXT, initializer=_begin, initargs=[gpus])
        for gpus in _slots(workers, settings.devices, cuda)
    )
    pools, waiting = list(idle), deque(enumerate(jobs))
    running: dict[Future, tuple[int, ProcessPool]] = {}
    stopped = ""
    try:
        while waiting or running:
            while waiting and idle:
                pool, (index, job) = idle.popleft(), waiting.popleft()
                future: Future = pool.schedule(_work, args=[job], timeout=seconds)
                running[future] = index, pool
            over: set[Future] = wait(running, return_when=FIRST_COMPLETED).done
            for future in over:
                index, pool = running.pop(future)
                idle.append(pool)
                yield index, _line(future.exception(), settings)
    except (KeyboardInterrupt, GeneratorExit) as stop:
        stopped = str(stop) or CTRL_C
        raise
    finally:
        for pool in pools:
            pool.stop()
        for pool in pools:
            pool.join()
        if stopped:
            _say_why([jobs[index] for index, _ in running.values()], stopped)


def _say_why(jobs: Sequence[Job], stopped: str) -> None:
    """Name in the records what has stopped the runs: all that they got was SIGTERM."""
    for job in jobs:
        root = Path(job.place.root)
        record = store.read_record(root, job.run.id)
        if record and record["status"] == INTERRUPTED:
            store.write_record(root, record | {"error": f"stopped by {stopped}"})


def _end_server() -> None:
    """End the server at once: it may still be importing when nothing needs it."""
    server: Any = forkserver._forkserver
    with suppress(ProcessLookupError, TypeError):
        os.kill(server._forkserver_pid, signal.SIGKILL)


def _slots(workers: int, devices: int, cuda: bool) -> list[str | None]:
    """Return the GPUs that each worker sees; more workers than GPUs share them."""
    if not cuda:
        return [None] * workers
    gpus = _gpus()
    groups = [gpus[i : i + devices] for i in range(0, len(gpus), devices)]
    whole = [",".join(group) for group in groups if len(group) == devices]
    return [whole[i % len(whole)] for i in range(workers)]


def _gpus() -> list[str]:
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return [gpu for gpu in visible.split(",") if gpu]
    return [str(number) for number in range(machine.gpus())]


def _work(job: Job) -> None:
    """Train in a worker, which ends with a run that a signal has stopped."""
    if carry_out(job) == INTERRUPTED:
        os._exit(STOPPED)


def _begin(gpus: str | None) -> None:
    """Leave Ctrl-C to the parent, end with it, and see no GPUs but one's own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if gpus is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = gpus
    # A daemon may have no children, and loading data takes some.
    current_process()._config["daemon"] = False  # type: ignore[attr-defined]
    parent = parent_process()
    assert parent
    end_with(parent.is_alive)


def _line(error: BaseException | None, settings: Settings) -> str | None:
    if isinstance(error, ProcessExpired) and error.exitcode == STOPPED:
        return None  # its record says that it was interrupted
    if isinstance(error, TimeoutError):
        return too_long(settings.timeout_min)
    return one_line(error) if error else None
