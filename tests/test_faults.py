"""Real sweeps in processes of their own, killed, interrupted and called again."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

STEPS = ["resnet", "kernel_7", "separate_downsampling"]
SMALL = [
    f"+step=[{','.join(STEPS)}]",
    "seeds=2",
    "study=s",
    "recipe.epochs=3",
    "data.train_size=512",
    "data.test_size=128",
]


def start(root, *words):
    command = [sys.executable, "-m", "roadmap.sweep", *SMALL, f"root={root}", *words]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # Where the tests themselves run in the background, Ctrl-C is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def sweep(root, *words):
    """Run the sweep to its end; return exit status and output."""
    process = start(root, *words)
    out, _ = process.communicate(timeout=240)
    return process.returncode, out


def records(root):
    return {p.parent.name: p.read_bytes() for p in root.glob("runs/*/record.json")}


def finished(root):
    return {
        name: content
        for name, content in records(root).items()
        if json.loads(content)["status"] == "finished"
    }


def results(record):
    """Return what must be the same wherever and whenever a run is trained."""
    read = json.loads(record)
    return read["status"], read["metrics"], read["curve"], read["seed"]


def wait_until(condition, seconds=120):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def workers(process):
    """Return the process ids of the pool's workers, by parent and command line."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            words = (folder / "cmdline").read_bytes()
        except OSError:  # it has ended meanwhile
            continue
        if int(parent) == process.pid and b"spawn_main" in words:
            found.append(int(folder.name))
    assert found
    return found


def training(root):
    """Return the runs that have begun and left no record yet."""
    begun = {p.parent.name for p in root.glob("runs/*/train.log") if p.stat().st_size}
    return begun - set(records(root))


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """A sweep that nothing happened to, by the serial launcher."""
    root = tmp_path_factory.mktemp("undisturbed")
    status, out = sweep(root, "launcher=serial")
    assert status == 0, out
    assert "inside training steps" in out
    return root


def assert_ends_like(root, undisturbed, before):
    """Call the sweep again: it finishes, and all is as if nothing had happened."""
    status, out = sweep(root)
    assert status == 0, out
    after = records(root)
    assert {name: after[name] for name in before} == before
    table = Path("s", "table.csv")
    assert (root / table).read_bytes() == (undisturbed / table).read_bytes()
    expected = records(undisturbed)
    assert {n: results(r) for n, r in after.items()} == {
        n: results(r) for n, r in expected.items()
    }


def test_killed_worker_takes_only_its_run(tmp_path, undisturbed):
    process = start(tmp_path)
    wait_until(lambda: finished(tmp_path) and training(tmp_path))
    os.kill(workers(process)[0], signal.SIGKILL)
    out, _ = process.communicate(timeout=240)
    before = finished(tmp_path)
    assert process.returncode == 1, out
    assert len(before) == 5
    assert out.count(": failed") == 1
    assert_ends_like(tmp_path, undisturbed, before)


def test_killed_sweep_goes_on_where_it_was(tmp_path, undisturbed):
    process = start(tmp_path)
    wait_until(lambda: finished(tmp_path))
    pids = workers(process)
    process.kill()
    process.wait()
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids), 10)
    before = finished(tmp_path)
    assert 0 < len(before) < 6
    assert_ends_like(tmp_path, undisturbed, before)


def test_ctrl_c_stops_with_a_summary(tmp_path, undisturbed):
    process = start(tmp_path)
    wait_until(lambda: finished(tmp_path) and training(tmp_path))
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130, out
    assert "stopped by Ctrl-C" in out
    assert "Traceback" not in out
    rows = (tmp_path / "s" / "results.csv").read_text()
    assert "interrupted" in rows
    assert_ends_like(tmp_path, undisturbed, finished(tmp_path))


def test_second_call_trains_nothing_and_more_seeds_only_the_new(undisturbed):
    before = records(undisturbed)
    status, out = sweep(undisturbed)
    assert status == 0
    assert "0 of them to train" in out
    assert records(undisturbed) == before
    status, out = sweep(undisturbed, "seeds=[0,1,5]", "study=more")
    assert status == 0
    assert "3 of them to train" in out
    after = records(undisturbed)
    assert {name: after[name] for name in before} == before
    for name in set(after) - set(before):  # leave the fixture as it was
        (undisturbed / "runs" / name / "record.json").unlink()


def test_alone_is_the_same_record(tmp_path, undisturbed):
    words = ["step=kernel_7", "seed=1", f"root={tmp_path}", *SMALL[3:]]
    subprocess.run([sys.executable, "-m", "roadmap.train", *words], check=True)
    ((name, record),) = records(tmp_path).items()
    assert results(record) == results(records(undisturbed)[name])


def test_truncated_record_is_trained_again(tmp_path, undisturbed):
    one = next(iter(records(undisturbed)))
    for name, content in records(undisturbed).items():
        folder = tmp_path / "runs" / name
        folder.mkdir(parents=True)
        whole = content if name != one else content[: len(content) // 2]
        (folder / "record.json").write_bytes(whole)
    before = {n: r for n, r in records(tmp_path).items() if n != one}
    assert_ends_like(tmp_path, undisturbed, before)
