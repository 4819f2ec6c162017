"""Slurm, by submitit: one job array, a job a run, queued again at its time limit.

A job does not need the sweep that submitted it: where that is gone, its runs are
trained all the same, and the next sweep waits for those that are under way.
"""

from __future__ import annotations

import getpass
import math
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import submitit
from submitit.core.utils import FailedJobError, pickle_load
from submitit.helpers import DelayedSubmission

from roadmap.base.settings import AtLeast1, Count, Positive, settings
from roadmap.base.signals import RECEIVED
from roadmap.launchers import Ended
from roadmap.launchers.job import LEAVE_SECONDS, Job, carry_out
from roadmap.runs import store
from roadmap.runs.store import INTERRUPTED

LOOK_SECONDS = 1.0
"""Between looks at what the jobs have left on disk."""
QUEUE_SECONDS = 15.0
"""Between looks at the queue; a job that is missing twice has died."""


class Work:
    """What a Slurm job does; submitit queues it again as ``checkpoint`` says."""

    def __call__(self, job: Job) -> str:
        """Train the run; return its status, or end here if it is to go on later."""
        status = carry_out(job)
        if status == INTERRUPTED and RECEIVED[-1:] == ["SIGUSR2"]:
            signal.raise_signal(signal.SIGUSR2)  # to submitit's handler this time
        return status

    def checkpoint(self, job: Job) -> DelayedSubmission:
        """Return what the queued job does: the same, from the run's checkpoint."""
        return DelayedSubmission(self, job)


@settings("launcher")
class Settings:
    """The keys of conf/launcher/slurm.yaml."""

    name: Literal["slurm"] = "slurm"
    partition: str | None = None
    account: str | None = None
    timeout_min: Annotated[Positive, "minutes > 0"] = 240
    signal_delay_s: AtLeast1 = 120
    max_num_timeout: Count = 100
    array_parallelism: AtLeast1 = 256
    devices: AtLeast1 = 1
    gpus_per_node: Count | None = None
    cpus_per_run: AtLeast1 | None = None
    mem_gb: Positive | None = None
    additional_parameters: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.signal_delay_s >= 60 * self.timeout_min:
            raise ValueError(
                f"launcher.signal_delay_s={self.signal_delay_s}: valid: less than "
                "launcher.timeout_min"
            )

    @property
    def workers(self) -> int:
        """The runs at a time, at most."""
        return self.array_parallelism


def prepare(settings: Settings, device: str) -> Settings:
    """Fill in ``gpus_per_node``.

    Raises:
        ValueError: one line, where there is no Slurm.
    """
    commands = ("sbatch", "srun", "squeue", "scancel")
    missing = [command for command in commands if not shutil.which(command)]
    if missing:
        here = f"no {missing[0]} on this machine"
        raise ValueError(f"launcher=slurm: {here}; valid here: local, serial, ray")
    gpus = settings.gpus_per_node
    if gpus is None:
        gpus = settings.devices if device == "cuda" else 0
    return replace(settings, gpus_per_node=gpus)


def warm_up() -> None:
    """Do nothing: jobs start where Slurm has room for them."""


def launch(jobs: Sequence[Job], settings: Settings) -> Ended:
    """Submit the jobs as one array; cancel those that are left when it is closed."""
    submitted = _submit(jobs, settings)
    running, absent, looked = dict(enumerate(submitted)), set[str](), time.monotonic()
    try:
        while running:
            time.sleep(LOOK_SECONDS)
            gone: set[str] = set()
            if time.monotonic() - looked >= QUEUE_SECONDS:
                before, absent = absent, _absent(running.values())
                gone, looked = before & absent, time.monotonic()
            for index, there in list(running.items()):
                if there.job_id in gone or _is_over(jobs[index], there):
                    del running[index]
                    yield index, _line(jobs[index], there)
    finally:
        _cancel(running.values())


def _submit(jobs: Sequence[Job], settings: Settings) -> list[submitit.Job[str]]:
    """Return a Slurm job for each job.

    Raises:
        ValueError: one line, Slurm's own, where it takes no such jobs.
    """
    place = jobs[0].place
    executor = submitit.AutoExecutor(
        Path(place.root, "slurm"),
        cluster="slurm",
        slurm_max_num_timeout=settings.max_num_timeout,
    )
    executor.update_parameters(**_parameters(settings), name=f"roadmap-{place.study}")
    try:
        return executor.map_array(Work(), jobs)
    except FailedJobError as error:
        lines = [line for line in str(error).splitlines() if "error" in line.lower()]
        raise ValueError(f"launcher=slurm: {lines[-1] if lines else error}") from error


def _parameters(settings: Settings) -> dict[str, object]:
    """Return the settings in submitit's words."""
    cpus = settings.cpus_per_run or settings.devices
    same = ("partition", "account", "signal_delay_s", "array_parallelism")
    named = {name: getattr(settings, name) for name in same}
    given = {
        "timeout_min": math.ceil(settings.timeout_min),
        "cpus_per_task": cpus,
        "gpus_per_node": settings.gpus_per_node or None,
        "mem_gb": settings.mem_gb,
        # srun does not take it over from sbatch any more.
        "slurm_srun_args": [f"--cpus-per-task={cpus}"],
        "slurm_stderr_to_stdout": True,
        "slurm_additional_parameters": {
            "requeue": True,
            **settings.additional_parameters,
        },
        **{f"slurm_{name}": value for name, value in named.items()},
    }
    return {name: value for name, value in given.items() if value is not None}


def _is_over(job: Job, there: submitit.Job[str]) -> bool:
    done = store.is_done(Path(job.place.root), job.run.id)
    return done or there.paths.result_pickle.exists()


def _absent(running: Iterable[submitit.Job[str]]) -> set[str]:
    """Return the ids of those that are not in the queue; none where it is silent."""
    command = ["squeue", "--noheader", "--array", "--format=%i"]
    command += [f"--user={getpass.getuser()}"]
    queue = subprocess.run(command, capture_output=True, text=True)
    if queue.returncode:
        return set()
    return {there.job_id for there in running} - set(queue.stdout.split())


def _cancel(running: Iterable[submitit.Job[str]]) -> None:
    """Take the jobs from the queue, and wait until their runs have left checkpoints."""
    ids = {there.job_id for there in running}
    if not ids:
        return
    subprocess.run(["scancel", *sorted(ids)], capture_output=True)
    deadline = time.monotonic() + LEAVE_SECONDS
    while time.monotonic() < deadline and ids - _absent(running):
        time.sleep(LOOK_SECONDS)


def _line(job: Job, there: submitit.Job[str]) -> str | None:
    """Return None, or one line if the job has died and left no record."""
    if store.is_done(Path(job.place.root), job.run.id):
        return None
    if not there.paths.result_pickle.exists():
        log = there.paths.stdout
        return f"Slurm job {there.job_id} ended without a result; its log: {log}"
    outcome, result = pickle_load(there.paths.result_pickle)
    return result.strip().splitlines()[-1] if outcome == "error" else None
