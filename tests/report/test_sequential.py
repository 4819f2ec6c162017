"""The test under repeated looks: published bounds, its errors, what it promises."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri

from roadmap.report.numbers import sequential
from roadmap.report.numbers.sequential import (
    judge,
    level_of,
    levels,
    looks,
    seeds_to_find,
)
from roadmap.report.numbers.statistics import ALPHA, error_of, interval, welch

SCRIPT = "simulate_sequential"
FIVE = (0.2, 0.4, 0.6, 0.8, 1.0)
POCOCK = [2.4380, 2.4268, 2.4101, 2.3966, 2.3859]
OBRIEN_FLEMING = [4.8769, 3.3569, 2.6803, 2.2898, 2.0310]
"""Two-sided bounds at 5 % for five equal looks, by the spending functions of Lan and
DeMets, as in their programs and in gsDesign."""
numbers = st.floats(-50, 50).map(lambda x: round(x, 3))
sides = st.lists(numbers, min_size=2, max_size=8)


@pytest.mark.parametrize(
    ("spent", "published"),
    [
        (lambda t: ALPHA * math.log(1 + (math.e - 1) * t), POCOCK),
        (lambda t: 4 * ndtr(ndtri(ALPHA / 4) / math.sqrt(t)), OBRIEN_FLEMING),
    ],
)
def test_the_bounds_are_the_published_ones(spent, published, monkeypatch):
    monkeypatch.setattr(sequential, "spent", spent)
    found = levels.__wrapped__(FIVE)
    assert -ndtri(np.array(found) / 2) == pytest.approx(published, abs=5e-4)


def test_a_single_look_is_welchs_test_at_5_percent():
    base, new = [1.0, 2.0, 4.0], [3.0, 5.0, 4.5, 6.0]
    error = welch(*(error_of(np.std(s, ddof=1), len(s)) for s in (base, new)))
    look = judge(base, new)
    assert look[1:3] == pytest.approx(interval(look.delta, error))
    assert look.level == ALPHA


@settings(deadline=None)
@given(sides, sides, st.integers(0, 5))
def test_what_a_look_promises(base, new, more):
    most = len(base) + more, len(new) + more
    look, back = judge(base, new, (), most), judge(new, base, (), most[::-1])
    assert look.low <= look.delta <= look.high
    assert (back.low, back.high) == pytest.approx((-look.high, -look.low))
    assert look.told == (look.low > 0 or look.high < 0)
    assert 0 < look.level <= ALPHA
    single = judge(base, new)
    assert look.half >= single.half - 1e-9  # looks are paid for by a wider interval


@settings(deadline=None, max_examples=30)  # bounds are computed once and kept
@given(st.integers(2, 6), st.integers(0, 14))
def test_the_looks_spend_no_more_than_there_is(first, more):
    plan = looks(first, first + more)
    found = [
        level_of([(n, n) for n in plan[: i + 1]], (plan[-1],) * 2)
        for i in range(len(plan))
    ]
    assert all(0 < level <= ALPHA for level in found)
    assert sum(found) >= sequential.SPENT  # no look finds what no other does
    again = [(n, n) for n in plan for _ in range(2)]  # a look that brings no new seed
    assert level_of(again, (plan[-1],) * 2) == found[-1]


def test_few_seeds_and_no_noise_leave_it_open():
    assert judge([1.0], [2.0, 3.0]).half == math.inf
    assert not judge([1.0, 1.0], [2.0, 2.0]).told
    assert judge([1.0, 1.0], [2.0, 2.5]).half < math.inf
    with pytest.raises(ValueError, match="no finished run"):
        judge([], [1.0])
    with pytest.raises(ValueError, match="first=5"):
        looks(5, 4)


def test_seeds_to_find():
    found = [seeds_to_find(2.0, points) for points in (0.5, 1.0, 2.0, 8.0)]
    assert found == sorted(found, reverse=True)
    assert found[-1] == 3
    assert seeds_to_find(100.0, 0.1) == math.inf
    assert math.isnan(seeds_to_find(0.0, 1.0))


@pytest.mark.parametrize("tail", ["normal", "heavy"])
def test_null_sequences_raise_few_alarms(script, tail):
    row = script.simulate(tail, 1.0, 0.0, repeats=400)
    assert row.found <= 5
    assert row.coverage >= 95
    plain = script.simulate(tail, 1.0, 0.0, repeats=400, plain=True)
    assert plain.found > 9  # what the rule is for


def test_large_differences_are_found_early(script):
    row = script.simulate("normal", 1.0, 2.5, repeats=200)
    assert row.found > 95
    assert row.coverage >= 95
    assert row.seeds < 6.5 < row.fixed
