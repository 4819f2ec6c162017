"""python -m roadmap.data: what it prints, and its exit status."""

import sys

import pytest
from image_folders import picture

from roadmap.data.__main__ import main


def preflight(monkeypatch, *words):
    monkeypatch.setattr(sys, "argv", ["roadmap.data", *words])
    with pytest.raises(SystemExit) as stop:
        main()
    return stop.value.code


def test_preflight_says_what_is_there(root, monkeypatch, capsys):
    picture(9, (90, 80)).save(root / "val" / "owl" / "9.jpg")
    words = ["data=folder", f"data.root={root}", "num_workers=1"]
    assert preflight(monkeypatch, *words) == 0
    out = capsys.readouterr().out
    for part in (
        "folder: 3 classes",
        "training: 18 images, 6 / 6 / 6 a class",
        "evaluation: 10 images, 3 / 3 / 4 a class",
        "10 decoded: width 60 / 60 / 90, height 45 / 45 / 80 pixels",
        "fingerprint ",
    ):
        assert part in out


def test_preflight_names_what_is_broken(root, monkeypatch, capsys):
    (root / "val" / "owl" / "0.jpg").write_bytes(b"no image")
    words = ["data=folder", f"data.root={root}", "decode=all"]
    assert preflight(monkeypatch, *words) == 1
    assert "owl/0.jpg" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["data=folder"], "data.root is missing: the folder where folder lies"),
        (["num_workers=-1"], "num_workers=-1: valid: an integer >= 0"),
    ],
)
def test_preflight_refuses_in_one_line(words, line, monkeypatch, capsys):
    assert preflight(monkeypatch, *words) == 2
    assert capsys.readouterr().err == f"error: {line}\n"
