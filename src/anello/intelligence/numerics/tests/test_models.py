"""When customers buy again and what they spend: published figures, derivatives, limits, bad bases."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import approx_fprime
from scipy.special import hyp2f1

from anello.intelligence.numerics import CannotFit, bgnbd, gamma_gamma
from anello.intelligence.numerics.bgnbd import BGNBD
from anello.intelligence.numerics.gamma_gamma import Amounts, GammaGamma
from anello.intelligence.numerics.tests import bases

TRUE = BGNBD(0.8, 6.0, 0.8, 2.5)
AMOUNTS = GammaGamma(6.0, 4.0, 15.0)


def test_the_published_table_of_cdnow_comes_out() -> None:
    """Fader, Hardie & Lee (2005), table 2."""
    model = bgnbd.fit(bgnbd.histories(*bases.cdnow_histories()))
    assert [round(value, 3) for value in model.values.tolist()] == [0.243, 4.414, 0.793, 2.426]
    assert round(model.log_likelihood, 1) == -9582.4
    assert model.customers == 2357


def test_the_published_amounts_of_cdnow_come_out() -> None:
    """Fader & Hardie (2013), note 025: p 6.25, q 3.74, γ 15.44."""
    model = gamma_gamma.fit(*bases.cdnow_amounts())
    assert [round(value, 2) for value in model.values.tolist()] == [6.25, 3.74, 15.44]
    assert model.population_mean() == pytest.approx(35.17, abs=0.01)
    assert model.correlation == pytest.approx(0.11, abs=0.01)


def test_derivatives_are_those_of_the_likelihoods() -> None:
    known = bgnbd.histories([0, 0, 1, 3, 12], [0, 0, 2.0, 9.5, 30.0], [10, 12, 30.0, 20.0, 30.5])
    amounts = Amounts(np.array([1.0, 2.0, 7.0]), np.array([10.0, 55.0, 31.0]))
    for function, at in (
        (lambda v: bgnbd.negative_log_likelihood(v, known), np.log([0.3, 4, 0.8, 2.0])),
        (lambda v: gamma_gamma.negative_log_likelihood(v, amounts), np.log([5.0, 3.0, 20.0])),
    ):
        numeric = approx_fprime(at, lambda v, f=function: f(v)[0], 1e-7)
        assert function(at)[1] == pytest.approx(numeric, abs=1e-6)


def test_a_simulated_truth_is_found_within_its_errors() -> None:
    base = bases.simulated(TRUE, AMOUNTS, 6000, seed=5)
    buying = bgnbd.fit(bgnbd.histories(base.known.x, base.known.tx, base.known.T))
    spending = gamma_gamma.fit(base.known.paid, base.known.mean)
    for model, true in ((buying, TRUE), (spending, AMOUNTS)):
        apart = np.abs(model.values - true.values) / list(model.errors().values())
        assert (apart < 3).all()
    expected = buying.expected(base.ahead, base.known.x, base.known.tx, base.known.T)
    assert expected.sum() == pytest.approx(base.purchases.sum(), rel=0.05)
    assert np.corrcoef(expected, base.purchases)[0, 1] > 0.5


def test_expected_purchases_are_the_mean_of_their_distribution() -> None:
    chances = TRUE.probabilities(20.0, 400)
    assert chances.sum() == pytest.approx(1, abs=1e-6)
    assert chances @ np.arange(401) == pytest.approx(float(TRUE.expected(20.0)), rel=1e-5)


@given(
    r=st.floats(0.05, 5), alpha=st.floats(0.5, 50), a=st.floats(0.05, 5), b=st.floats(0.2, 9),
    x=st.integers(0, 300), T=st.floats(0.1, 500), last=st.floats(0.001, 1),
)  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_every_history_has_sensible_forecasts(r, alpha, a, b, x, T, last) -> None:
    model = BGNBD(r, alpha, a, b)
    tx = T * last if x else 0.0
    alive = float(model.alive(x, tx, T))
    soon, late = (float(model.expected(t, x, tx, T)) for t in (10, 20))
    assert 0 <= alive <= 1
    assert 0 <= soon <= late < np.inf
    # Nobody buys more than at the posterior rate while certainly active.
    assert soon <= alive * 10 * (r + x) / (alpha + T) * (1 + 1e-9)
    if x:
        assert alive <= float(model.alive(x, T, T)) + 1e-12


def test_expected_purchases_are_those_of_the_published_formula() -> None:
    """Equation (10), where its hypergeometric function can be worked out."""
    for r, alpha, a, b, x, tx, observed, t in (
        (0.243, 4.414, 0.793, 2.426, 2, 30.43, 38.86, 39),
        (0.243, 4.414, 0.793, 2.426, 0, 0, 38.86, 39),
        (2.0, 9.0, 1.7, 4.0, 25, 90.0, 104.0, 156),
        (0.5, 5.0, 0.1, 0.5, 7, 10.0, 200.0, 500),
    ):
        model = BGNBD(r, alpha, a, b)
        z = t / (alpha + observed + t)
        curve = ((alpha + observed) / (alpha + observed + t)) ** (r + x) * hyp2f1(r + x, b + x, a + b + x - 1, z)
        exact = (a + b + x - 1) / (a - 1) * (1 - curve) * float(model.alive(x, tx, observed))
        assert float(model.expected(t, x, tx, observed)) == pytest.approx(exact, rel=1e-9)


@pytest.mark.parametrize(("a", "b", "x"), [(1.0, 2.5, 3), (0.5, 0.5, 0), (0.8, 2.5, 5000)])
def test_its_poles_and_great_counts_are_no_obstacle(a, b, x) -> None:
    at, beside = (float(BGNBD(0.5, 5, a + d, b).expected(30, x, 199 if x else 0, 200)) for d in (0, 1e-4))
    assert at == pytest.approx(beside, rel=1e-3)


def test_amounts_shrink_towards_everybody() -> None:
    expected = AMOUNTS.expected([0, 1, 50], [0, 100, 100])
    assert expected[0] == pytest.approx(AMOUNTS.population_mean())
    assert expected[0] < expected[1] < expected[2] < 100


def test_amounts_of_zero_or_less_are_left_out_and_counted() -> None:
    x, mean = bases.cdnow_amounts()
    model = gamma_gamma.fit(np.append(x, [1, 2, 0]), np.append(mean, [0.0, -5.0, 0.0]))
    assert (model.customers, model.excluded) == (946, 2)


def test_the_unit_of_money_changes_nothing_but_its_scale() -> None:
    x, mean = bases.cdnow_amounts()
    one, cents = gamma_gamma.fit(x, mean), gamma_gamma.fit(x, mean * 100)
    assert cents.values == pytest.approx(one.values * [1, 1, 100], rel=1e-4)


def _constant(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Everybody buys at the same rate and nobody leaves."""
    g = np.random.default_rng(2)
    arrivals = [np.cumsum(g.exponential(2.0, 60)) for _ in range(count)]
    inside = [one[one < 30] for one in arrivals]
    x = np.array([len(one) for one in inside], dtype=float)
    tx = np.array([one[-1] if len(one) else 0.0 for one in inside])
    return x, tx, np.full(count, 30.0)


