"""Calibration, co-purchase, lift."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anello.intelligence.numerics import calibration, cooccurrence, lift, qini
from anello.intelligence.numerics.lift import Sample


def test_newcombe_as_published() -> None:
    """Newcombe (1998), table II, method 10: 56/70 − 48/80, 9/10 − 3/10, 10/10 − 0/10."""
    for treated, control, low, high in (
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ):
        found = lift.difference_of_proportions(treated, control)
        assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_welch_as_scipy_has_it() -> None:
    from scipy.stats import ttest_ind

    g = np.random.default_rng(1)
    one, other = g.normal(10, 3, 40), g.normal(9, 1, 25)
    expected = ttest_ind(one, other, equal_var=False).confidence_interval(0.95)
    found = lift.difference_of_means(Sample.of(one), Sample.of(other))
    assert (found.low, found.high) == (pytest.approx(expected.low), pytest.approx(expected.high))


def test_intervals_hold_as_often_as_they_say() -> None:
    g = np.random.default_rng(7)
    held = np.zeros(3)
    for _ in range(600):
        treated, control = (int(g.binomial(120, 0.3)), 120), (int(g.binomial(200, 0.2)), 200)
        one, other = Sample.of(g.gamma(2, 10, 80)), Sample.of(g.gamma(2, 8, 150))
        found = (
            (lift.difference_of_proportions(treated, control), 0.1),
            (lift.ratio_of_proportions(treated, control), 1.5),
            (lift.difference_of_means(one, other), 4.0),
        )
        held += [interval.low <= truth <= interval.high for interval, truth in found]
    assert held / 600 == pytest.approx(0.95, abs=0.03)


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_no_group_is_too_small_to_answer(a, n, c, m) -> None:
    treated, control = (min(a, n), n), (min(c, m), m)
    for found in (lift.difference_of_proportions(treated, control), lift.ratio_of_proportions(treated, control)):
        assert found.low <= found.high
        assert math.isnan(found.value) or found.low <= found.value <= found.high


def test_an_empty_group_leaves_everything_open() -> None:
    found = lift.difference_of_means(Sample.of([]), Sample.of([1.0, 2.0]))
    assert (found.low, found.high) == (-math.inf, math.inf)
    assert lift.difference_of_proportions((0, 0), (1, 2)).spans_zero


def test_as_many_customers_as_the_power_asks_for() -> None:
    """Fleiss: 0.6 against 0.7 at 80 % takes 356 of each."""
    assert lift.power(0.6, 0.1, 356, 356) == pytest.approx(0.8, abs=0.002)


def test_groups_that_are_too_small_are_told_how_much_they_must_grow() -> None:
    """70 and 60 of 100 are the shares of Fleiss's 356: three and a half times as many."""
    found = lift.difference_of_proportions((70, 100), (60, 100))
    assert found.spans_zero
    assert lift.growth(found) == pytest.approx(3.56, rel=0.05)
    assert (
        lift.growth(lift.Interval(0.0, -0.1, 0.1)) == lift.growth(lift.Interval(1.0, -math.inf, math.inf)) == math.inf
    )


def _campaign(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Persuadables are those with a high score: score, treated, outcome."""
    g = np.random.default_rng(seed)
    score, treated = g.random(6000), g.random(6000) < 0.5
    outcome = g.random(6000) < 0.1 + 0.2 * treated * (score > 0.6)
    return score, treated, outcome


def test_qini_sees_a_score_that_finds_the_persuadable() -> None:
    score, treated, outcome = _campaign(1)
    found = qini.qini(score, treated, outcome, samples=100)
    assert found.coefficient.low > 0
    assert found.gain[0] == 0
    assert max(found.gain) >= found.gain[-1] > 0


def test_qini_refuses_a_score_that_knows_nothing() -> None:
    score, treated, outcome = _campaign(2)
    blind = np.random.default_rng(9).random(len(score))
    assert qini.qini(blind, treated, outcome, samples=100).coefficient.spans_zero
    assert qini.qini(np.zeros(len(score)), treated, outcome, samples=100).coefficient.spans_zero
    with pytest.raises(ValueError, match="control group"):
        qini.qini(score, np.ones(len(score)), outcome)


def test_calibration_makes_probabilities_come_true() -> None:
    g = np.random.default_rng(4)
    truth = g.uniform(0.02, 0.6, 20_000)
    happened = g.random(20_000) < truth
    boast = np.sqrt(truth)
    scores = np.log(boast / (1 - boast))
    mended = calibration.platt(scores[:10_000], happened[:10_000])(scores[10_000:])
    assert calibration.brier(mended, happened[10_000:]) < calibration.brier(boast[10_000:], happened[10_000:])
    bins = calibration.reliability(mended, happened[10_000:])
    assert sum(b.happened.low - 0.02 <= b.said <= b.happened.high + 0.02 for b in bins) >= len(bins) - 1


def test_reliability_keeps_equal_forecasts_together() -> None:
    bins = calibration.reliability([0.2] * 50 + [0.9] * 50, [0] * 40 + [1] * 10 + [1] * 50)
    assert [(b.count, round(b.said, 3), b.happened.value) for b in bins] == [(50, 0.2, 0.2), (50, 0.9, 1.0)]
    assert calibration.reliability([], []) == []


def _baskets() -> tuple[np.ndarray, np.ndarray]:
    """Items 0 and 1 go together, 2 is everybody's, 3 is nobody's companion."""
    pairs = [(c, i) for c in range(40) for i in (0, 1, 2)] + [(c, 0) for c in range(40, 50)]
    pairs += [(c, 2) for c in range(50, 100)] + [(100, 3)]
    return np.array([c for c, _ in pairs]), np.array([i for _, i in pairs])


def test_what_is_bought_together_is_recommended() -> None:
    bought = cooccurrence.incidence(*_baskets(), (101, 4))
    model = cooccurrence.item_item(bought)
    assert model.lift[[0], [1]][0] == pytest.approx(40 * 101 / (50 * 40))
    found = cooccurrence.recommend(bought, model, 2)
    assert found.items[45].tolist() == [1, 2]
    assert found.because[45, 0] == 0
    assert found.items[0].tolist() == [-1, -1]  # has all that goes with what they have
    assert found.items[100].tolist() == [-1, -1]  # one purchase of one customer says nothing


def test_hit_rate_counts_only_what_is_new_to_the_customer() -> None:
    before = cooccurrence.incidence([0, 1, 2], [0, 0, 1], (3, 4))
    after = cooccurrence.incidence([0, 0, 1, 2], [0, 1, 3, 1], (3, 4))
    recommended = np.array([[1, -1], [1, -1], [0, -1]])
    assert cooccurrence.hits(recommended, before, after).tolist() == [True, False]
    assert cooccurrence.popular(before, np.array([9.0, 5, 7, 0]), 2).tolist() == [[2, 1], [2, 1], [0, 2]]
