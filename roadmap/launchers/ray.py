"""Ray, here or on a cluster: a task a run, tried again where its node dies."""

from __future__ import annotations

import _thread
import faulthandler
import logging
import os
import signal
import socket
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Literal

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # read when ray is imported
os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # else it warns

import ray

from roadmap.base.settings import AtLeast1, Count, NotNegative, Positive, settings
from roadmap.launchers import Ended, too_long
from roadmap.launchers.job import LEAVE_SECONDS, Job, carry_out

CONNECT_SECONDS = 10


@settings("launcher")
class Settings:
    """The keys of conf/launcher/ray.yaml."""

    name: Literal["ray"] = "ray"
    address: str = "local"
    workers: AtLeast1 | None = None
    devices: AtLeast1 = 1
    num_gpus: NotNegative | None = None
    cpus_per_run: AtLeast1 | None = None
    max_retries: Count = 2
    timeout_min: Positive | None = None


def prepare(settings: Settings, device: str) -> Settings:
    """Join or start a Ray; fill in ``num_gpus`` and how many runs its nodes take.

    Raises:
        ValueError: one line, where no Ray answers, or no node has what a run asks for.
    """
    gpus = settings.num_gpus
    if gpus is None:
        gpus = settings.devices if device == "cuda" else 0
    settings = replace(settings, num_gpus=gpus)
    _connect(settings.address)
    return replace(settings, workers=settings.workers or _room(settings))


def warm_up() -> None:
    """Do nothing: Ray was started when the settings were prepared."""


def launch(jobs: Sequence[Job], settings: Settings) -> Ended:
    """Train as many jobs at a time as ``settings.workers``, in the order given."""
    minutes, needs, workers = (
        settings.timeout_min,
        _needs(settings),
        settings.workers or 1,
    )
    work = ray.remote(_work).options(
        num_cpus=needs["CPU"],
        num_gpus=needs["GPU"],
        max_retries=settings.max_retries,
    )
    waiting, running = deque(enumerate(jobs)), dict[Any, int]()
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                index, job = waiting.popleft()
                running[work.remote(job, minutes)] = index
            for task in ray.wait(list(running))[0]:
                yield running.pop(task), _line(task)
    finally:
        for task in running:
            ray.cancel(task, force=False)
        if running:
            ray.wait(list(running), num_returns=len(running), timeout=LEAVE_SECONDS)


def _connect(address: str) -> None:
    """Join the Ray at the address, or start one that ends with this process."""
    if ray.is_initialized():
        return
    host, _, port = address.rpartition(":")
    ours = signal.getsignal(signal.SIGTERM)
    try:
        if host and port.isdigit() and "/" not in host:  # Ray itself tries for minutes
            socket.create_connection((host, int(port)), CONNECT_SECONDS).close()
        here: Any = {"include_dashboard": False} if address == "local" else {}
        ray.init(address, log_to_driver=False, logging_level=logging.ERROR, **here)
    except (OSError, RuntimeError, ValueError) as error:
        why = str(error).splitlines()[0]
        valid = "valid: local, auto, or host:port of a Ray that runs"
        raise ValueError(f"launcher.address={address}: {why}; {valid}") from error
    finally:
        signal.signal(signal.SIGTERM, ours)  # Ray's own ends the sweep at once


def _needs(settings: Settings) -> dict[str, float]:
    """Return what Ray sets aside for a run."""
    cpus = settings.cpus_per_run or settings.devices
    return {"CPU": cpus, "GPU": settings.num_gpus or 0}


def _room(settings: Settings) -> int:
    """Return how many runs the nodes take at a time."""
    needs = {name: number for name, number in _needs(settings).items() if number}
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    # A little more, since 1 / 0.1 must make 10.
    room = [min(int(n.get(k, 0) / v + 1e-6) for k, v in needs.items()) for n in nodes]
    if not any(room):
        asks = " and ".join(f"{number} {name}s" for name, number in needs.items())
        largest = ", ".join(
            f"{name}s {max(node.get(name, 0) for node in nodes):g}" for name in needs
        )
        raise ValueError(f"a run asks for {asks}; the most that a node has: {largest}")
    return sum(room)


def _work(job: Job, minutes: float | None) -> str | None:
    """Train on a node; return None, or one line if the run left no record."""
    # Where Ray was started in the background, Ctrl-C was ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with _limit(minutes) as late:
        try:
            carry_out(job)
        except RuntimeError as died:
            return str(died)
        except KeyboardInterrupt:
            if not late.is_set():
                raise
    return too_long(minutes) if late.is_set() else None


@contextmanager
def _limit(minutes: float | None) -> Iterator[threading.Event]:
    """Interrupt the block, which may leave a checkpoint, and later the process."""
    late = threading.Event()
    if minutes is None:
        yield late
        return

    def stop() -> None:
        late.set()
        _thread.interrupt_main()

    timer, last = threading.Timer(60 * minutes, stop), 60 * minutes + LEAVE_SECONDS
    timer.start()
    faulthandler.dump_traceback_later(last, exit=True, file=sys.__stderr__ or 2)
    try:
        yield late
    finally:
        timer.cancel()
        faulthandler.cancel_dump_traceback_later()


def _line(task: Any) -> str | None:
    try:
        return ray.get(task)
    except ray.exceptions.RayError as error:
        return f"{type(error).__name__}: {str(error).strip().splitlines()[0]}"
