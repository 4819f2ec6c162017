"""The simulation behind docs/report.md, short: it passes, and it can fail."""

import numpy as np
import pytest

from roadmap.report.numbers.statistics import Error

SCRIPT = "simulate_statistics"


@pytest.mark.parametrize("kind", ["equal", "two values"])
def test_the_reports_statistics_keep_their_rates(script, kind):
    cells = script.simulate("normal", kind, 3, 0.0, repeats=400)
    assert cells["moderated"].error <= 6  # 5 and two standard errors
    assert 93 <= cells["moderated"].coverage <= 97.5
    assert cells["moderated"].power > 2 * cells["Welch"].power > 0


def test_seeds_that_correlate_give_power(script):
    alone, paired = (
        script.simulate("normal", "equal", 5, correlation, repeats=100)["moderated"]
        for correlation in (0.0, 0.5)
    )
    assert paired.error <= 6
    assert paired.power >= alone.power


def test_a_broken_method_shows_a_bad_rate(script, monkeypatch):
    def halved(top1):
        delta, error = script.by_moderated(top1)
        return delta, Error(error.se / 2, error.df)

    monkeypatch.setitem(script.TESTS, "moderated", halved)
    cell = script.simulate("normal", "equal", 3, 0.0, repeats=200)["moderated"]
    assert cell.error > 20
    assert cell.coverage < 85
    assert not cell.ok


def test_variances_differ_tenfold_but_for_a_step_that_is_far(script):
    random = np.random.default_rng(0)
    for kind in script.VARIANCES:
        drawn = script.variances(kind, 50, random)
        assert drawn.shape == (50, script.STEPS)
        most = script.FAR if kind == "far step" else script.RATIO
        assert drawn.max() / drawn.min() <= most
