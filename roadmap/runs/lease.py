"""Leases: which process trains a run, by a file in the run's folder.

The files are ``lease.0``, ``lease.1`` ...; the highest number is the valid one. Each is
made by exclusive creation, which is atomic on local disks and on NFS, so of several
processes that want a free run one gets it; ``flock`` is not needed. The owner rewrites
its file every ``BEAT_SECONDS``, with the progress of the run. On the same machine its
process shows whether it is alive. On another machine only a change of the file does, so
that no two clocks are compared.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from roadmap.base.files import write_atomic

BEAT_SECONDS = 10.0
DEAD_SECONDS = 60.0
"""The owner of a lease on another machine is dead if it has not changed for so long."""
FREE: dict[str, Any] = {}
"""The content of a lease that nobody holds any more."""


class Lease:
    """The lease that this process holds, until it releases or loses it."""

    def __init__(self, path: Path) -> None:
        self.path, self.number = path, _number(path)
        self.content = _this_process() | {"owner": uuid.uuid4().hex, "beat": 0}
        self.lost = False

    def beat(self) -> None:
        """Show that the owner is alive; set ``lost`` where another has taken over."""
        newest = _newest(self.path.parent)
        self.lost = self.lost or newest is None or _number(newest) > self.number
        if not self.lost:
            self.content["beat"] += 1
            write_atomic(self.path, _bytes(self.content))

    def report(self, **progress: Any) -> None:
        """Set what the next beat writes about the run; writes nothing itself."""
        self.content.update(progress)

    def release(self, done: bool) -> None:
        """Free the run for others; where it is done, remove all leases."""
        if self.lost:
            return
        if not done:  # this number stays, so that no number is used twice
            write_atomic(self.path, _bytes(FREE))
        for path in _leases(self.path.parent):
            if _number(path) < self.number + done:
                path.unlink(missing_ok=True)


class Watch:
    """An observer of leases, who knows since when each of them has not changed."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.now = now
        self.seen: dict[Path, tuple[bytes, float]] = {}

    def holder(self, folder: Path) -> dict[str, Any] | None:
        """Return the content of the run's lease, or None if nobody holds it.

        An owner on another machine counts as dead once this observer has not seen its
        lease change for ``DEAD_SECONDS``; then the run is free for everybody.
        """
        path = _newest(folder)
        content = _read(path)
        if path is None or not (holder := _owner(content)):
            self.seen.pop(folder, None)
            return None
        before, since = self.seen.get(folder, (None, self.now()))
        if content != before:
            self.seen[folder] = (content, self.now())
        elif self.now() - since >= DEAD_SECONDS:
            _create(folder / f"lease.{_number(path) + 1}", FREE)
            return None
        return holder


def last_beat(folder: Path) -> float:
    """Return when the run's lease was last written, in seconds since 1970."""
    path = _newest(folder)
    return path.stat().st_mtime if path else 0.0


def name(holder: dict[str, Any]) -> str:
    """Return the owner of a lease in words."""
    return f"process {holder['pid']} on {holder['host']}"


@contextmanager
def claimed(folder: Path, is_done: Callable[[], bool]) -> Iterator[Lease | None]:
    """Yield the run's lease, kept fresh by a thread; None where another holds it.

    Temporary files of an owner that was killed are removed from the folder. At the end
    of the block the run is free again.
    """
    lease = acquire(folder)
    if lease is None:
        yield None
        return
    ended = threading.Event()
    beats = threading.Thread(target=_keep_fresh, args=(lease, ended), daemon=True)
    beats.start()
    try:
        for left in [*folder.glob(".*"), *folder.glob("checkpoints/.*")]:
            left.unlink(missing_ok=True)
        yield lease
    finally:
        ended.set()
        beats.join()
        with suppress(OSError):
            lease.release(is_done())


def acquire(folder: Path) -> Lease | None:
    """Return the run's lease if it was free or its owner has died, else None."""
    newest = _newest(folder)  # read once: the lease that was free is the one followed
    if _owner(_read(newest)):
        return None
    number = 0 if newest is None else _number(newest) + 1
    lease = Lease(folder / f"lease.{number}")
    if not _create(lease.path, lease.content):
        return None
    # Others may have gone on while this process slept.
    return lease if _newest(folder) == lease.path else None


def _keep_fresh(lease: Lease, ended: threading.Event) -> None:
    while not ended.wait(BEAT_SECONDS):
        with suppress(OSError):  # a full disk must not end a run; the next may succeed
            lease.beat()


def _create(path: Path, content: dict[str, Any]) -> bool:
    """Create the file with its content; return False if it is there already."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        file = path.open("xb")
    except FileExistsError:
        return False
    try:
        with file:
            file.write(_bytes(content))
    except OSError:  # the disk is full: leave no empty lease
        path.unlink()
        raise
    return True


def _leases(folder: Path) -> list[Path]:
    return sorted(folder.glob("lease.[0-9]*"), key=_number)


def _newest(folder: Path) -> Path | None:
    return next(reversed(_leases(folder)), None)


def _number(path: Path) -> int:
    return int(path.suffix[1:])


def _bytes(content: dict[str, Any]) -> bytes:
    return json.dumps(content).encode() + b"\n"


def _read(path: Path | None) -> bytes:
    try:
        return path.read_bytes() if path else _bytes(FREE)
    except FileNotFoundError:  # removed this moment
        return _bytes(FREE)


def _owner(content: bytes) -> dict[str, Any] | None:
    """Return the content of a lease, or None if it is free or its owner has died."""
    try:
        holder = json.loads(content)
    except ValueError:  # created this moment, and its content is not written yet
        return {"machine": "", "pid": 0, "host": "?"}
    return None if not holder or _has_died(holder) else holder


def _this_process() -> dict[str, Any]:
    pid = os.getpid()
    return {
        "host": socket.gethostname(),
        "machine": _machine(),
        "pid": pid,
        "started": _started(pid),
    }


def _has_died(holder: dict[str, Any]) -> bool:
    """Return whether the owner was a process of this machine that has ended."""
    here = bool(_machine()) and holder["machine"] == _machine()
    return here and _started(holder["pid"]) != holder["started"]


@cache
def _machine() -> str:
    """Return this boot and container, within which process ids are unique; or ""."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"
    except OSError:  # not on Linux: then only the beats show who is alive
        return ""


def _started(pid: int) -> str:
    """Return when a running process was started, in the kernel's ticks, else ""."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    state, *fields = stat.rpartition(")")[2].split()
    return "" if state in "ZX" else fields[18]
