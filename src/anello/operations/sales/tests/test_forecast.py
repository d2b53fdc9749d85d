"""Forecast and home against sums made by hand, deal by deal."""

import datetime as dt
import random
from decimal import Decimal

import pytest
from django.utils import timezone

from anello.core.actions import Invalid, NotFound, run
from anello.core.modules import get
from anello.kit.periods import Period, period
from anello.operations.sales import queries
from anello.operations.sales.jobs import expire

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
MONTH = period("month", TODAY)


@pytest.fixture
def deals(house):
    """Sixty deals of Carla's and Dario's in all states, closing around this month; as plain facts."""
    dice = random.Random(7)
    stages = list(get("stage").model.objects.filter(pipeline__name_it="Nuovi clienti"))
    facts = []
    customers = {who: run("person.create", {"last_name": who}, house.ctx(who)) for who in ("carla", "dario")}
    for _ in range(60):
        who, stage = dice.choice(["carla", "dario"]), dice.choice(stages)
        values = {
            "name": "x",
            "person": customers[who].pk,
            "stage": stage.pk,
            "amount": Decimal(dice.randrange(100, 99999)) / 100,
            "close_date": TODAY + dt.timedelta(days=dice.randrange(-40, 40)),
            "lost_reason": "price" if stage.kind == "lost" else "",
            "currency": dice.choice(["EUR", "EUR", "EUR", "USD"]),
        }
        run("opportunity.create", values, house.ctx(who))
        facts.append((who, stage, values))
    return facts


def expected(deals, who):
    """(closed, commit, weighted) in euro, this month; all deals that are won were won now."""
    closed = commit = weighted = Decimal(0)
    for owner, stage, values in deals:
        if owner != who or values["currency"] != "EUR":
            continue
        if stage.kind == "won":
            closed += values["amount"]
            weighted += values["amount"]
        elif stage.kind == "open" and MONTH.start <= values["close_date"] < MONTH.end:
            share = (values["amount"] * stage.probability / 100).quantize(Decimal("0.01"), "ROUND_HALF_UP")
            weighted += share
            commit += values["amount"] if stage.name_it == "Trattativa" else 0
    return closed, commit, weighted


def test_forecast_is_the_sum_of_the_deals(house, deals):
    rows = {row.id: row for row in queries.forecast(house.actor("bruno"), MONTH)}
    for who in ("carla", "dario"):
        row = rows[getattr(house, who).pk]
        assert (row.closed, row.commit, row.weighted) == expected(deals, who)
        assert row.name == str(getattr(house, who))
    teams = {row.id: row for row in queries.forecast(house.actor("bruno"), MONTH, "team")}
    assert teams[house.carla.team_id].closed == rows[house.carla.pk].closed
    assert queries.total(rows.values()).weighted == queries.total(teams.values()).weighted


def test_everybody_sees_their_own_forecast(house, deals):
    assert [row.id for row in queries.forecast(house.actor("carla"), MONTH)] == [house.carla.pk]
    assert queries.forecast(house.actor("marta"), MONTH) == []
    assert queries.home(house.actor("marta"), 1, mine=False).open_deals == 0


def quota(house, **values):
    return run("quota.create", {"start": "2026-01-01", "amount": "1000", **values}, house.ctx("bruno"))


def test_quotas_of_months_make_the_quarter_unless_it_has_its_own(house):
    for month in (1, 2, 3, 4):
        quota(house, salesperson=house.carla.pk, start=f"2026-0{month}-01")
    first = Period(dt.date(2026, 1, 1), dt.date(2026, 4, 1))
    assert queries.quotas(house.actor("bruno"), first, "person") == {house.carla.pk: 3000}
    quota(house, salesperson=house.carla.pk, unit="quarter", amount="5000")
    assert queries.quotas(house.actor("bruno"), first, "person") == {house.carla.pk: 5000}
    assert queries.quotas(house.actor("dario"), first, "person") == {}
    assert queries.quotas(house.actor("carla"), first, "person") == {house.carla.pk: 5000}


def test_a_quota_is_one_persons_or_one_teams_and_starts_with_its_period(house):
    for values in ({}, {"salesperson": house.carla.pk, "sales_team": house.carla.team_id}):
        with pytest.raises(Invalid):
            quota(house, **values)
    with pytest.raises(Invalid) as caught:
        quota(house, salesperson=house.carla.pk, start="2026-01-15")
    assert set(caught.value.errors) == {"start"}
    mine = quota(house, sales_team=house.carla.team_id)
    assert (mine.owner, mine.team) == (None, house.carla.team)
    with pytest.raises(Invalid):
        quota(house, sales_team=house.carla.team_id)


def test_home_adds_up(house, deals):
    quota(house, salesperson=house.carla.pk, start=MONTH.start, amount="500")
    pipeline = get("pipeline").model.objects.get(name_it="Nuovi clienti").pk
    home = queries.home(house.actor("carla"), pipeline)
    euro = [(stage, v) for who, stage, v in deals if who == "carla" and v["currency"] == "EUR"]
    assert home.closed == sum(v["amount"] for stage, v in euro if stage.kind == "won") == home.months[-1].amount
    assert home.open_amount == sum(v["amount"] for stage, v in euro if stage.kind == "open")
    assert home.open_amount == sum(total.amount for total in home.stages)
    assert (home.quota, len(home.months)) == (500, queries.HISTORY)
    decided = [stage.kind for who, stage, _ in deals if who == "carla" and stage.kind != "open"]
    assert home.win_rate == round(Decimal(decided.count("won") * 100) / len(decided), 1)
    assert home.lost == {"price": decided.count("lost")}


def test_time_expires_quotes_and_makes_invoices_overdue(house, customer):
    then = house.ctx("carla")
    then.now = timezone.now() - dt.timedelta(days=60)
    past, yesterday = TODAY - dt.timedelta(days=60), TODAY - dt.timedelta(days=1)
    quotes = [
        run("quote.create", {"organisation": customer.pk, "date": past, "valid_until": day}, then)
        for day in (yesterday, TODAY)
    ]
    invoice = run("invoice.create", {"organisation": customer.pk, "date": past}, then)
    for document, module in ((quotes[0], "quote"), (quotes[1], "quote"), (invoice, "invoice")):
        run(f"{module}_line.create", {module: document.pk, "description": "x", "unit_price": 1}, then)
        run("quote.send" if module == "quote" else "invoice.issue", None, then, target=document.pk)
    expire(0)
    for document, status in zip([*quotes, invoice], ["expired", "sent", "overdue"], strict=True):
        document.refresh_from_db()
        assert document.status == status


def test_nobody_but_time_expires_documents(house):
    with pytest.raises(NotFound):
        run("sales.expire", None, house.ctx("anna"))
