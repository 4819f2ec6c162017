"""Real commands in processes of their own, as ``python -m`` would run them.

They are forked from a server that has imported torch and timm once: on a slow machine
that alone takes longer than most of what is tested.
"""

import os
import runpy
import signal
import sys
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

_CONTEXT = get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    [
        "roadmap.launchers.job",
        "roadmap.runs.execute",
        "roadmap.report.show",
        "roadmap.studies.price",
        "sklearn.datasets",
    ]
)


class Command:
    """``python -m <module> <words>``, running; its output goes to a file."""

    def __init__(self, module, *words, **env):
        handle, name = tempfile.mkstemp(suffix=".out")
        os.close(handle)
        self.path = Path(name)
        env = {**os.environ, **env}  # the server's is as old as the server
        self._process = _CONTEXT.Process(target=_run, args=(module, words, env, name))
        self._process.start()
        self.pid = self._process.pid

    @property
    def running(self):
        return self._process.is_alive()

    def signal(self, number):
        os.kill(self.pid, number)

    def finish(self, seconds=300):
        """Wait for its end; return exit status (minus a signal's number) and output."""
        self._process.join(seconds)
        assert self._process.exitcode is not None, self.path.read_text()
        out = self.path.read_text()
        self.path.unlink()
        return self._process.exitcode, out

    def kill(self):
        self._process.kill()
        return self.finish(60)


def run(module, *words, seconds=300, **env):
    """Run the command to its end; return exit status and output."""
    return Command(module, *words, **env).finish(seconds)


def assert_refused(words, said, root):
    """Check that a sweep ends with one line that says so, and writes nothing."""
    status, out = run("roadmap.sweep", *words, f"root={root}")
    assert status == 2
    (line,) = out.strip().splitlines()
    assert said in line
    assert not root.exists()


def wait_until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _run(module, words, env, out):
    file = os.open(out, os.O_WRONLY | os.O_APPEND)
    os.dup2(file, 1)
    os.dup2(file, 2)
    # Where the tests themselves run in the background, Ctrl-C is ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.update(env)
    sys.argv = [module, *words]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
