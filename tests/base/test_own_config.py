"""Settings of one's own: conf/ in the working folder, or --config-dir."""

import pytest

from roadmap.base import config

MINE = """
# @package _global_
defaults: [gelu, _self_]
step: {name: mine, title: mine, section: mine, status: "no", reason: ""}
network: {kernel_size: 13}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "conf" / "step").mkdir(parents=True)
    (tmp_path / "conf" / "step" / "mine.yaml").write_text(MINE)
    return tmp_path / "conf"


def test_it_is_found_in_the_working_folder(folder):
    assert "mine" in config.options("step")
    assert "gelu" in config.options("step")
    assert config.path("step", "mine") == folder / "step" / "mine.yaml"
    assert config.compose("train", ["step=mine"]).network.kernel_size == 13


def test_a_folder_without_our_groups_is_none(tmp_path, monkeypatch):
    (tmp_path / "conf").mkdir()
    monkeypatch.chdir(tmp_path)
    assert config.own() is None


def test_the_folder_named_goes_before_the_working_folder(folder, monkeypatch, tmp_path):
    monkeypatch.setattr(config, "_OWN", [])
    config.use(tmp_path)  # has no groups
    assert config.own() is None
    config.use(folder)
    assert config.own() == folder


def test_a_name_that_is_taken_is_refused(folder):
    (folder / "step" / "gelu.yaml").write_text(MINE)
    with pytest.raises(ValueError, match=r"gelu.yaml: a step of this name"):
        config.own()


def test_the_same_file_is_not(folder):
    ours = config.CONF / "step" / "gelu.yaml"
    (folder / "step" / "gelu.yaml").write_bytes(ours.read_bytes())
    assert config.own() == folder
