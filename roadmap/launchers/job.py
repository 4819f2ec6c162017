"""A run where it is to be trained: what every launcher carries, and carries out."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

from roadmap.base.machine import resolve_device
from roadmap.base.signals import stop_on_signal
from roadmap.runs import store
from roadmap.runs.assemble import Place
from roadmap.runs.execute import HELD, execute
from roadmap.runs.run import Run

LEAVE_SECONDS = 30
"""How long a run that is stopped may take to leave a checkpoint."""


class Job(NamedTuple):
    """A run, its place, and how many devices train it together."""

    run: Run
    place: Place
    devices: int = 1


def carry_out(job: Job) -> str:
    """Train the job's run in this process, or in one a device; return its status.

    Raises:
        RuntimeError: one line, if the processes died and left no record.
    """
    here = job.place._replace(device=resolve_device(job.place.device))
    if job.devices == 1:
        return execute(job.run, here)["status"]
    root = Path(here.root)
    before = store.read_record(root, job.run.id)
    if before and before["status"] in store.DONE:
        return before["status"]
    exit_status = _together(job._replace(place=here))
    record = store.read_record(root, job.run.id)
    if exit_status and record == before:
        raise RuntimeError(f"torchrun ended with exit status {exit_status}")
    return record["status"] if record else HELD


def _together(job: Job) -> int:
    """Train on several devices of this machine by torchrun; return its exit status."""
    torchrun = [sys.executable, "-m", "torch.distributed.run"]
    torchrun += ["--standalone", f"--nproc-per-node={job.devices}"]
    words = [json.dumps([asdict(job.run), job.place._asdict()]), str(os.getpid())]
    command = [*torchrun, "-m", "roadmap.launchers.together", *words]
    # Slurm signals torchrun as well, which knows only the first four by itself.
    known = {"PET_SIGNALS_TO_HANDLE": "SIGTERM,SIGINT,SIGHUP,SIGQUIT,SIGUSR1,SIGUSR2"}
    with stop_on_signal() as asked:
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, env=os.environ | known
        )
        while process.poll() is None:
            if asked():
                process.send_signal(signal.SIGTERM)  # it tells its processes
                break
            time.sleep(0.2)
        return process.wait()


def one_line(error: BaseException) -> str:
    """Return an exception as a record's error."""
    return " ".join(f"{type(error).__name__}: {error}".split())


def end_with(is_alive: Callable[[], bool]) -> None:
    """End this process, its run leaving a checkpoint, once another is gone."""

    def watch() -> None:
        while is_alive():
            time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(LEAVE_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
