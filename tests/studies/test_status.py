"""What the status says of a study, from files that a sweep leaves."""

import json

import pytest
from commands import run

from roadmap.runs import lease, store
from roadmap.studies import status
from roadmap.studies.plan import plan_sweep
from roadmap.studies.results import write_study

WORDS = ["+step=[resnet,gelu]"]


@pytest.fixture
def planned(tmp_path):
    planned = plan_sweep(WORDS, 3)
    write_study(tmp_path / "s", planned, WORDS)
    return planned


def record(root, one, **said):
    store.write_record(root, {"run": one.run.id, **said})


def test_each_state_is_found_and_said(planned, tmp_path):
    done, failed, stopped, resumes, running, _ = planned
    record(tmp_path, done, status="finished", metrics={"top1": 55.5})
    record(tmp_path, failed, status="failed", error="Traceback\nOSError: no [disk]")
    record(tmp_path, stopped, status="interrupted", error="stopped by SIGUSR2")
    folder = store.run_folder(tmp_path, resumes.run.id) / "checkpoints"
    folder.mkdir(parents=True)
    (folder / "000000012.pt").touch()
    mine = lease.acquire(store.run_folder(tmp_path, running.run.id))
    mine.report(update=30, updates=100, loss=2.5, seconds_left=3725.4)
    mine.beat()
    assert [status.find(tmp_path, one.run.id)["status"] for one in planned] == [
        *["finished", "failed", "interrupted", "to resume", "running", "new"]
    ]
    before = sorted(tmp_path.rglob("*"))
    code, out = run("roadmap.status", f"root={tmp_path}", "study=s", COLUMNS="120")
    assert code == 1
    assert "6 runs" in out
    for words in ("30/100", "2.500", "1:02:05", "55.50 % resnet (seed 0)"):
        assert words in out
    assert "OSError: no [disk]" in out
    assert "stopped by SIGUSR2" in out
    assert sorted(tmp_path.rglob("*")) == before


def test_a_run_on_a_machine_that_is_silent(planned, tmp_path, monkeypatch):
    folder = store.run_folder(tmp_path, planned[0].run.id)
    mine = lease.acquire(folder)
    mine.path.write_text(json.dumps({**mine.content, "machine": "another"}))
    monkeypatch.setattr(status.time, "time", lambda: lease.last_beat(folder) + 1000)
    assert status.find(tmp_path, planned[0].run.id)["status"] == "silent"


def test_an_unknown_study_is_one_line(tmp_path):
    for name in ("mine", "mixup"):
        write_study(tmp_path / name, [], [])
    code, out = run("roadmap.status", f"root={tmp_path}", "study=mien")
    assert code == 2
    assert out.startswith("error: study=mien: did you mean mine? valid: ")
    assert out.endswith("which has mine, mixup\n")
