"""Trackers write what they should, and never stop or hold up a training."""

import os
import sys
import time

import pandas as pd
import pytest

from roadmap.base import config
from roadmap.training.trackers import Labels, check_tracker, log_figure, open_tracker

LABELS = Labels("study", "proxy", "gelu", 0, "0123456789ab")
ROWS = [
    {"epoch": n, "train_loss": 2.0 / n, "lr": 0.1, "top1": 10.0 * n} for n in (1, 2)
]
SUMMARY = {"status": "finished", "top1": 20.0}


def settings_of(name, **words):
    overrides = ["step=gelu", f"tracker={name}"]
    return {**config.compose("train", overrides).tracker, **words}


def track(settings, folder, rows=ROWS):
    tracker = open_tracker(settings, folder, LABELS, {"recipe": {"epochs": 2}})
    for row in rows:
        tracker.log(row)
    tracker.finish(SUMMARY)


def everything(folder):
    return b"".join(p.read_bytes() for p in folder.rglob("*") if p.is_file())


@pytest.fixture
def secret(monkeypatch):
    monkeypatch.setenv("WANDB_API_KEY", "0123456789abcdef" * 2 + "5ec7e700")
    monkeypatch.setenv("MY_PASSWORD", "hunter2hunter2")
    return [os.environ[name].encode() for name in ("WANDB_API_KEY", "MY_PASSWORD")]


def test_none_writes_nothing(tmp_path):
    track(settings_of("none"), tmp_path)
    assert not list(tmp_path.iterdir())


def test_csv_has_each_epoch_once_however_often_it_was_resumed(tmp_path):
    track(settings_of("csv"), tmp_path, [*ROWS, ROWS[1]])
    track(settings_of("csv"), tmp_path, [ROWS[1], {**ROWS[0], "epoch": 3}])
    curve = pd.read_csv(tmp_path / "curve.csv")
    assert curve.epoch.tolist() == [1, 2, 3]
    assert curve.train_loss.tolist() == [2.0, 1.0, 2.0]


def test_tensorboard_has_the_curves_and_the_figure(tmp_path):
    events = pytest.importorskip("tensorboard.backend.event_processing")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    assert events
    settings = settings_of("tensorboard")
    track(settings, tmp_path)
    read = EventAccumulator(str(tmp_path / "tensorboard"))
    read.Reload()
    assert [e.value for e in read.Scalars("top1")] == [10.0, 20.0]
    assert [e.step for e in read.Scalars("top1")] == [1, 2]
    log_figure(settings, tmp_path / "s", "study", picture(tmp_path))
    read = EventAccumulator(str(tmp_path / "s" / "tensorboard"))
    read.Reload()
    assert read.Tags()["images"] == ["figure_2"]


def test_tensorboard_has_each_epoch_once_however_often_it_was_resumed(tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    third = {**ROWS[0], "epoch": 3}
    for rows in ([*ROWS, third], [], [{**ROWS[1], "top1": 99.0}, third]):
        track(settings_of("tensorboard"), tmp_path, rows)
    read = EventAccumulator(str(tmp_path / "tensorboard"))
    read.Reload()
    curve = [(e.step, e.value) for e in read.Scalars("top1")]
    assert curve == [(1, 10.0), (2, 99.0), (3, 10.0)]


def picture(folder):
    from PIL import Image

    Image.new("RGB", (8, 8)).save(folder / "figure_2.png")
    return folder / "figure_2.png"


def test_wandb_offline_needs_no_account_and_holds_no_secret(tmp_path, secret):
    settings = settings_of("wandb", mode="offline")
    track(settings, tmp_path / "run")
    log_figure(settings, tmp_path / "study", "study", picture(tmp_path))
    for folder in ("run", "study"):
        (file,) = (tmp_path / folder).glob("wandb/offline-run-*/*.wandb")
        assert file.stat().st_size > 0
    written = everything(tmp_path / "run")
    for word in (b"train_loss", b"gelu-0", b"finished"):
        assert word in written
    for word in secret:
        assert word not in written


def test_no_network_holds_nothing_up(tmp_path, secret, monkeypatch, caplog):
    monkeypatch.setenv("WANDB_BASE_URL", "http://127.0.0.1:9")
    began = time.monotonic()
    with caplog.at_level("WARNING", logger="roadmap"):
        track(settings_of("wandb", init_timeout=3), tmp_path)
    assert time.monotonic() - began < 15
    assert "tracker" in caplog.text


@pytest.mark.parametrize("name", ["csv", "wandb", "tensorboard"])
def test_a_tracker_that_cannot_write_is_left_out(name, tmp_path, caplog):
    if name == "tensorboard":
        pytest.importorskip("tensorboard")
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    words = {"mode": "offline"} if name == "wandb" else {}
    with caplog.at_level("WARNING", logger="roadmap"):
        track(settings_of(name, **words), blocked)
    assert "is left out" in caplog.text
    assert blocked.read_text() == "no folder"


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"name": "mlflow"}, "tracker=mlflow: valid: none, csv, wandb, tensorboard"),
        ({"name": "wandb", "mode": "x"}, "tracker.mode=x: valid: online, offline"),
        (
            {"name": "wandb", "init_timeout": "x"},
            "tracker.init_timeout=x: valid: a num",
        ),
    ],
)
def test_a_wrong_word_is_one_line(settings, line):
    with pytest.raises(ValueError, match=f"^{line}"):
        check_tracker(settings)


@pytest.mark.parametrize("name", ["wandb", "tensorboard"])
def test_a_missing_library_is_one_line(name, monkeypatch):
    monkeypatch.setitem(sys.modules, name, None)  # as if it were not installed
    line = f"needs the {name} package: pip install 'roadmap\\[{name}\\]'$"
    with pytest.raises(ValueError, match=line):
        check_tracker({"name": name})
