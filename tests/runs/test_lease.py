"""One run, one owner: on this machine by its process, elsewhere by its heartbeat."""

import json
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from commands import wait_until

from roadmap.runs import lease


class Clock:
    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        return self.seconds


def elsewhere(folder, **said):
    """Make the newest lease one of another machine's."""
    path = lease._newest(folder)
    holder = {**json.loads(path.read_bytes()), "machine": "another", **said}
    path.write_text(json.dumps(holder))


def test_of_many_at_once_one_gets_it(tmp_path):
    """Many times over, as the moment between looking and taking is short."""
    folders = [tmp_path / str(n) for n in range(100)]
    gate = threading.Barrier(16)

    def want(_):
        got = []
        for folder in folders:
            gate.wait()
            got.append(lease.acquire(folder) is not None)
        return got

    with ThreadPoolExecutor(16) as wanting:
        got = list(wanting.map(want, range(16)))
    assert [sum(each) for each in zip(*got, strict=True)] == [1] * len(folders)


def test_who_looked_long_ago_takes_nothing(tmp_path, monkeypatch):
    """It saw no lease; since then others have come, been killed and been replaced."""
    (tmp_path / "lease.3").write_text("{}")
    looks = iter([None])
    really = lease._newest
    monkeypatch.setattr(lease, "_newest", lambda path: next(looks, really(path)))
    assert lease.acquire(tmp_path) is None


def test_a_dead_process_here_loses_it_at_once(tmp_path):
    pid = os.fork()
    if pid == 0:
        lease.acquire(tmp_path)
        os._exit(0)
    wait_until(
        lambda: lease._newest(tmp_path) and lease._newest(tmp_path).stat().st_size
    )
    os.waitpid(pid, 0)
    assert lease.Watch().holder(tmp_path) is None
    assert lease.acquire(tmp_path)


def test_the_same_pid_of_a_later_process_is_another(tmp_path):
    first = lease.acquire(tmp_path)
    first.content["started"] = "1"
    first.beat()
    assert lease.acquire(tmp_path)


def test_elsewhere_only_silence_tells(tmp_path):
    now = Clock()
    watch, owner = lease.Watch(now), lease.acquire(tmp_path)
    elsewhere(tmp_path)
    assert watch.holder(tmp_path)
    now.seconds = lease.DEAD_SECONDS - 1
    assert watch.holder(tmp_path)
    elsewhere(tmp_path, beat=7)  # it was only slow
    now.seconds = 2 * lease.DEAD_SECONDS - 2
    assert watch.holder(tmp_path)
    assert lease.acquire(tmp_path) is None
    now.seconds += lease.DEAD_SECONDS
    assert watch.holder(tmp_path) is None
    successor = lease.acquire(tmp_path)
    assert successor
    owner.beat()  # it wakes up, sees that it was replaced, and keeps away
    assert owner.lost
    owner.release(done=False)
    assert lease.Watch().holder(tmp_path)["owner"] == successor.content["owner"]


@pytest.mark.parametrize("jump", [-1e9, 1e9])
def test_no_clock_of_the_day_matters(jump, tmp_path, monkeypatch):
    lease.acquire(tmp_path)
    elsewhere(tmp_path)
    watch = lease.Watch(Clock())
    assert watch.holder(tmp_path)
    today = time.time()
    monkeypatch.setattr(time, "time", lambda: today + jump)
    path = lease._newest(tmp_path)
    os.utime(path, (max(0, today + jump), max(0, today + jump)))
    assert watch.holder(tmp_path)
    assert lease.acquire(tmp_path) is None


@pytest.mark.parametrize("done", [False, True])
def test_after_it_is_left_others_may(done, tmp_path):
    with lease.claimed(tmp_path, lambda: done) as mine:
        (tmp_path / ".record.json.left").touch()
        assert mine
        with lease.claimed(tmp_path, lambda: done) as other:
            assert other is None
    assert bool(lease._leases(tmp_path)) is not done
    with lease.claimed(tmp_path, lambda: True) as mine:
        assert mine
        assert not list(tmp_path.glob(".record*"))
    assert not lease._leases(tmp_path)


def test_a_lease_half_written_is_held(tmp_path):
    (tmp_path / "lease.0").touch()
    assert lease.Watch().holder(tmp_path)
    assert lease.acquire(tmp_path) is None


def test_it_is_kept_fresh_and_says_how_far_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr(lease, "BEAT_SECONDS", 0.01)
    with lease.claimed(tmp_path, lambda: True) as mine:
        mine.report(update=3, updates=10)
        wait_until(
            lambda: (lease.Watch().holder(tmp_path) or {}).get("update") == 3, 10
        )
