"""Real sweeps in processes of their own, killed, interrupted and called again."""

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from commands import Command, run, wait_until

from roadmap.runs import lease

STEPS = "+step=[resnet,kernel_7,separate_downsampling]"
FACTORIAL = "+question=factorial"
OF_THREE = [  # eight combinations
    "changes=[depthwise_conv,gelu,layer_norm]",
    "seeds=1",
    "recipe.epochs=1",
]
SMALL = [
    "seeds=2",
    "study=s",
    "recipe.epochs=3",
    "data.train_size=256",
    "data.test_size=128",
    "figures=[]",  # what is drawn is the report's to test
]


def start(root, *words, steps=STEPS):
    return Command("roadmap.sweep", steps, *SMALL, f"root={root}", *words)


def ask(root, *words):
    """Start a sweep that asks what each of three changes is worth."""
    return start(root, *OF_THREE, *words, steps=FACTORIAL)


def sweep(root, *words):
    """Run the sweep to its end; return exit status and output."""
    return start(root, *words).finish()


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


def training(root):
    """Return who trains now: the owners of leases, by run."""
    folders = {path.parent for path in root.glob("runs/*/lease.*")}
    held = {folder.name: lease.Watch().holder(folder) for folder in folders}
    return {name: holder for name, holder in held.items() if holder}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """A sweep that nothing happened to, by the serial launcher."""
    root = tmp_path_factory.mktemp("undisturbed")
    status, out = sweep(root, "launcher=serial")
    assert status == 0, out
    assert "inside training steps" in out
    return root


def assert_as(root, undisturbed, *names):
    for name in ("table.csv", "correct.npz", *names):
        assert (root / "s" / name).read_bytes() == (
            undisturbed / "s" / name
        ).read_bytes()
    found, expected = records(root), records(undisturbed)
    assert {n: results(r) for n, r in found.items()} == {
        n: results(r) for n, r in expected.items()
    }


def assert_ends_like(root, undisturbed, before):
    """Call the sweep again: it finishes, and all is as if nothing had happened."""
    status, out = sweep(root, "launcher=serial")
    assert status == 0, out
    after = records(root)
    assert {name: after[name] for name in before} == before
    assert_as(root, undisturbed)
    return out


def test_killed_worker_takes_only_its_run(tmp_path, undisturbed):
    process = start(tmp_path)
    wait_until(lambda: training(tmp_path))
    victim = next(iter(training(tmp_path).values()))
    os.kill(victim["pid"], signal.SIGKILL)
    status, out = process.finish()
    before = finished(tmp_path)
    assert status == 1, out
    assert len(before) == 5
    assert out.count(": failed") == 1
    assert_ends_like(tmp_path, undisturbed, before)


def killed(process, root):
    """Kill a sweep between its first run and its last; return what had finished."""
    wait_until(lambda: finished(root) and training(root))
    pids = [holder["pid"] for holder in training(root).values()]
    process.kill()
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids), 30)
    return finished(root)


def test_killed_sweep_goes_on_where_it_was(tmp_path, undisturbed):
    before = killed(start(tmp_path), tmp_path)
    assert 0 < len(before) < 6
    assert_ends_like(tmp_path, undisturbed, before)


def test_killed_question_is_answered_alike(tmp_path):
    status, out = ask(tmp_path / "undisturbed", "launcher=serial").finish()
    assert status == 0, out
    root = tmp_path / "killed"
    before = killed(ask(root), root)
    assert 0 < len(before) < 8
    status, out = ask(root, "launcher=serial").finish()
    assert status == 0, out
    assert before.items() <= records(root).items()
    assert_as(root, tmp_path / "undisturbed", "effects.csv")


def test_ctrl_c_stops_with_a_summary(tmp_path, undisturbed):
    process = start(tmp_path, "recipe.epochs=30")
    wait_until(lambda: list(tmp_path.glob("runs/*/train.log")))
    process.signal(signal.SIGINT)
    status, out = process.finish(120)
    assert status == 130, out
    assert "stopped by Ctrl-C" in out
    assert "Traceback" not in out
    rows = (tmp_path / "s" / "results.csv").read_text()
    assert "interrupted" in rows
    assert "stopped by Ctrl-C" in rows
    assert not training(tmp_path)


