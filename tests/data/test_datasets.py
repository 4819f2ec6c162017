import logging
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from roadmap.data import Split, cluttered_digits, fingerprint, load, validate

ROOT = Path(__file__).parents[2]


def same(ours, theirs):
    return all(map(torch.equal, ours, theirs))


@pytest.mark.parametrize("name", ["cluttered_digits", "fashion_mnist"])
def test_the_configs_in_the_repository_are_valid(name, config):
    validate(config(name))
    validate(config(name, evaluate_on="validation"))


def test_digits_come_in_the_sizes_asked_for(digits, tmp_path):
    train, test = load(digits, tmp_path)
    assert train.images.shape == (300, 3, 16, 16)
    assert test.images.shape == (50, 3, 16, 16)


def test_validation_leaves_training_as_it_is_and_is_not_the_test_split(
    digits, tmp_path
):
    train, test = load(digits, tmp_path)
    again, validation = load(digits | {"evaluate_on": "validation"}, tmp_path)
    assert same(train, again)
    assert not torch.equal(test.images, validation.images)


def test_a_second_load_reads_the_cache(digits, tmp_path, monkeypatch):
    first = load(digits, tmp_path)
    assert len(list(tmp_path.iterdir())) == 2
    monkeypatch.setattr(cluttered_digits, "make", None)
    assert all(map(same, first, load(digits, tmp_path)))


def test_numbers_written_as_whole_or_decimal_share_a_cache_file(digits, tmp_path):
    load(digits, tmp_path)
    load(digits | {"rotation": float(digits["rotation"])}, tmp_path)
    assert len(list(tmp_path.iterdir())) == 2
    load(digits | {"rotation": 30}, tmp_path)
    assert len(list(tmp_path.iterdir())) == 4


@pytest.mark.parametrize("damage", ["truncated", "empty", "garbage", "flipped"])
def test_a_damaged_cache_file_is_made_again(digits, tmp_path, caplog, damage):
    whole = load(digits, tmp_path)
    for file in tmp_path.iterdir():
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 255
        broken = {
            "truncated": content[: len(content) // 2],
            "empty": b"",
            "garbage": b"not an archive",
            "flipped": content,
        }
        file.write_bytes(broken[damage])
    with caplog.at_level(logging.WARNING):
        assert all(map(same, whole, load(digits, tmp_path)))
    assert len(caplog.records) == 2
    caplog.clear()
    load(digits, tmp_path)
    assert not caplog.records


def test_a_cache_that_cannot_be_written_costs_a_log_line_only(digits, tmp_path, caplog):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    train, _ = load(digits, blocked)
    assert len(train.labels) == 300
    assert "cannot be kept" in caplog.text


OTHER_PROCESS = """
import sys
from pathlib import Path
import torch
from roadmap.data import cluttered_digits, fingerprint, load
ink = torch.load({ink!r})  # spares this process seconds of importing scikit-learn
cluttered_digits._digits = lambda: ink
print("ready", flush=True)
sys.stdin.readline()
print(*map(fingerprint, load({data!r}, Path({cache!r}))))
"""


def test_two_processes_at_once_leave_one_whole_cache(digits, tmp_path):
    ink, cache = tmp_path / "ink.pt", tmp_path / "cache"
    torch.save(cluttered_digits._digits(), ink)
    script = OTHER_PROCESS.format(data=digits, cache=str(cache), ink=str(ink))
    with subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout.readline() == "ready\n"
        other.stdin.write("go\n")
        other.stdin.flush()
        ours = load(digits, cache)
        theirs, _ = other.communicate(timeout=60)
    assert theirs.split() == [fingerprint(split) for split in ours]
    assert [file.suffix for file in cache.iterdir()] == [".npz", ".npz"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "imagenett"}, ["imagenett", "cluttered_digits", "fashion_mnist"]),
        ({"evaluate_on": "train"}, ["data.evaluate_on=train", "test or validation"]),
        ({"train_size": 0}, ["data.train_size=0", "from 1"]),
        ({"train_size": "abc"}, ["data.train_size=abc", "whole number"]),
        ({"train_size": True}, ["data.train_size=true", "whole number"]),
        ({"test_size": 2.5}, ["data.test_size=2.5"]),
        ({"test_size": None}, ["data.test_size=null"]),
        ({"version": 99}, ["data.version=99"]),
        ({"in_chans": 1}, ["data.in_chans=1", "expected 3"]),
        ({"horizontal_flip": "no"}, ["data.horizontal_flip=no", "true or false"]),
        ({"contrast": [0.5, 0.2]}, ["data.contrast", "the lower first"]),
        ({"contrast": 0.5}, ["data.contrast=0.5", "two numbers"]),
        ({"noise": float("nan")}, ["data.noise=nan"]),
    ],
)
def test_a_wrong_word_is_named_in_one_line(digits, tmp_path, changes, words):
    with pytest.raises(ValueError, match="data") as caught:
        validate(digits | changes)
    assert all(word in str(caught.value) for word in words)
    assert "\n" not in str(caught.value)
    with pytest.raises(ValueError, match="data"):
        load(digits | changes, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_missing_key_is_named(digits):
    del digits["clutter"]
    with pytest.raises(ValueError, match=r"data\.clutter is missing"):
        validate(digits)


@pytest.mark.parametrize(
    "changes",
    [{"train_size": 60_001}, {"test_size": 10_001}, {"image_size": 27}],
)
def test_fashion_sizes_are_checked_before_anything_is_read(fashion, changes):
    with pytest.raises(ValueError, match=f"data.{next(iter(changes))}"):
        validate(fashion | changes)


@given(st.integers(0, 11))
def test_fingerprint_tells_a_changed_pixel_label_or_shape(place):
    images = torch.zeros(1, 3, 2, 2, dtype=torch.uint8)
    labels = torch.tensor([1])
    changed = images.clone()
    changed.view(-1)[place] = 1
    splits = [
        Split(images, labels),
        Split(changed, labels),
        Split(images, labels + 1),
        Split(images.view(1, 1, 3, 4), labels),
    ]
    assert len({fingerprint(split) for split in splits}) == 4
    assert fingerprint(splits[0]) == fingerprint(Split(images.clone(), labels.clone()))
    assert len(fingerprint(splits[0])) == 16
