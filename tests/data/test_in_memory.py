"""Data sets whole in memory, and the cache of those that are made."""

import logging
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from image_folders import words_of

from roadmap.data.augment import Augmentation
from roadmap.data.resident import Resident
from roadmap.data.sets import cluttered_digits
from roadmap.data.sets.in_memory import Split, fingerprint, load
from roadmap.data.settings import read_settings

ROOT = Path(__file__).parents[2]


def same(ours, theirs):
    return all(map(torch.equal, ours, theirs))


def test_digits_come_in_the_sizes_asked_for(digits, tmp_path):
    train, test = load(digits(), tmp_path)
    assert train.images.shape == (300, 3, 16, 16)
    assert test.images.shape == (50, 3, 16, 16)


def test_the_share_of_the_largest_class_is_known(digits, tmp_path):
    _, test = load(digits(), tmp_path)
    largest = test.labels.bincount().max().item()
    source = Resident(digits(), Augmentation(), tmp_path, torch.device("cpu"))
    assert source.majority() == 100 * largest / 50


def test_validation_leaves_training_as_it_is_and_is_not_the_test_split(
    digits, tmp_path
):
    train, test = load(digits(), tmp_path)
    again, validation = load(digits(evaluate_on="validation"), tmp_path)
    assert same(train, again)
    assert not torch.equal(test.images, validation.images)


def test_a_second_load_reads_the_cache(digits, tmp_path, monkeypatch):
    first = load(digits(), tmp_path)
    assert len(list(tmp_path.iterdir())) == 2
    monkeypatch.setattr(cluttered_digits, "make", None)
    assert all(map(same, first, load(digits(), tmp_path)))


def test_cached_files_keep_their_names(tmp_path):
    """Else the files that users have are made again, and fill the disk twice."""
    words = words_of("cluttered_digits", train_size=300, test_size=260)
    load(read_settings(words), tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {
        "cluttered_digits-v2-test-672af49a6fbcc5ef.npz",
        "cluttered_digits-v2-train-2579f299b9369f87.npz",
    }


@pytest.mark.parametrize("damage", ["truncated", "empty", "garbage", "flipped"])
def test_a_damaged_cache_file_is_made_again(digits, tmp_path, caplog, damage):
    whole = load(digits(), tmp_path)
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
        assert all(map(same, whole, load(digits(), tmp_path)))
    assert len(caplog.records) == 2
    caplog.clear()
    load(digits(), tmp_path)
    assert not caplog.records


def test_a_cache_that_cannot_be_written_costs_a_log_line_only(digits, tmp_path, caplog):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    train, _ = load(digits(), blocked)
    assert len(train.labels) == 300
    assert "cannot be kept" in caplog.text


OTHER_PROCESS = """
import sys
from pathlib import Path
import torch
from roadmap.data.settings import read_settings
from roadmap.data.sets import cluttered_digits
from roadmap.data.sets.in_memory import fingerprint, load
ink = torch.load({ink!r})  # spares this process seconds of importing scikit-learn
cluttered_digits._digits = lambda: ink
print("ready", flush=True)
sys.stdin.readline()
print(*map(fingerprint, load(read_settings({data!r}), Path({cache!r}))))
"""


def test_two_processes_at_once_leave_one_whole_cache(digits, tmp_path):
    ink, cache = tmp_path / "ink.pt", tmp_path / "cache"
    torch.save(cluttered_digits._digits(), ink)
    script = OTHER_PROCESS.format(data=asdict(digits()), cache=str(cache), ink=str(ink))
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
        ours = load(digits(), cache)
        theirs, _ = other.communicate(timeout=60)
    assert theirs.split() == [fingerprint(split) for split in ours]
    assert [file.suffix for file in cache.iterdir()] == [".npz", ".npz"]


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