@pytest.mark.parametrize(
    ("history", "causes"),
    [
        ((np.zeros(0), np.zeros(0), np.zeros(0)), {"few_customers"}),
        ((np.zeros(20), np.zeros(20), np.full(20, 9.0)), {"few_customers"}),
        ((np.zeros(5000), np.zeros(5000), np.full(5000, 9.0)), {"few_repeats"}),
        (_constant(800), {"no_dropout", "alike"}),
    ],
    ids=["nobody", "few", "one purchase only", "all alike, nobody leaves"],
)
def test_a_base_that_determines_nothing_says_why(history, causes) -> None:
    with pytest.raises(CannotFit) as told:
        bgnbd.fit(bgnbd.histories(*history))
    assert told.value.cause in causes


def test_amounts_that_tell_nothing_say_why() -> None:
    for x, mean, cause in (
        (np.ones(10), np.full(10, 9.0), "few_repeats"),
        (np.ones(500), np.full(500, 9.99), "one_value"),
    ):
        with pytest.raises(CannotFit) as told:
            gamma_gamma.fit(x, mean)
        assert told.value.cause == cause


@pytest.mark.parametrize("row", [(1, 5, 3), (0, 2, 3), (2, 0, 3), (-1, 1, 3), (1, float("nan"), 3)])
def test_what_is_no_history_is_refused(row) -> None:
    with pytest.raises(ValueError, match="histories"):
        bgnbd.histories(*([value] for value in row))


def test_alike_customers_are_counted_once() -> None:
    known = bgnbd.histories([1, 0, 1, 0], [2, 0, 2, 0], [9, 9, 9, 9])
    assert (len(known), known.weight.tolist()) == (2, [2, 2])
