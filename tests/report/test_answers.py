"""What sampled designs and predicted combinations say, where the truth is known."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from roadmap.report.answers import answers
from roadmap.report.numbers.levels import Levels
from roadmap.report.numbers.predicted import predicted
from roadmap.report.numbers.space import choices, edf
from roadmap.report.numbers.studies import Study
from roadmap.studies.plans import two_level


def sampled(worth, count=100, seed=0):
    """A study of sampled designs in which one switch and the width have a worth."""
    draw = np.random.default_rng(seed)
    names = [f"design_{at}" for at in range(count)]
    has = draw.random((count, 2)) < 0.5
    width = draw.choice([4, 8, 12, 16], count)
    top1 = 80 + worth * has[:, 0] + worth * (width > 8) + draw.normal(size=count)
    question = {
        "name": "space",
        "changes": ["gelu", "layer_norm"],
        "combinations": {
            name: [c for c, one in zip(["gelu", "layer_norm"], row, strict=True) if one]
            for name, row in zip(names, has, strict=True)
        },
        "sizes": {n: {"width": int(w)} for n, w in zip(names, width, strict=True)},
    }
    rows = {"step": names, "seed": 0, "status": "finished", "top1": top1, "gflops": 1.0}
    return question, pd.DataFrame(rows)


def test_a_choice_that_matters_is_told_and_another_is_not():
    table = choices("s", *sampled(2)).set_index("choice")
    assert (table["p_holm"] < 0.05).to_dict() == {
        "gelu": True,
        "layer_norm": False,
        "width": True,
    }
    worth = table.loc["gelu"]
    assert worth["low"] < 2 < worth["high"]
    assert worth["error"] < worth["error_other"]
    width = table.loc["width"]
    assert width["value"].startswith("> ")
    assert 8 < width["best_low"] <= width["best"] <= width["best_high"]


def test_where_nothing_matters_few_choices_are_told():
    studies = [sampled(0, seed=seed) for seed in range(100)]
    told = [choices("s", *study)["p_holm"].min() < 0.05 for study in studies]
    assert np.mean(told) < 0.1


def test_error_distributions_rise_to_one_and_count_each_design_once():
    curves = edf("s", *sampled(1, count=30))
    for _, both in curves.groupby("choice"):
        assert len(both) == 30
        for _, curve in both.groupby("group"):
            assert curve["error"].is_monotonic_increasing
            assert curve["share"].iloc[-1] == 1


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_study_that_has_hardly_begun_is_reported(count):
    question, results = sampled(1, count=20)
    results.loc[count:, ["status", "top1"]] = ["pending", np.nan]
    study = Study(pd.DataFrame({"study": ["s"]}), results)
    (answer,) = answers([study], [question])
    assert len(answer.table) == 3
    assert answer.picture.draw()


@pytest.mark.parametrize("runs", [32, 64, 128])
def test_predictions_of_a_factorial_hold_what_comes_out(runs):
    count, hits, gains, draw = 8, [], [], np.random.default_rng(5)
    every = np.array(list(product([False, True], repeat=count)))
    x = np.where(every, 1.0, -1.0)
    for _ in range(40):
        own = draw.normal(0, 1, count)
        both = np.triu(draw.normal(0, 0.4, (count, count)), 1)
        true = 80 + x @ own + (x @ both * x).sum(1)
        has = np.array(two_level(count, runs))
        rows = [int("".join(str(int(bit)) for bit in row), 2) for row in has]
        top1 = true[rows, None] + draw.normal(size=(runs, 1))
        found = predicted(Levels(has, top1, np.ones(runs)), every)
        best = np.argmax(found.mean)  # the winner's curse strikes here
        new = true + draw.normal(size=len(true))
        held = abs(new - found.mean) < found.half
        hits.append(held.mean())
        gains.append(held[best])
    assert 0.9 < np.mean(hits) < 0.99
    assert np.mean(gains) > 0.8
