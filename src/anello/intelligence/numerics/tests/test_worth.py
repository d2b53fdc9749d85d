"""Value and its interval, classes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anello.intelligence.numerics import bgnbd, clv, gamma_gamma, rfm
from anello.intelligence.numerics.bgnbd import BGNBD
from anello.intelligence.numerics.gamma_gamma import GammaGamma
from anello.intelligence.numerics.tests import bases

FREQUENT, AMOUNTS = BGNBD(3.0, 6.0, 0.6, 60.0), GammaGamma(6.0, 4.0, 15.0)


def fitted(base: bases.Base) -> tuple[BGNBD, GammaGamma]:
    known = base.known
    return bgnbd.fit(bgnbd.histories(known.x, known.tx, known.T)), gamma_gamma.fit(known.paid, known.mean)


def coverage(base: bases.Base) -> tuple[float, clv.Worth]:
    found = clv.worth(*fitted(base), base.known, horizon=base.ahead, discount=0.0)
    return float(np.mean((base.spend >= found.low) & (base.spend <= found.high))), found


def test_the_interval_holds_as_often_as_it_says() -> None:
    """Customers who buy often, so that whole counts hide nothing: 80 % means 80 %."""
    share, found = coverage(bases.simulated(FREQUENT, AMOUNTS, 2500, seed=11))
    assert share == pytest.approx(clv.LEVEL, abs=0.025)
    assert (found.low <= found.high).all()


def test_the_interval_of_small_bases_is_as_honest() -> None:
    """What little is known of the parameters is in it. Many have left and spend nothing, so that it may hold more."""
    leaving = BGNBD(3.0, 6.0, 0.6, 6.0)
    shares = [coverage(bases.simulated(leaving, AMOUNTS, 300, seed=100 + n))[0] for n in range(6)]
    assert clv.LEVEL - 0.02 <= np.mean(shares) <= 0.95


def test_the_holdout_of_a_slow_base_lies_within() -> None:
    """CDNOW to 1998-06-30 where its file lies beside the project, else customers like them: most buy nothing."""
    base = (
        bases.cdnow() if bases.CDNOW.exists() else bases.simulated(BGNBD(0.243, 4.414, 0.793, 2.426), AMOUNTS, 2357, 3)
    )
    share, found = coverage(base)
    assert clv.LEVEL - 0.02 <= share <= 0.93
    assert found.purchases.sum() == pytest.approx(base.purchases.sum(), rel=0.15)
    assert np.corrcoef(found.value, base.spend)[0, 1] > 0.4


def test_discounting_follows_each_purchase_to_its_day() -> None:
    known = clv.Customers(*(np.array([v]) for v in (3.0, 20.0, 30.0, 3.0, 20.0)))
    rate, horizon = np.log(1.1) / 52, 156.0
    found = clv.worth(FREQUENT, AMOUNTS, known, horizon=horizon, discount=rate)
    days = np.linspace(0, horizon, 20_001)
    made = FREQUENT.expected(days, 3, 20, 30)
    exact = (np.diff(made) * np.exp(-rate * (days[1:] + days[:-1]) / 2)).sum() * AMOUNTS.expected(3, 20)
    assert found.value[0] == pytest.approx(float(exact), rel=1e-4)
    plain = clv.worth(FREQUENT, AMOUNTS, known, horizon=horizon, discount=0.0)
    assert found.value[0] < plain.value[0] == pytest.approx(found.purchases[0] * found.amount[0])


def test_the_same_seed_says_the_same() -> None:
    base = bases.simulated(FREQUENT, AMOUNTS, 300, seed=1)
    models = fitted(base)
    one, other = (clv.worth(*models, base.known, horizon=52, discount=0.001, seed=4) for _ in range(2))
    assert (one.low == other.low).all()
    assert (one.high == other.high).all()


def test_without_amounts_there_is_no_value() -> None:
    base = bases.simulated(FREQUENT, AMOUNTS, 200, seed=1)
    found = clv.worth(FREQUENT, None, base.known, horizon=52, discount=0.0)
    assert (found.value, found.low, found.high) == (None, None, None)
    assert found.purchases.shape == (200,)


def test_classes_are_equal_in_size_where_values_differ() -> None:
    found = rfm.quintiles(np.arange(100))
    assert np.bincount(found).tolist() == [0, 20, 20, 20, 20, 20]
    assert (np.diff(found) >= 0).all()


@given(st.lists(st.integers(0, 6), min_size=1, max_size=60), st.randoms(use_true_random=False))
def test_equal_values_get_equal_classes_in_any_order(values, random) -> None:
    found = dict(zip(values, rfm.quintiles(values).tolist(), strict=True))
    assert all(found[value] == cls for value, cls in zip(values, rfm.quintiles(values).tolist(), strict=True))
    shuffled = random.sample(values, len(values))
    assert [found[value] for value in shuffled] == rfm.quintiles(shuffled).tolist()
    assert sorted(found, key=lambda value: (found[value], value)) == sorted(found)


def test_the_best_customer_is_555() -> None:
    days, count, value = [400, 300, 200, 100, 1], [1, 2, 3, 4, 9], [5, 10, 20, 40, 900]
    assert rfm.scores(days, count, value) == ["111", "222", "333", "444", "555"]
