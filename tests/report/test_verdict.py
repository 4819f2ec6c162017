"""The sentence of a comparison, its classes, and its picture."""

import numpy as np
import pandas as pd
import pytest

from roadmap.report.numbers.sequential import judge
from roadmap.report.numbers.sides import Measured, Pair, by_class, over_images
from roadmap.report.pictures import estimation
from roadmap.report.pictures.figures import render
from roadmap.report.verdict import EvaluatedOn, Goal, duration, page, sentence

ON = EvaluatedOn("pets", images=400, chance=25.0)
GOAL = Goal(resolution=2.0, first=3, workers=2)


def side(name, top1, bits=None, statuses=None, seconds=60.0):
    rows = pd.DataFrame(
        {
            "run": [f"{name}{seed}" for seed in range(len(top1))],
            "seed": range(len(top1)),
            "status": statuses or ["finished"] * len(top1),
            "top1": top1,
            "params": 1_250_000,
            "gflops": 0.0312,
            "images_per_second": 800.0,
            "seconds": seconds,
        }
    )
    return Measured(name, rows, dict(zip(rows["run"], bits or [], strict=False)))


def pair(base, new, **more):
    sides = side("A", base, **more), side("B", new, **more)
    return Pair(*sides, judge(sides[0].top1, sides[1].top1))


def test_told_from_noise():
    said = sentence(pair([70.0, 71.0, 70.5], [80.0, 81.0, 80.5]), ON, GOAL)
    assert said == (
        "On pets, B changes top-1 by +10.00 points against A (95 % +8.87 to +11.13; "
        "3 seeds each): told from noise."
    )


def test_not_told_from_noise_says_what_more_would_take():
    said = sentence(pair([70.0, 73.0, 76.0], [71.0, 73.0, 74.0]), ON, GOAL)
    assert ": not told from noise. A difference of 2 points would take " in said
    assert " seeds each, about " in said
    assert said.endswith(" minutes more.")


def test_seeds_that_suffice_are_said_to():
    said = sentence(pair([70.0, 70.2, 70.4], [70.1, 70.2, 70.4]), ON, GOAL)
    assert said.endswith("These seeds would find a difference of 2 points (power 0.8).")


@pytest.mark.parametrize(("top1", "near"), [(26.0, True), (60.0, False)])
def test_both_near_chance(top1, near):
    two = pair([top1, top1 + 1], [top1, top1 - 1])
    assert (
        "near chance (25 %): this says nothing yet" in sentence(two, ON, GOAL)
    ) == near


def test_runs_that_are_left_out_are_said():
    two = pair(
        [70.0, 71.0, 1.0], [72.0, 71.0, 2.0], statuses=["finished"] * 2 + ["diverged"]
    )
    said = sentence(two, ON, GOAL)
    assert "2 seeds each" in said
    assert "Left out of A: 1 diverged. Left out of B: 1 diverged." in said


def bits(share, labels, random, easy=()):
    right = random.uniform(size=len(labels)) < share
    return np.where(np.isin(labels, easy), True, right)


def test_the_class_that_wins_comes_first_and_has_both_intervals():
    random, labels = np.random.default_rng(0), np.repeat(np.arange(8), 50)
    base = [bits(0.5, labels, random) for _ in range(4)]
    new = [bits(0.5, labels, random, easy=[5]) for _ in range(4)]
    sides = [
        side(name, [100 * one.mean() for one in of], of)
        for name, of in (("A", base), ("B", new))
    ]
    two = Pair(*sides, judge(sides[0].top1, sides[1].top1))
    table = by_class(two, list("abcdefgh"), labels.tolist())
    assert len(table) == 6
    assert table["class"].iloc[0] == "f"
    first = table.iloc[0]
    assert first["images"] == 50
    assert 0 < first["low"] < first["delta"] < first["high"]
    assert 0 < first["images_low"] < first["delta"] < first["images_high"]
    low, high = over_images(two)
    assert low < two.look.delta < high
    on = EvaluatedOn("pets", 400, 12.5, list("abcdefgh"), labels.tolist())
    assert "| f " in page([two], on, GOAL, ["A note."])
    assert by_class(two, list("abcdefgh"), labels.tolist()[:-1]) is None


def test_without_the_bits_there_is_no_table_of_classes():
    two = pair([70.0, 71.0], [72.0, 73.0])
    text = page([two], ON, GOAL, [])
    assert over_images(two) is None
    assert "Classes" not in text
    assert "Over images" not in text


def test_the_picture_has_every_seed_and_is_the_same_twice():
    two = pair([70.0, 71.0, 72.0], [72.0, 73.0, 74.0])
    frame = estimation.data([two])
    assert frame["value"].tolist() == [70, 71, 72, 72, 73, 74, 2]
    assert render(estimation.draw([two]), "png") == render(
        estimation.draw([two]), "png"
    )
    alone = pair([70.0], [72.0])  # no interval to draw
    assert render(estimation.draw([alone, two]), "svg")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 second"), (40, "40 seconds"), (240, "4 minutes"), (138, "2.3 minutes")],
)
def test_durations(seconds, words):
    assert duration(seconds) == words