def test_two_sweeps_train_each_run_once(tmp_path, undisturbed):
    both = [start(tmp_path), start(tmp_path, "launcher=serial", "study=other")]
    for process in both:
        status, out = process.finish()
        assert status == 0, out
    logs = [p.read_text() for p in tmp_path.glob("runs/*/train.log")]
    assert [log.count("epoch 3 ") for log in logs] == [1] * 6
    assert_as(tmp_path, undisturbed)
    assert not list(tmp_path.glob("runs/*/lease.*"))


def test_second_call_trains_nothing_and_more_seeds_only_the_new(undisturbed):
    before = records(undisturbed)
    status, out = sweep(undisturbed, "launcher=serial")
    assert status == 0
    assert "0 of them to train" in out
    assert records(undisturbed) == before
    words = ["launcher=serial", "seeds=[0,1,5]", "study=more"]
    status, out = sweep(undisturbed, *words)
    assert status == 0
    assert "3 of them to train" in out
    after = records(undisturbed)
    assert {name: after[name] for name in before} == before
    for name in set(after) - set(before):  # leave the fixture as it was
        (undisturbed / "runs" / name / "record.json").unlink()


def test_alone_is_the_same_record(tmp_path, undisturbed):
    words = ["step=kernel_7", "seed=1", f"root={tmp_path}", *SMALL[2:-1]]
    status, out = run("roadmap.train", *words)
    assert status == 0, out
    ((name, record),) = records(tmp_path).items()
    assert results(record) == results(records(undisturbed)[name])


def test_truncated_record_is_named_and_trained_again(tmp_path, undisturbed):
    one = next(iter(records(undisturbed)))
    shutil.copytree(undisturbed / "runs", tmp_path / "runs")
    record = tmp_path / "runs" / one / "record.json"
    record.write_bytes(record.read_bytes()[: record.stat().st_size // 2])
    before = {n: r for n, r in records(tmp_path).items() if n != one}
    out = assert_ends_like(tmp_path, undisturbed, before)
    assert f"its record is damaged and is trained again ({one})" in out


def test_a_run_that_raises_stops_no_other(tmp_path, undisturbed):
    one = next(iter(records(undisturbed)))
    folder = tmp_path / "runs" / one
    folder.mkdir(parents=True)
    (folder / "checkpoints").touch()  # where a folder should be
    status, out = sweep(tmp_path, "launcher=serial", "checkpoint_seconds=0")
    assert status == 1, out
    assert "Traceback" not in out
    assert out.count(": failed FileExistsError") == 1
    assert "runs trained: 5 in" in out
    assert "Traceback" in (folder / "train.log").read_text()
    before = finished(tmp_path)
    assert len(before) == 5
    (folder / "checkpoints").unlink()
    assert_ends_like(tmp_path, undisturbed, before)


def test_a_run_that_hangs_is_stopped(tmp_path):
    """One that is stopped dead, as by a network disk that does not answer."""
    words = ["launcher.timeout_min=0.2", "seeds=1"]
    process = start(tmp_path, *words, steps="+step=resnet")
    wait_until(lambda: training(tmp_path))
    (victim,) = training(tmp_path).values()
    os.kill(victim["pid"], signal.SIGSTOP)
    status, out = process.finish()
    assert status == 1, out
    assert "ran longer than launcher.timeout_min=0.2" in out


@pytest.fixture
def small_disk(tmp_path):
    """A file system that is full after two runs or so."""
    mounted = ["mount", "-t", "tmpfs", "-o", "size=1500k", "none", str(tmp_path)]
    if subprocess.run(mounted, capture_output=True).returncode:
        pytest.skip("only root may mount a small file system")
    yield tmp_path
    subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_full_disk_loses_nothing(small_disk, undisturbed):
    status, out = sweep(small_disk, "launcher=serial")
    assert status == 1, out
    assert "No space left on device" in out
    assert "Traceback" not in out
    before = finished(small_disk)
    assert 0 < len(before) < 6
    grown = ["mount", "-o", "remount,size=50m", str(small_disk)]
    subprocess.run(grown, check=True)
    assert_ends_like(small_disk, undisturbed, before)
