"""The cores or GPUs of this machine: a process for each run at a time, kept and reused.

The processes are forked from a server that has imported everything once. A worker
that dies takes only its own run with it and is replaced. Workers end with this process,
however it ends; a run in them leaves a checkpoint first, if it still can.
"""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from multiprocessing import current_process, get_context, parent_process
from multiprocessing.forkserver import ensure_running

import torch
from pebble import CONSTS, ProcessExpired, ProcessPool

from roadmap.base import machine
from roadmap.launchers import Over, Settings, too_long
from roadmap.launchers.job import LEAVE_SECONDS, Job, carry_out, end_with, one_line
from roadmap.runs import store

CONSTS.term_timeout = LEAVE_SECONDS
PRELOAD = ["roadmap.runs.execute", "roadmap.launchers.job", "roadmap.report.show"]
"""The second is what ``roadmap.sweep`` imports, and workers import that again."""
STOPPED = 130
"""Exit status of a worker whose run a signal has stopped."""
_CONTEXT = get_context("forkserver")


def prepare(settings: Settings, device: str) -> Settings:
    """Fill in how many runs this machine takes, by its cores or GPUs; start importing.

    Raises:
        ValueError: one line, where a run asks for more GPUs than there are.
    """
    there = machine.cores() if device == "cpu" else len(_gpus())
    if device == "cuda" and settings["devices"] > there:
        asked = f"launcher.devices={settings['devices']}"
        raise ValueError(f"{asked}: valid: 1 to {there}, the GPUs here")
    _CONTEXT.set_forkserver_preload(PRELOAD)
    ensure_running()
    workers = settings["workers"] or max(1, there // settings["devices"])
    return {**settings, "workers": workers}


def launch(jobs: Sequence[Job], settings: Settings) -> Over:
    """Train as many jobs at a time as ``settings["workers"]``, in the order given."""
    seconds = settings["timeout_min"] and 60 * settings["timeout_min"]
    cuda = any(job.place.setup.device == "cuda" for job in jobs)
    idle = deque(
        ProcessPool(1, context=_CONTEXT, initializer=_begin, initargs=[gpus])
        for gpus in _slots(
            min(settings["workers"], len(jobs)), settings["devices"], cuda
        )
    )
    pools, waiting = list(idle), deque(enumerate(jobs))
    running: dict[Future, tuple[int, ProcessPool]] = {}
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
    finally:
        for pool in pools:
            pool.stop()
        for pool in pools:
            pool.join()


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
    return [str(number) for number in range(torch.cuda.device_count())]


def _work(job: Job) -> None:
    """Train in a worker, which ends with a run that a signal has stopped."""
    if carry_out(job) == store.INTERRUPTED:
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
        return too_long(settings["timeout_min"])
    return one_line(error) if error else None
