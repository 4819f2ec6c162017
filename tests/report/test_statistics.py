"""The arithmetic against worked examples from where it was published."""

import numpy as np
import pytest

from roadmap.report.numbers import statistics
from roadmap.report.numbers.statistics import error_of, holm, interval, p_value, welch

# Student's sleep data (Biometrika 6, 1908), extra hours under two drugs; the results
# are those of the examples of R's t.test.
FIRST = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
SECOND = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])


def test_paired_t_test_of_students_sleep_data():
    change = FIRST - SECOND
    error = error_of(change.std(ddof=1), 10)
    assert change.mean() / error.se == pytest.approx(-4.0621, abs=1e-4)
    assert p_value(change.mean(), error) == pytest.approx(0.002833, abs=1e-6)
    ends = interval(change.mean(), error)
    assert ends == pytest.approx((-2.4598858, -0.7001142), abs=1e-7)


def test_welchs_test_of_students_sleep_data_from_its_summaries():
    error = welch(*(error_of(drug.std(ddof=1), 10) for drug in (FIRST, SECOND)))
    change = FIRST.mean() - SECOND.mean()
    assert change / error.se == pytest.approx(-1.8608, abs=1e-4)
    assert error.df == pytest.approx(17.776, abs=1e-3)
    assert p_value(change, error) == pytest.approx(0.07939, abs=1e-5)


def test_three_seeds_need_four_standard_errors():
    # By hand: t(0.975, df 2) = 4.303, so 71 ± 4.303 * 1 / sqrt(3).
    ends = interval(71.0, error_of(1.0, 3))
    assert ends == pytest.approx((71 - 2.484, 71 + 2.484), abs=1e-3)


def test_holm_by_hand():
    # Sorted 0.005, 0.01, 0.03, 0.04, times 4, 3, 2, 1; never below the one before.
    adjusted = holm([0.01, 0.04, np.nan, 0.03, 0.005])
    assert adjusted == pytest.approx([0.03, 0.06, np.nan, 0.06, 0.02], nan_ok=True)
    assert holm([[0.9, 0.8], [0.01, np.nan]]).tolist()[0] == [1, 1]
    assert holm([[0.9, 0.8], [0.01, np.nan]])[1, 0] == 0.01


@pytest.mark.parametrize(("effect", "n"), [(0.2, 199), (0.5, 34), (0.8, 15)])
def test_seeds_for_paired_changes_are_those_of_gpower(effect, n):
    # Faul et al., G*Power 3: t test of matched pairs, two tails, 0.05, power 0.8.
    assert statistics.seeds_for(1, effect) == n


@pytest.mark.parametrize(("effect", "n"), [(0.2, 394), (0.5, 64), (0.8, 26)])
def test_seeds_for_unpaired_changes_are_those_of_r(effect, n):
    # R's power.t.test: 393.41, 63.77 and 25.52 a group (Cohen 1988, table 2.4.1,
    # has 393, 64 and 26), equal sds of 1.
    assert statistics.seeds_for(2**0.5, effect, df_per_seed=2) == n


@pytest.mark.parametrize("n", [2, 3, 5, 30])
def test_what_n_seeds_resolve_takes_n_seeds(n):
    resolved = float(statistics.resolvable(error_of(0.7, n)))
    assert statistics.seeds_for(0.7, resolved * 1.000001) == n
    assert statistics.seeds_for(0.7, resolved * 0.999) == n + 1


@pytest.mark.parametrize(("sd", "n"), [(np.nan, 3), (0.0, 3), (1.0, 1), (1.0, 0)])
def test_without_noise_to_measure_by_nothing_is_claimed(sd, n):
    error = error_of(sd, n)
    claims = [p_value(1.0, error), statistics.resolvable(error), *interval(1.0, error)]
    assert np.isnan(claims).all()
    assert np.isnan(statistics.seeds_for(0.0, 1.0))


@pytest.mark.parametrize("wrong", [0, -1, float("nan"), float("inf"), "one", None])
def test_a_wrong_resolution_is_named(wrong):
    with pytest.raises(ValueError, match=f"seeds_for={wrong}: valid: .* above 0"):
        statistics.seeds_for(1.0, wrong)


def test_seeds_beyond_a_million_are_infinite():
    assert statistics.seeds_for(100.0, 0.001) == np.inf


def test_the_interval_of_an_sd():
    # By hand, chi-squared of 2 degrees of freedom: -2 log(0.975) and -2 log(0.025).
    assert statistics.sd_factors(2) == pytest.approx((0.5207, 6.2847), abs=1e-3)
