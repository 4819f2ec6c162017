"""The code's hash follows what a result depends on, and nothing else."""

import shutil

import pytest

from roadmap.base import code as module
from roadmap.base import kept as cache
from roadmap.base.config import PACKAGE


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A copy of the package, whose files a test may change."""
    copy = tmp_path / PACKAGE.name
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(module, "PACKAGE", copy)
    return copy


def fresh():
    return module.code.__wrapped__()


def change(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("training/engine.py", "zero_grad(set_to_none=True)", "zero_grad()"),
        ("runs/assemble.py", "init_weights(", "init_weights (0, "),
        ("network/layers.py", "eps=1e-6", "eps=1e-5"),
    ],
)
def test_a_change_of_what_a_result_depends_on_is_seen(path, old, new, package):
    before = fresh()
    change(package / path, old, new)
    assert fresh() != before


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("training/engine.py", "# a comment\n"),
        ("training/engine.py", '"""More words."""\n'),
        ("report/formats.py", "LATER = 1\n"),
        ("studies/plan.py", "LATER = 1\n"),
        ("base/files.py", "LATER = 1\n"),
    ],
)
def test_comments_docstrings_and_reports_change_nothing(path, text, package):
    before = fresh()
    with (package / path).open("a") as file:
        file.write(text)
    assert fresh() == before


def test_what_is_kept_is_made_once_for_each_version_of_the_code(
    package, tmp_path, monkeypatch
):
    monkeypatch.setenv("ROADMAP_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(cache, "code", module.code.__wrapped__)
    calls = []

    def make():
        calls.append(1)
        return {"params": 3, "dims": (1, 2)}

    found = [cache.kept("roadmap.runs.assemble", [1, "x"], make) for _ in range(2)]
    assert found == [{"params": 3, "dims": [1, 2]}] * 2
    assert len(calls) == 1
    cache.kept("roadmap.runs.assemble", [2, "x"], make)
    assert len(calls) == 2
    change(package / "network" / "layers.py", "eps=1e-6", "eps=1e-5")
    cache.kept("roadmap.runs.assemble", [1, "x"], make)
    assert len(calls) == 3


def test_a_cache_that_cannot_be_written_or_read_is_no_fault(tmp_path, monkeypatch):
    broken = tmp_path / "file"
    broken.write_text("")
    monkeypatch.setenv("ROADMAP_CACHE", str(broken))
    assert cache.kept("roadmap.runs.assemble", 1, lambda: [1]) == [1]
