"""A job: a run with its place, which a launcher sends to where it is trained."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import NamedTuple

from roadmap.base.machine import resolve_device
from roadmap.base.quiet import silence
from roadmap.base.signals import stop_on_signal
from roadmap.runs import store
from roadmap.runs.place import Place
from roadmap.runs.run import Run

LEAVE_SECONDS = 30
"""How long a run that is stopped may take to write a checkpoint."""
TORCHRUN_LOG = "torchrun.log"
"""What the processes that train a run together print, in the run's folder."""


class Job(NamedTuple):
    """A run, its place, and the number of devices that train it together."""

    run: Run
    place: Place
    devices: int = 1


def carry_out(job: Job) -> str:
    """Train the job's run in this process, or in one per device; return its status.

    Raises:
        RuntimeError: one line, if the processes died and left no record.
    """
    silence()  # a worker has not begun by a command
    setup = job.place.setup
    place = replace(
        job.place, setup=replace(setup, device=resolve_device(setup.device))
    )
    if job.devices == 1:
        from roadmap.runs.execute import execute

        return execute(job.run, place)["status"]
    root = Path(place.root)
    before = store.read_record(root, job.run.id)
    if before and before["status"] in store.DONE:
        return before["status"]
    exit_status = _together(job._replace(place=place))
    record = store.read_record(root, job.run.id)
    if exit_status and record == before:
        raise RuntimeError(f"torchrun ended with exit status {exit_status}")
    return record["status"] if record else store.HELD


def _together(job: Job) -> int:
    """Train on several devices of this machine by torchrun; return its exit status."""
    torchrun = [sys.executable, "-m", "torch.distributed.run"]
    torchrun += ["--standalone", f"--nproc-per-node={job.devices}"]
    words = [json.dumps([asdict(job.run), asdict(job.place)]), str(os.getpid())]
    command = [*torchrun, "-m", "roadmap.launchers.together", *words]
    # Slurm signals torchrun as well, which handles only the first four by itself.
    signals = {"PET_SIGNALS_TO_HANDLE": "SIGTERM,SIGINT,SIGHUP,SIGQUIT,SIGUSR1,SIGUSR2"}
    path = store.run_folder(Path(job.place.root), job.run.id) / TORCHRUN_LOG
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as log, stop_on_signal() as asked:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, env=os.environ | signals
        )
        while process.poll() is None:
            if asked():
                process.send_signal(signal.SIGTERM)  # torchrun passes it on
                break
            time.sleep(0.2)
        exit_status = process.wait()
    if exit_status == 0:
        path.unlink()
    return exit_status


def one_line(error: BaseException) -> str:
    """Return an exception as a record's error."""
    return " ".join(f"{type(error).__name__}: {error}".split())


def end_with(is_alive: Callable[[], bool]) -> None:
    """End this process once another has ended; its run writes a checkpoint first."""

    def watch() -> None:
        while is_alive():
            time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(LEAVE_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
