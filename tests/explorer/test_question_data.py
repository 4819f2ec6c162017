"""What the explorer holds of studies that ask what each change is worth."""

import json

import pytest
from asking import BEST, FEW, top1, write_question

from roadmap.explorer.collect import collect
from roadmap.lessons import lesson
from roadmap.report.numbers.studies import find_study


@pytest.fixture(scope="module")
def data(questions):
    return collect(questions, questions[0].parent)


def study_of(data, name):
    (found,) = [one for one in data["worth"]["studies"] if one["name"] == name]
    return {mark["change"]: mark for mark in found["marks"]}


def test_worths_stand_side_by_side_with_intervals_and_costs(data):
    assert data["worth"]["unit"] == "MFLOPs"
    put, left = study_of(data, "put in"), study_of(data, "left out")
    for change in FEW:
        rest = [other for other in FEW if other != change]
        assert put[change]["worth"] == pytest.approx(top1([change]) - top1([]), abs=0.3)
        assert left[change]["worth"] == pytest.approx(top1(FEW) - top1(rest), abs=0.3)
        assert put[change]["low"] < put[change]["worth"] < put[change]["high"]
        assert put[change]["cost"] == pytest.approx(1.0)
    decided = [one["change"] for one in data["worth"]["changes"] if one["decides"]]
    assert decided == ["kernel_7"]
    (table,) = data["answers"]
    assert table["heads"][0] == "change"
    assert len(table["cells"]) == len(FEW)


def test_pairs_that_are_told_from_noise_say_so(data):
    (pairs,) = data["pairs"]
    told = {(c["change"], c["other"]): c["told"] for c in pairs["cells"]}
    assert told[("depthwise_conv", "kernel_7")]
    assert len(told) == 3
    assert all(cell["text"][0] in "+−" for cell in pairs["cells"])


def test_every_combination_is_explained_and_no_step_of_the_path_is(data):
    (factorial,) = [one for one in data["series"] if one["study"] == "factorial"]
    explained = data["combinations"]["proxy"]
    assert set(factorial["rows"]) <= set(explained)
    assert data["lessons"] == {}
    expected = lesson("resnet+kernel_7+gelu")
    shown = explained["resnet+kernel_7+gelu"]
    assert shown["title"] == expected.title
    names = [change["name"] for change in shown["combination"]["changes"]]
    assert names == ["kernel_7", "gelu"]
    rows = shown["combination"]["switches"]["rows"]
    assert ["activation", "relu", "gelu", "gelu"] in rows
    assert len(shown["diagrams"]) == 1
    assert len(data["ends"]["proxy"]) == 2


def test_a_row_has_its_price_and_is_measured_from_the_start(data):
    (factorial,) = [one for one in data["series"] if one["study"] == "factorial"]
    text = factorial["rows"][BEST]["text"]
    assert (text["seconds"], text["gflops"]) == ("61", "0.00700")
    assert text["against"] == "resnet"


def test_studies_of_steps_hold_no_worths(study):
    data = collect([study], study.parent)
    assert data["worth"] is None
    assert (data["combinations"], data["ends"], data["answers"]) == ({}, {}, [])


def test_the_path_beside_a_question_has_its_worths_and_its_lessons(questions):
    root = questions[0].parent
    data = collect([find_study("proxy_cluttered_digits", root), questions[1]], root)
    assert set(study_of(data, "path")) == set(FEW)
    assert "stage_ratio" in data["lessons"]["proxy"]


@pytest.mark.parametrize("finished", [0, 4])
def test_an_unfinished_study_says_what_it_lacks(finished, tmp_path):
    folder = write_question(tmp_path, "factorial", finished)
    data = collect([folder], tmp_path)
    assert data["unfinished"] == f"factorial: {finished} of 24 runs have finished."
    if finished:
        marks = study_of(data, "factorial").values()
        assert {mark["worth"] for mark in marks} == {None}
    else:
        assert data["worth"] is None


def test_a_change_that_is_not_known_here_keeps_its_numbers(tmp_path):
    folder = write_question(tmp_path, "add_one_in")
    for name in ("study.json", "results.csv"):
        text = (folder / name).read_text()
        (folder / name).write_text(text.replace("gelu", "my_own"))
    data = collect([folder], tmp_path)
    json.dumps(data, allow_nan=False)
    assert "my_own" in study_of(data, "put in")
    assert "resnet+my_own" in data["series"][0]["rows"]
    assert "resnet+my_own" not in data["combinations"]["proxy"]
