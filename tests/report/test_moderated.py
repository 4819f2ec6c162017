"""Moderated variances against closed forms, and in studies that lack something."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from roadmap.report.numbers import moderated
from roadmap.report.numbers.moderated import fit_prior, posterior, trigamma_inverse


@given(st.floats(1e-3, 1e4))
def test_the_inverse_of_trigamma(y):
    found = trigamma_inverse(special.polygamma(1, y))
    assert float(found) == pytest.approx(y, rel=1e-6)


def test_no_spread_beyond_chance_is_an_infinite_prior():
    assert trigamma_inverse([0.0, -1.0]).tolist() == [np.inf, np.inf]


def test_the_prior_is_found_from_many_variances():
    """Drawn from the model: s0**2 = 4 and d0 = 5, as limma's fitFDist finds them."""
    random = np.random.default_rng(0)
    true = 4 * 5 / random.chisquare(5, 20000)
    seen = true * random.chisquare(2, 20000) / 2
    prior = fit_prior(seen, 2, most=np.inf)
    assert prior.variance == pytest.approx(4, rel=0.05)
    assert prior.df == pytest.approx(5, rel=0.1)


def test_a_variance_is_moved_by_degrees_of_freedom():
    prior = moderated.Prior(np.array(1.0), np.array(6.0), np.zeros(2, bool))
    assert posterior([4.0, 0.0], 2, prior) == pytest.approx([1.75, 0.75])


def test_equal_variances_are_pooled_as_far_as_the_bound_goes():
    prior = fit_prior(np.full(18, 2.0), 2)
    assert (prior.variance, prior.df) == (pytest.approx(2.0), moderated.MOST_DF)
    # A few variances count for less than they hold themselves.
    assert fit_prior(np.full(3, 2.0), 2).df == 2


def test_zeros_and_unknown_variances_do_not_count():
    some = np.array([1.0, 2.0, 0.5, 3.0])
    more = np.array([1.0, 0.0, 2.0, np.nan, 0.5, 3.0])
    ours, theirs = fit_prior(more, 2), fit_prior(some, 2)
    assert ours.df == pytest.approx(theirs.df)
    assert ours.variance == pytest.approx(theirs.variance)


def test_a_step_that_is_unlike_all_others_does_not_decide_for_them():
    usual = np.array([0.3, 0.2, 0.1, 0.5, 0.9, 0.4, 0.2, 0.6, 0.3, 0.2])
    alone, with_swin = fit_prior(usual, 2), fit_prior([*usual, 60.0], 2)
    assert with_swin.outlier.tolist() == [*10 * [False], True]
    assert with_swin.df == pytest.approx(alone.df)
    assert with_swin.variance == pytest.approx(alone.variance)
    moved = posterior([*usual, 60.0], 2, with_swin)
    assert moved == pytest.approx([*posterior(usual, 2, alone), 60.0])
    assert not fit_prior([*usual, 3.0], 2).outlier.any()


@pytest.mark.parametrize("variances", [[], [1.0, 2.0], [0.0] * 5, [np.nan] * 5])
def test_fewer_than_three_variances_make_no_prior(variances):
    prior = fit_prior(np.array(variances), 2)
    assert prior.df == 0
    assert np.isnan(prior.variance)


@given(st.lists(st.floats(1e-6, 1e6), min_size=3, max_size=20), st.integers(1, 9))
def test_a_moderated_variance_lies_between_its_own_and_the_priors(variances, df):
    prior = fit_prior(np.array(variances), df)
    moved = posterior(variances, df, prior)
    ends = np.minimum(variances, prior.variance), np.maximum(variances, prior.variance)
    assert (moved >= ends[0] * (1 - 1e-9)).all()
    assert (moved <= ends[1] * (1 + 1e-9)).all()


@pytest.mark.parametrize("seeds", [1.0, 2.0])
def test_two_seeds_are_never_paired(seeds):
    top1 = np.arange(10.0)[:, None] + np.array([0.0, seeds])
    assert not moderated.noise_of(top1).paired


def test_a_noisy_step_does_not_decide_what_a_seed_adds():
    """Ten steps go up and down together by seed; the last is noise of its own."""
    random = np.random.default_rng(0)
    seeds = np.array([-3.0, 0.0, 3.0])
    together = 80 + seeds + 0.1 * random.standard_normal((10, 3))
    found = moderated.noise_of([*together, [60.0, 20.0, 40.0]])
    assert found.paired
    assert np.sqrt(found.variance[:-1]).max() < 0.5
