"""What the launchers refuse, in one line each."""

import sys

import pytest
from omegaconf import OmegaConf

from roadmap.base import config
from roadmap.launchers import launcher


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
    ],
)
def test_wrong_setting(name, changed, line, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ValueError, match=line):
        launcher(name).prepare(settings(name, **changed), "cpu")
