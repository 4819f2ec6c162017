"""Who trains a run: a file in the run's folder that its owner keeps fresh.

``lease.0``, ``lease.1`` ...: the highest number holds. Each is made by exclusive
creation, which is atomic on local disks and on NFS, so of all who want a run that is
free one gets it; nothing here needs ``flock``. An owner rewrites its file every
``BEAT_SECONDS``, with how far the run has come. Whether it is alive is told by its
process on the same machine, and elsewhere by whether the file changes while one looks
on: no two clocks are ever compared.
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
"""A lease elsewhere that has not changed for so long has lost its owner."""
FREE: dict[str, Any] = {}
"""What a lease says that nobody holds any more."""


class Lease:
    """A run that this process holds, until it is left or lost."""

    def __init__(self, path: Path) -> None:
        self.path, self.number = path, _number(path)
        self.said = _this_process() | {"owner": uuid.uuid4().hex, "beat": 0}
        self.lost = False

    def beat(self) -> None:
        """Say that the owner is alive; notice where somebody has taken over."""
        newest = _newest(self.path.parent)
        self.lost = self.lost or newest is None or _number(newest) > self.number
        if not self.lost:
            self.said["beat"] += 1
            write_atomic(self.path, _bytes(self.said))

    def tell(self, **progress: Any) -> None:
        """Take up what the next beat says of the run; writes nothing itself."""
        self.said.update(progress)

    def leave(self, done: bool) -> None:
        """Free the run for others; where it is done, no trace remains."""
        if self.lost:
            return
        if not done:  # the number stays, so that none is ever used twice
            write_atomic(self.path, _bytes(FREE))
        for path in _leases(self.path.parent):
            if _number(path) < self.number + done:
                path.unlink(missing_ok=True)


class Watch:
    """What one observer knows of leases: since when each of them has not changed."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.now = now
        self.seen: dict[Path, tuple[bytes, float]] = {}

    def holder(self, folder: Path) -> dict[str, Any] | None:
        """Return what the run's owner said last, or None if nobody holds it.

        An owner on another machine counts as dead once this observer has not seen its
        lease change for ``DEAD_SECONDS``; then the run is set free for everybody.
        """
        path = _newest(folder)
        said = _read(path)
        if path is None or not (holder := _owner(said)):
            self.seen.pop(folder, None)
            return None
        before, since = self.seen.get(folder, (None, self.now()))
        if said != before:
            self.seen[folder] = (said, self.now())
        elif self.now() - since >= DEAD_SECONDS:
            _create(folder / f"lease.{_number(path) + 1}", FREE)
            return None
        return holder


def last_beat(folder: Path) -> float:
    """Return when the run's lease was last written, in seconds since 1970."""
    path = _newest(folder)
    return path.stat().st_mtime if path else 0.0


def name(holder: dict[str, Any]) -> str:
    """Return who holds a run, for people."""
    return f"process {holder['pid']} on {holder['host']}"


@contextmanager
def claimed(folder: Path, is_done: Callable[[], bool]) -> Iterator[Lease | None]:
    """Yield the run's lease, kept fresh by a thread; None where another holds it.

    Temporary files that a killed owner left in the folder are removed. When the block
    is over the run is free again.
    """
    lease = acquire(folder)
    if lease is None:
        yield None
        return
    over = threading.Event()
    beats = threading.Thread(target=_keep_fresh, args=(lease, over), daemon=True)
    beats.start()
    try:
        for left in [*folder.glob(".*"), *folder.glob("checkpoints/.*")]:
            left.unlink(missing_ok=True)
        yield lease
    finally:
        over.set()
        beats.join()
        with suppress(OSError):
            lease.leave(is_done())


def acquire(folder: Path) -> Lease | None:
    """Return the run's lease if it was free or its owner has died, else None."""
    newest = _newest(folder)  # looked at once: what was free is what is followed
    if _owner(_read(newest)):
        return None
    number = 0 if newest is None else _number(newest) + 1
    lease = Lease(folder / f"lease.{number}")
    if not _create(lease.path, lease.said):
        return None
    return lease if _newest(folder) == lease.path else None  # others were far ahead


def _keep_fresh(lease: Lease, over: threading.Event) -> None:
    while not over.wait(BEAT_SECONDS):
        with suppress(OSError):  # a full disk must not end a run; the next may succeed
            lease.beat()


def _create(path: Path, said: dict[str, Any]) -> bool:
    """Create the file with its content, unless somebody else has."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        file = path.open("xb")
    except FileExistsError:
        return False
    try:
        with file:
            file.write(_bytes(said))
    except OSError:  # the disk is full: leave no lease that says nothing
        path.unlink()
        raise
    return True


def _leases(folder: Path) -> list[Path]:
    return sorted(folder.glob("lease.[0-9]*"), key=_number)


def _newest(folder: Path) -> Path | None:
    return next(reversed(_leases(folder)), None)


def _number(path: Path) -> int:
    return int(path.suffix[1:])


def _bytes(said: dict[str, Any]) -> bytes:
    return json.dumps(said).encode() + b"\n"


def _read(path: Path | None) -> bytes:
    try:
        return path.read_bytes() if path else _bytes(FREE)
    except FileNotFoundError:  # left this moment
        return _bytes(FREE)


def _owner(said: bytes) -> dict[str, Any] | None:
    """Return the owner that a lease names, unless it is free or its owner has died."""
    try:
        holder = json.loads(said)
    except ValueError:  # created this moment, its content still to come
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
    """Return whether the owner was a process of this machine and is no more."""
    here = _machine() and holder["machine"] == _machine()
    return bool(here) and _started(holder["pid"]) != holder["started"]


@cache
def _machine() -> str:
    """Return what process ids are unique in: this boot, this container; or ""."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"
    except OSError:  # no Linux: only the beats tell
        return ""


def _started(pid: int) -> str:
    """Return when a living process was started, in the kernel's ticks, else ""."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    state, *fields = stat.rpartition(")")[2].split()
    return "" if state in "ZX" else fields[18]
