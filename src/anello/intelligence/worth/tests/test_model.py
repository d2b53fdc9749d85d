"""The model against formulas worked out otherwise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anello.intelligence.worth import model, readiness
from anello.intelligence.worth.inputs import Costs, Economics, Inputs, Lever, Levers, Market
from anello.intelligence.worth.returns import returns

ZERO = Lever(low=0, likely=0, high=0)
NO_EFFECT = Levers(acquisition=ZERO, churn=ZERO, cross_sell=ZERO, serve=ZERO)


def case(inputs, **changed):
    return model.simulate(inputs, {**model.likely(inputs), **changed})


def test_without_effect_the_crm_is_worth_minus_its_discounted_costs():
    inputs = Inputs(levers=NO_EFFECT)
    found = case(inputs)
    yearly = 60 * (420 + 0.12 * 600) + 45_000
    expected = -(180_000 + 60 * 600) - sum(yearly / 1.1**t for t in range(1, 6))
    assert found.npv[0] == pytest.approx(expected)
    assert model.payback(found.flows[0], 0.1) is None
    assert model.irr(found.flows[0]) is None


def test_one_year_by_hand():
    inputs = Inputs(
        market=Market(buyers=1000, ours=200, growth=0, years=2, discount=0.1),
        economics=Economics(
            revenue=100, margin=0.5, serve=10, retention=0.8, retention_spend=2, acquisition=0.1, acquisition_spend=1
        ),
    )
    without = case(inputs).without
    # 200 * .8 + 800 * .1 = 240; on average 220 customers bring 50 and cost 10; 800 courted at 1, 200 kept at 2.
    assert without.customers[0, 1] == pytest.approx(240)
    assert without.contribution[0, 0] == pytest.approx(220 * 40 - 800 - 400)
    np.testing.assert_allclose(without.switching(1), [[0.8, 0.2], [0.1, 0.9]])


def test_without_change_of_rates_shares_go_to_the_matrix_own_equilibrium():
    inputs = Inputs(market=Market(buyers=1000, ours=10, growth=0, years=15), levers=NO_EFFECT)
    matrix = case(inputs).without.switching(1)
    values, vectors = np.linalg.eig(matrix.T)
    steady = np.real(vectors[:, np.argmax(np.real(values))])
    share = case(inputs).without.customers[0] / 1000
    assert abs(share[-1] - (steady / steady.sum())[0]) < abs(share[0] - (steady / steady.sum())[0]) * 0.1


@settings(max_examples=40, deadline=None)
@given(
    growth=st.floats(-0.2, 0.5),
    retention=st.floats(0.1, 0.9),
    acquisition=st.floats(0.0, 0.25),
    churn=st.floats(-0.5, 1.0),
    adoption=st.floats(0, 1),
    ramp=st.floats(0, 10),
)
def test_customers_stay_within_the_market_and_cohorts_add_up(growth, retention, acquisition, churn, adoption, ramp):
    inputs = Inputs(
        market=Market(growth=growth, years=8),
        economics=Economics(retention=retention, acquisition=acquisition),
        costs=Costs(ramp=ramp),
    )
    found = case(inputs, churn=churn, adoption=adoption)
    for scenario in (found.without, found.with_crm):
        assert (scenario.customers >= 0).all()
        assert (scenario.customers <= scenario.market * (1 + 1e-9)).all()
        np.testing.assert_allclose(scenario.cohorts().sum(axis=0), scenario.customers[0])
        assert (scenario.cohorts() >= -1e-6).all()


def test_an_irr_makes_the_flows_worth_nothing_and_payback_lies_where_they_turn():
    flows = np.array([-1000.0, 300, 400, 500, 200])
    rate = model.irr(flows)
    assert rate is not None
    assert model.npv(flows[None, :], rate)[0] == pytest.approx(0, abs=1e-6)
    # -1000 + 300 + 400 = -300 after two years, of which the third brings 500.
    assert model.payback(flows, 0) == pytest.approx(2.6)


def test_customer_equity_is_the_published_formula():
    today = Economics(
        revenue=100, margin=0.5, serve=0, retention=0.4, retention_ceiling=0.7, retention_spend=10,
        acquisition=0.1, acquisition_ceiling=0.2, acquisition_spend=5,
    )  # fmt: skip
    a, r, M, R, A, d = 0.1, 0.4, 50, 10, 5, 0.2
    expected = a * (M + (M - R / r) * r / (1 + d - r)) - A
    assert model.customer_equity(today, d, 5.0, 10.0) == pytest.approx(expected)
    # Rates follow the response curves: at k for which a(5) = .1 of .2 at most, 10 euro win .15.
    a = 0.2 * (1 - np.exp(-today.acquisition_response * 10))
    assert a == pytest.approx(0.15)


def test_at_the_break_even_cut_of_churn_the_crm_is_worth_nothing():
    inputs = Inputs()
    cut = model.break_even_churn(inputs, 0.6)
    assert cut is not None
    assert 0 < cut < 1
    assert case(inputs, churn=cut, adoption=0.6).npv[0] == pytest.approx(0, abs=20)
    hopeless = inputs.model_copy(update={"costs": Costs(project=1e10)})
    assert model.break_even_churn(hopeless, 1.0) is None


def test_more_effect_and_more_adoption_are_never_worth_less():
    inputs = Inputs()
    for name in (*model.LEVERS, "adoption"):
        low, high = case(inputs, **{name: np.array([0.02, 0.2])}).npv
        assert low < high, name


def test_the_tornado_is_sorted_by_width_and_brackets_the_likely_case():
    inputs = Inputs()
    bars = model.tornado(inputs, 0.7)
    widths = [abs(high - low) for _, low, high in bars]
    assert widths == sorted(widths, reverse=True)
    middle = case(inputs, adoption=0.7).npv[0]
    assert all(min(low, high) - 1 <= middle <= max(low, high) + 1 for _, low, high in bars)


def test_draws_are_the_same_for_the_same_seed_and_centred_as_pert_says():
    inputs = Inputs()
    first, again = (model.monte_carlo(inputs, 0.7, draws=2000, seed=5) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    drawn = model.pert(np.random.default_rng(1), 0.0, 0.1, 0.5, 200_000)
    assert drawn.mean() == pytest.approx((0 + 0.4 + 0.5) / 6, abs=0.001)
    assert 0 <= drawn.min() <= drawn.max() <= 0.5
    assert (model.pert(np.random.default_rng(1), 0.1, 0.1, 0.1, 3) == 0.1).all()


def test_readiness_scales_adoption_from_a_quarter_to_the_whole():
    worst = readiness.score(dict.fromkeys(readiness.QUESTIONS, 1))
    best = readiness.score(dict.fromkeys(readiness.QUESTIONS, 5))
    assert (worst.adoption, best.adoption) == (0.25, 1.0)
    assert len(worst.weakest) == 3
    assert not best.weakest
    # One strong capital of three lifts the total by a third, however many questions it has.
    mixed = {key: 5 if key.startswith(("data", "technology")) else 1 for key in readiness.QUESTIONS}
    assert readiness.score(mixed).total == pytest.approx(1 / 3)
    assert readiness.score({}).adoption == 1.0


def test_returns_scale_with_revenue():
    half = returns(500_000_000)
    assert half[0][1] == pytest.approx(6_500_000)
    assert sum(amount for _, amount in returns(1e9)) == pytest.approx(97e6)


@pytest.mark.parametrize(
    ("where", "values"),
    [
        (Market, {"buyers": 100, "ours": 100}),
        (Economics, {"retention": 0.95, "retention_ceiling": 0.9}),
        (Economics, {"acquisition": 0.1, "acquisition_spend": 0}),
        (Economics, {"revenue": float("nan")}),
        (Lever, {"low": 0.2, "likely": 0.1, "high": 0.3}),
    ],
)
def test_what_cannot_be_is_refused(where, values):
    with pytest.raises(ValueError, match=r"\w"):
        where(**values)
