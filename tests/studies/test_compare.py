"""A comparison from its words to its verdict, on four classes that can be learned."""

import json
import re

import pandas as pd
import pytest
import stripes
from commands import run

TINY = ["data=folder", "data.image_size=32", "launcher=serial", "figures=[png]"]
TINY += ["recipe.epochs=8"]
SAME = "recipe.weight_decay=0.0500001"
"""A change that is none: another run id, and the same training to seven digits."""


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("compare")
    stripes.fill(root / "photos")
    return root


@pytest.fixture(scope="module")
def differs(root):
    """B learns and A does not."""
    sides = "base=resnet recipe.lr=1e-5", "new=resnet"
    return compare(root, *sides, "study=differs", "first=4")


@pytest.fixture(scope="module")
def equal(root, differs):
    return compare(root, f"new=resnet {SAME}", "study=equal", "seeds=4", "resolution=2")


def compare(root, *words, status=0):
    places = f"root={root}", f"data.root={root / 'photos'}"
    found, out = run("roadmap.compare", *words, *TINY, *places)
    assert found == status, out
    return " ".join(out.split())


def verdict(root, study):
    return (root / study / "verdict.md").read_text()


def runs(root, study):
    return json.loads((root / study / "study.json").read_text())["runs"]


def test_a_true_difference_is_told_from_noise_at_the_first_look(root, differs):
    said = r"On photos, resnet changes top-1 by \+[\d.]+ points against resnet "
    said += r"recipe.lr=1e-5 \(95 % \+[\d.]+ to \+[\d.]+; 4 seeds each\): told from "
    said += r"noise\."
    assert re.search(said, differs), differs
    assert re.search(said, verdict(root, "differs"))
    assert len(runs(root, "differs")) == 8
    assert "would take" not in differs


def test_no_difference_is_not_told_and_says_what_more_would_take(root, equal):
    said = rf"On photos, resnet {SAME} changes top-1 by [-+][\d.]+ points against "
    said += r"resnet \(95 % -[\d.]+ to \+[\d.]+; \d seeds each\): not told from noise\."
    assert re.search(said, equal), equal
    assert re.search(r"A difference of 2 points would take \d+ seeds each, ab", equal)
    assert "near chance" not in equal


def test_records_are_shared_and_the_same_command_trains_nothing(root, differs, equal):
    shared = {one["run"] for one in runs(root, "differs")}
    assert len(shared & {one["run"] for one in runs(root, "equal")}) == 4
    records = {p: p.stat().st_mtime_ns for p in root.glob("runs/*/record.json")}
    before = verdict(root, "equal"), (root / "equal/verdict.png").read_bytes()
    again = [f"new=resnet {SAME}", "study=equal", "seeds=4", "resolution=2"]
    assert " to train" not in compare(root, *again)
    assert {p: p.stat().st_mtime_ns for p in root.glob("runs/*/record.json")} == records
    assert (verdict(root, "equal"), (root / "equal/verdict.png").read_bytes()) == before


def test_the_page_has_costs_classes_and_the_interval_over_images(root, differs):
    text = verdict(root, "differs")
    assert "| resnet " in text
    for name in (
        *stripes.CLASSES,
        "s/run",
        "GFLOPs",
        "95 % over images",
        "Over images",
    ):
        assert name in text
    drawn = pd.read_csv(root / "differs" / "verdict.csv")
    assert list(drawn["what"]) == ["top1"] * 8 + ["delta"]
    assert (root / "differs" / "verdict.png").stat().st_size > 0


def test_a_study_stands_for_a_side(root, differs, equal):
    words = ["base=differs", f"new=resnet {SAME}", "study=beside"]
    assert "; 4 seeds each)" in compare(root, *words, "seeds=4")
    same = compare(root, "base=differs", "new=resnet", "seeds=4", status=2)
    assert "the same runs" in same
    same = compare(root, "base=differs", "new=equal", status=2)
    assert "runs that differ" in same


def test_two_studies_are_compared_at_each_step_they_share(root, differs):
    rows = pd.read_csv(root / "differs/results.csv", dtype={"run": str})
    (root / "theirs").mkdir()
    rows = rows.assign(study="theirs", run=rows["run"] + "x", top1=rows["top1"] + 1)
    rows.to_csv(root / "theirs/results.csv", index=False)
    out = compare(root, "base=differs", "new=theirs", "study=both")
    for step in ("resnet", "resnet recipe.lr=1e-5"):
        assert f"at {step}, theirs changes top-1 by +1.00 points against diff" in out
    assert "to train" not in out
    assert "All 2 intervals hold at once" in verdict(root, "both")


def test_the_budget_refuses_the_first_look_and_ends_later_ones(root, equal):
    words = [f"new=resnet {SAME}", "study=paid", "seeds=6", "resolution=0.01"]
    out = compare(root, *words, "budget_hours=0")
    assert "budget_hours=0 is used up" in verdict(root, "paid"), out
    assert len(runs(root, "paid")) == 8
    refused = compare(root, "new=gelu", "study=dear", "budget_hours=0", status=2)
    assert "budget_hours=0" in refused
    assert not (root / "dear").exists()


def test_dry_run_shows_the_plan_and_the_looks(root, equal):
    out = compare(root, f"new=resnet {SAME}", "seeds=9", "dry_run=true", "study=dry")
    assert "2 steps to train" in out
    assert "looks after 3, 4, 5, 6, 7, 8, 9 seeds a side" in out
    assert not (root / "dry").exists()


def test_studies_of_different_data_are_refused(root, differs):
    rows = pd.read_csv(root / "differs/results.csv", dtype=str)
    (root / "elsewhere").mkdir()
    rows = rows.assign(study="elsewhere", run=rows["run"] + "y", data="0" * 12)
    rows.to_csv(root / "elsewhere/results.csv", index=False)
    out = compare(root, "base=differs", "new=elsewhere", status=2)
    assert "different data" in out
