"""What the launchers refuse, in one line each."""

import sys

import pytest
from omegaconf import OmegaConf

from roadmap.base import config
from roadmap.launchers import launcher, prepared


def settings(name, **changed):
    path = config.CONF / "launcher" / f"{name}.yaml"
    return {**OmegaConf.to_container(OmegaConf.load(path)), **changed}


@pytest.mark.parametrize(("name", "engine"), [("ray", "ray"), ("slurm", "submitit")])
def test_missing_extra(name, engine, monkeypatch):
    monkeypatch.setitem(sys.modules, engine, None)
    monkeypatch.delitem(sys.modules, f"roadmap.launchers.{name}", raising=False)
    with pytest.raises(ValueError, match=rf"{engine}: pip install 'roadmap\[{name}\]'"):
        launcher(name)


@pytest.mark.parametrize(
    ("name", "changed", "line"),
    [
        ("ray", {"num_gpus": -1}, "launcher.num_gpus=-1: valid: .* >= 0"),
        ("ray", {"max_retries": -1}, "launcher.max_retries=-1: valid: .* >= 0"),
        ("ray", {"address": "127.0.0.1:1"}, "launcher.address=127.0.0.1:1: .*refused"),
        ("slurm", {}, "no sbatch on this machine"),
        ("slurm", {"timeout_min": None}, "launcher.timeout_min=null: .*minutes > 0"),
        ("slurm", {"signal_delay_s": 9999, "timeout_min": 1}, "less than launcher"),
        ("local", {"workers": 0}, "launcher.workers=0: valid: null or an integer >= 1"),
        ("local", {"devices": 0}, "launcher.devices=0: valid: an integer >= 1"),
        ("local", {"timeout_min": 0}, "launcher.timeout_min=0: valid: null or .* > 0"),
        ("serial", {"workers": 3}, "launcher.workers=3: valid: 1"),
    ],
)
def test_wrong_setting(name, changed, line, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ValueError, match=line):
        prepared(settings(name, **changed), "cpu")
