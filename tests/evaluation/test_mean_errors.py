"""The numbers of a corrupted set, from any accuracies."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roadmap.evaluation.measure import Score
from roadmap.evaluation.sets import ALEXNET, C_BAR, Part
from roadmap.evaluation.tables import errors, result

NAMES = {"imagenet_c": list(ALEXNET), "imagenet_c_bar": list(C_BAR)}
top1s = st.lists(st.floats(0, 100), min_size=75, max_size=75)


def scores_of(key, top1s):
    places = [(name, severity) for name in NAMES[key] for severity in range(1, 6)]
    return [
        Score(Part(key, Path(), *place), 50_000, 1000, top1, 100.0)
        for place, top1 in zip(places, top1s, strict=False)
    ]


@settings(max_examples=20, deadline=None)
@given(top1s)
def test_the_mean_over_corruptions(top1s):
    wrong = [100 - top1 for top1 in top1s]
    means = [sum(wrong[at : at + 5]) / 5 for at in range(0, 75, 5)]
    relative = [100 * mean / ALEXNET[n] for mean, n in zip(means, ALEXNET, strict=True)]
    found = result(scores_of("imagenet_c", top1s), "imagenet_c")
    assert found == pytest.approx(sum(relative) / 15)
    found = result(scores_of("imagenet_c_bar", top1s), "imagenet_c_bar")
    assert found == pytest.approx(sum(means[:10]) / 10)


@settings(max_examples=20, deadline=None)
@given(top1s, st.integers(0, 74), st.booleans())
def test_one_part_that_is_not_whole_leaves_no_number(top1s, at, measured):
    scores = scores_of("imagenet_c", top1s)
    kept = scores[at].top1 if measured else None
    scores[at] = scores[at]._replace(top1=kept, problem="not whole")
    assert result(scores, "imagenet_c") is None
    name = scores[at].part.corruption
    assert list(errors(scores, "imagenet_c")["ce"].isna()) == [
        n == name for n in ALEXNET
    ]


def test_alexnet_itself_has_an_mce_of_100():
    top1s = [100 - error for error in ALEXNET.values() for _ in range(5)]
    found = result(scores_of("imagenet_c", top1s), "imagenet_c")
    assert found == pytest.approx(100)
