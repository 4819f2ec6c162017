"""What is said of this machine."""

import resource
import sys

import pytest

from roadmap.base import machine


@pytest.mark.parametrize(("platform", "unit"), [("linux", 1024), ("darwin", 1)])
def test_peak_memory_is_in_bytes_whatever_the_kernel_counts_in(
    platform, unit, monkeypatch
):
    monkeypatch.setattr(sys, "platform", platform)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert machine.peak_resident() == pytest.approx(most * unit, rel=0.5)


@pytest.mark.parametrize(
    ("name", "line"),
    [("tpu", "device=tpu: valid: auto, cpu, cuda"), ("cuda", "no GPU found here")],
)
def test_a_device_that_is_not_there_is_one_line(name, line, monkeypatch):
    monkeypatch.setattr(machine, "gpus", lambda: 0)
    with pytest.raises(ValueError, match=line):
        machine.resolve_device(name)


def test_auto_is_the_gpu_where_there_is_one(monkeypatch):
    for count, device in ((0, "cpu"), (2, "cuda")):
        monkeypatch.setattr(machine, "gpus", lambda count=count: count)
        assert machine.resolve_device("auto") == device
    assert machine.resolve_device("auto", here=False) == "auto"
