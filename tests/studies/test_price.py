"""The plan and its price: what a dry run says, and what a budget refuses."""

import re
import time
from dataclasses import replace

import pytest
from commands import run

from roadmap.launchers import local
from roadmap.runs import store
from roadmap.runs.place import Place
from roadmap.studies.plan import plan_sweep
from roadmap.studies.price import check_budget, price_of
from roadmap.studies.study import study_of

SMALL = ["recipe.epochs=2", "data.train_size=512", "data.test_size=128"]
WORDS = ["+step=[resnet,gelu]", *SMALL]
SETTINGS = local.Settings(workers=2)


def finish(root, one, seconds):
    curve = [{"epoch": 1}, {"epoch": 2}]
    record = {"run": one.run.id, "status": "finished", "wall_seconds": seconds}
    store.write_record(root, {**record, "curve": curve, "metrics": None})


def price(root, planned, settings=SETTINGS):
    study = study_of("s", root, planned)
    return price_of(study, Place(root=str(root)), settings, lambda line: None)


def test_records_tell_the_price_of_the_other_seeds(tmp_path):
    planned = plan_sweep(WORDS, 3)
    for one in planned[:2]:
        finish(tmp_path, one, 7200.0)
    first, second = price(tmp_path, planned)
    assert (first.seconds_per_epoch, first.source) == (3600.0, "records")
    assert first.epochs == 4
    assert first.device_hours == pytest.approx(4.0)
    assert second.disk > 2 * 4 * planned[1].params
    check_budget([first, second], 8.0)
    with pytest.raises(ValueError, match=r"budget_hours=7.9.*about 8 device-hours"):
        check_budget([first, second], 7.9)
    on_four = price(tmp_path, planned, replace(SETTINGS, devices=4))
    assert on_four[0].device_hours == pytest.approx(16.0)


def test_a_checkpoint_is_taken_off(tmp_path):
    planned = plan_sweep(WORDS, 1)
    for one in planned:
        folder = store.run_folder(tmp_path, one.run.id) / "checkpoints"
        folder.mkdir(parents=True)
        (folder / "000000048.pt").touch()  # of 64 updates
    assert set(study_of("s", tmp_path, planned).states.values()) == {"to resume"}
    prices = price(tmp_path, planned)
    assert [one.epochs for one in prices] == [0.5, 0.5]
    assert all(one.source == "probe" and one.seconds_per_epoch > 0 for one in prices)


def test_a_dry_run_shows_the_plan_and_its_price_and_writes_nothing(tmp_path):
    words = ["+step=gelu", *SMALL, "seeds=1", "study=s", "launcher=serial"]
    status, out = run("roadmap.sweep", *words, f"root={tmp_path}", "dry_run=true")
    assert status == 0, out
    (hours,) = re.findall(r"1 steps to train: (\S+) device-hours", out)
    assert float(hours) > 0
    assert "1 new" in out
    assert "nothing was trained" in out
    assert not (tmp_path / "runs").exists()
    assert not (tmp_path / "s").exists()


def test_a_dry_run_of_a_large_study_needs_no_images_and_no_long_probe(tmp_path):
    words = ["+step=[resnet,gelu]", "regime=resnet50", "data=imagenet", "device=cpu"]
    began = time.monotonic()
    status, out = run("roadmap.sweep", *words, f"root={tmp_path}", "dry_run=true")
    assert status == 0, out
    assert time.monotonic() - began < 30  # about 10 s alone
    (hours,) = re.findall(r"2 steps to train: (\S+) device-hours", out)
    assert float(hours) > 1
    assert "rough" in out
    assert "1,281,167" in out


def test_beyond_the_budget_nothing_starts(tmp_path):
    words = ["+step=gelu", *SMALL, f"root={tmp_path}", "budget_hours=0"]
    status, out = run("roadmap.sweep", *words)
    assert status == 2, out
    assert out.splitlines()[-1].startswith("error: budget_hours=0: this sweep takes")
    assert not (tmp_path / "runs").exists()
