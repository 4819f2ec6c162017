"""Where the local launcher puts runs, and what a launcher that is not there says."""

import pytest

from roadmap.launchers import launcher, local


@pytest.mark.parametrize(
    ("visible", "workers", "devices", "slots"),
    [
        ("0,1,2", 3, 1, ["0", "1", "2"]),
        ("2,5", 4, 1, ["2", "5", "2", "5"]),  # several small runs a GPU
        ("0,1,2,3", 2, 2, ["0,1", "2,3"]),
        ("0,1,2", 1, 2, ["0,1"]),  # the odd one stays idle
        ("GPU-a,GPU-b", 2, 1, ["GPU-a", "GPU-b"]),
    ],
)
def test_each_worker_sees_gpus_of_its_own(
    visible, workers, devices, slots, monkeypatch
):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert local._slots(workers, devices, cuda=True) == slots


def test_without_gpus_workers_share_the_cores():
    assert local._slots(3, 1, cuda=False) == [None] * 3


@pytest.mark.parametrize(("devices", "workers"), [(1, 4), (2, 2), (3, 1)])
def test_one_run_a_gpu_unless_more_are_asked(devices, workers, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1,2,3")
    settings = local.Settings(devices=devices)
    assert local.prepare(settings, "cuda").workers == workers
    asked = local.Settings(devices=devices, workers=9)
    assert local.prepare(asked, "cuda").workers == 9


def test_more_gpus_than_there_are_is_one_line(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    with pytest.raises(ValueError, match=r"launcher.devices=3: valid: 1 to 2"):
        local.prepare(local.Settings(devices=3), "cuda")


def test_a_launcher_whose_engine_is_missing_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pebble", None)
    monkeypatch.delitem(__import__("sys").modules, "roadmap.launchers.local")
    with pytest.raises(ValueError, match=r"needs pebble: pip install 'roadmap\[local"):
        launcher("local")
