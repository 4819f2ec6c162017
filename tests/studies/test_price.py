"""The plan and its price: what a dry run says, and what a budget refuses."""

import re

import pytest
from commands import run

from roadmap.runs import store
from roadmap.runs.place import Place
from roadmap.studies.plan import plan_sweep
from roadmap.studies.price import check_budget, price_of

SMALL = ["recipe.epochs=2", "data.train_size=512", "data.test_size=128"]
WORDS = ["+step=[resnet,gelu]", *SMALL]
SETTINGS = {"workers": 2, "devices": 1}


def finish(root, one, seconds):
    curve = [{"epoch": 1}, {"epoch": 2}]
    record = {"run": one.run.id, "status": "finished", "wall_seconds": seconds}
    store.write_record(root, {**record, "curve": curve, "metrics": None})


def states(root, planned):
    return store.read_states(root, [one.run.id for one in planned])


def price(root, planned, **settings):
    place = Place(root=str(root))
    found = states(root, planned)
    return price_of(planned, found, place, SETTINGS | settings, lambda line: None)


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
    assert price(tmp_path, planned, devices=4)[0].device_hours == pytest.approx(16.0)


def test_a_checkpoint_is_taken_off(tmp_path):
    planned = plan_sweep(WORDS, 1)
    for one in planned:
        folder = store.run_folder(tmp_path, one.run.id) / "checkpoints"
        folder.mkdir(parents=True)
        (folder / "000000012.pt").touch()  # of 16 updates
    place = Place(root=str(tmp_path))
    found = states(tmp_path, planned)
    assert set(found.values()) == {"to resume"}
    prices = price_of(planned, found, place, SETTINGS, lambda line: None)
    assert [one.epochs for one in prices] == [0.5, 0.5]
    assert all(one.source == "probe" and one.seconds_per_epoch > 0 for one in prices)


def test_the_probe_is_near_what_a_run_takes(tmp_path):
    words = ["+step=gelu", *SMALL, "seeds=1", "study=s", "launcher=serial"]
    status, out = run("roadmap.sweep", *words, f"root={tmp_path}", "dry_run=true")
    assert status == 0, out
    (hours,) = re.findall(r"1 steps to train: (\S+) device-hours", out)
    assert "1 new" in out
    assert "nothing was trained" in out
    assert not (tmp_path / "runs").exists()
    assert not (tmp_path / "s").exists()
    status, out = run("roadmap.sweep", *words, f"root={tmp_path}")
    assert status == 0, out
    (path,) = tmp_path.glob("runs/*/record.json")
    record = store.read_record(tmp_path, path.parent.name)
    assert 0.2 < 3600 * float(hours) / record["wall_seconds"] < 5


def test_beyond_the_budget_nothing_starts(tmp_path):
    words = ["+step=gelu", *SMALL, f"root={tmp_path}", "budget_hours=0"]
    status, out = run("roadmap.sweep", *words)
    assert status == 2, out
    assert out.splitlines()[-1].startswith("error: budget_hours=0: this sweep takes")
    assert not (tmp_path / "runs").exists()
