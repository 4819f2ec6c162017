"""Sweeps by a real Slurm, which tests/launchers/with_slurm.sh starts."""

import contextlib
import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from sweeps import (
    EPOCH,
    ask,
    assert_same,
    ended,
    start,
    train_on_two,
    trainer,
    wait_until,
)

pytestmark = pytest.mark.usefixtures("slurm")


def queue(root):
    """Return the reason for which each job of this sweep waits, by its number."""
    command = ["squeue", "--noheader", "--array", "--format=%i %r %o"]
    lines = subprocess.check_output(command, text=True).splitlines()
    return dict(line.split()[:2] for line in lines if str(root) in line)


def release(root):
    """Let jobs that were queued again start at once; return their numbers."""
    waiting = {job for job, why in queue(root).items() if why == "BeginTime"}
    if waiting:
        time.sleep(6)  # sooner is a race of Slurm's
    for job in waiting:
        subprocess.call(["scontrol", "update", f"JobId={job}", "StartTime=now"])
    time.sleep(0.2)
    return waiting


def waits(pid, number):
    """Return whether a signal waits for the process, which is stopped, or ended it."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:  # the signal had come just before
        return True
    return int(status.split("ShdPnd:")[1].split()[0], 16) & 1 << (number - 1)


def test_time_limit(tmp_path, reference):
    """A job that meets its time limit is queued again and goes on from its checkpoint.

    The run is stopped while it trains, so that it cannot end before its limit.
    """
    # Slurm looks every 30 s: the signal comes after 45 s or a little later.
    words = ["launcher.timeout_min=2", "launcher.signal_delay_s=45"]
    words += ["launcher.array_parallelism=2"]
    sweep = start(tmp_path, "launcher=slurm", *words)

    def on_the_way():
        release(tmp_path)  # on a slow machine jobs meet the limit before they train
        return trainer(tmp_path)

    run, pid = wait_until(on_the_way, sweep)
    os.kill(pid, signal.SIGSTOP)
    wait_until(lambda: waits(pid, signal.SIGUSR2), sweep)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)
    while sweep.running:
        release(tmp_path)
    ended(sweep)
    assert_same(tmp_path, reference)
    assert len(EPOCH.findall((run / "train.log").read_text())) == 1


def test_ctrl_c(tmp_path):
    """Ctrl-C takes the jobs from the queue, and their runs leave checkpoints."""
    words = ["launcher=slurm", "launcher.array_parallelism=1", "recipe.epochs=500"]
    sweep = start(tmp_path, *words, steps="+step=resnet")
    run, _ = wait_until(lambda: trainer(tmp_path), sweep)
    assert len(queue(tmp_path)) == 2
    sweep.signal(signal.SIGINT)
    assert "stopped by Ctrl-C" in ended(sweep, 130)
    assert not queue(tmp_path)
    [record] = tmp_path.glob("runs/*/record.json")
    read = json.loads(record.read_bytes())
    assert (read["status"], read["error"]) == ("interrupted", "stopped by SIGTERM")
    assert list(run.glob("checkpoints/*.pt"))


def test_two_devices(tmp_path, by_two):
    assert train_on_two(tmp_path, "launcher=slurm") == by_two


def test_a_question(tmp_path, answer):
    ended(ask(tmp_path, "launcher=slurm"))
    assert_same(tmp_path, answer, "effects.csv")


def test_a_job_dies(tmp_path):
    """A job that is killed, so that nothing is left of it, is one failed run."""
    words = ["launcher=slurm", "seeds=1", "recipe.epochs=500"]
    sweep = start(tmp_path, *words, steps="+step=resnet")
    _, pid = wait_until(lambda: trainer(tmp_path), sweep)
    os.kill(pid, signal.SIGKILL)
    assert "ended without a result" in ended(sweep, 1)
