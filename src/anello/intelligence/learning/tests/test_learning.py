"""Churn, next products, lead scores: learned, checked against a baseline, explained; and refused."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from django.utils import translation
from tests.marts import people
from tests.samples import sample

from anello.core.modules import get
from anello.core.search import RecordQuery
from anello.intelligence.learning import churn, leads, logit, products
from anello.intelligence.learning.models import LeadScore
from anello.intelligence.learning.words import reasons
from anello.intelligence.numerics import CannotFit
from anello.intelligence.value.cards import keep, why_not
from anello.intelligence.value.models import Standing

pytestmark = pytest.mark.django_db

START, END = dt.date(2024, 7, 1), dt.date(2026, 6, 30)


def regulars(ids, seed=1):
    """Half buy every five weeks until they leave, which shows in their silence."""
    g = np.random.default_rng(seed)
    for pk in ids:
        leaves = START + dt.timedelta(days=int(g.integers(100, 1200)))
        day = START + dt.timedelta(days=int(g.integers(0, 90)))
        while day <= min(leaves, END):
            yield pk, day, float(g.gamma(4.0) * 10) + 1
            day += dt.timedelta(days=int(g.integers(20, 50)))


def test_churn_is_learned_checked_calibrated_and_explained(cast, marts):
    ids = people(500, cast.carla)
    marts.bought(regulars(ids))
    made = keep(churn.fit("person", END))
    assert made.accepted, made.cause
    assert made.measures["brier"] < made.baseline["brier"]
    assert made.measures["auc"] > 0.7
    [plot] = made.plots
    assert plot["name"] == "reliability"
    assert churn.score("person", END) == 500
    gone = Standing.objects.order_by("-churn")[0]
    assert gone.churn > 90
    here = reasons("churn", gone.churn_reasons)
    with translation.override("en"):
        ours = reasons("churn", gone.churn_reasons)
    assert here
    assert [one["text"] for one in here] != [one["text"] for one in ours]
    assert reasons("churn", [{"feature": "of old", "value": 1, "weight": 2}]) == []


def test_churn_is_on_the_customers_page(cast, marts, client):
    ids = people(500, cast.carla)
    marts.bought(regulars(ids))
    keep(churn.fit("person", END))
    churn.score("person", END)
    gone = Standing.objects.order_by("-churn")[0]
    client.force_login(cast.carla)
    page = client.get(f"/people/{gone.person_id}/").content.decode()
    assert "Perché potrebbe andarsene" in page


def test_features_never_read_the_future(cast, marts):
    marts.bought(regulars(people(60)))
    at = dt.date(2025, 6, 30)
    _, before, _ = churn.examples("person", at, 90)
    marts.duck.execute("DELETE FROM mart.purchase WHERE day > ?", [at])
    _, after, left = churn.examples("person", at, 90)
    assert (before == after).all()
    assert left.all()


def test_chance_alone_is_not_used_and_says_so(cast, marts):
    g = np.random.default_rng(8)
    bought = [(pk, g.integers(0, (END - START).days, g.poisson(4))) for pk in people(300)]
    marts.bought([(pk, START + dt.timedelta(days=int(day)), 10.0) for pk, days in bought for day in days])
    made = keep(churn.fit("person", END))
    assert not made.accepted
    assert why_not(made.cause)
    assert churn.score("person", END) == 0


def test_too_few_examples_say_so(cast, marts):
    marts.bought(regulars(people(20)))
    assert churn.fit("person", END).cause["cause"] in ("few_examples", "one_outcome")
    assert churn.fit("organisation", END).cause["cause"] == "few_customers"
    assert products.fit("person", END).cause["cause"] == "few_examples"


def test_reasons_add_up_to_the_probability():
    g = np.random.default_rng(1)
    rows = g.normal(size=(800, 3))
    happened = g.random(800) < 1 / (1 + np.exp(-(rows[:, 0] - 2 * rows[:, 1])))
    model = logit.learn(["a", "b", "c"], rows, happened)
    odds = model.contributions(rows).sum(axis=1) + model.slope * model.offset + model.shift
    assert model.probability(rows) == pytest.approx(1 / (1 + np.exp(-odds)))
    strongest = model.reasons(np.array([[0.0, -3.0, 0.0]]))[0]
    assert strongest[0]["feature"] == "b"
    with pytest.raises(CannotFit):
        logit.learn(["a"], rows[:, :1], np.zeros(800, dtype=bool))


def baskets(ids, tied: bool, seed=3):
    """Twelve products in six pairs: with `tied`, who buys one of a pair buys the other later."""
    g = np.random.default_rng(seed)
    for pk in ids:
        for pair in g.choice(6, 3, replace=False):
            first = START + dt.timedelta(days=int(g.integers(0, (END - START).days - 100)))
            yield pk, first, int(pair * 2)
            other = pair * 2 + 1 if tied else int(g.integers(0, 12))
            yield pk, min(END, first + dt.timedelta(days=int(g.integers(20, 200)))), int(other)


def test_what_goes_together_is_suggested(cast, marts):
    ids = people(600, cast.carla)
    rows = list(baskets(ids, tied=True))
    marts.bought((pk, day, 10.0) for pk, day, _ in rows)
    marts.lines(rows)
    made = keep(products.fit("person", END))
    assert made.accepted, (made.measures, made.baseline)
    assert made.measures["hits"] > made.baseline["hits"]
    assert {frozenset((row["one"], row["other"])) for row in made.plots[0]["rows"][:6]} == {
        frozenset((f"Product {n}", f"Product {n + 1}")) for n in range(0, 12, 2)
    }
    assert products.score("person", END) > 500
    told = next(s.next_products for s in Standing.objects.all() if s.next_products)
    assert set(told[0]) == {"product", "name", "because"}


def test_what_is_bought_at_random_is_not_used(cast, marts):
    rows = list(baskets(people(600), tied=False))
    marts.bought((pk, day, 10.0) for pk, day, _ in rows)
    marts.lines(rows)
    assert not keep(products.fit("person", END)).accepted


def lead_rows(count, seed=5):
    g = np.random.default_rng(seed)
    for n in range(count):
        came = dt.datetime(2025, 1, 1, 9, tzinfo=dt.UTC) + dt.timedelta(days=n * 400 / count)
        company, message = g.random() < 0.5, g.random() < 0.4
        won = g.random() < 0.05 + 0.4 * company + 0.3 * message
        yield (
            n + 1, "a@example.com", "", "", "Acme" if company else "", "", "Hello" if message else "", None, 100,
            "web" if g.random() < 0.5 else "fair", "converted" if won else "lost", came,
            came + dt.timedelta(days=20) if won else None, None,
        )  # fmt: skip


def fill_leads(marts, rows):
    marts.duck.executemany(f"INSERT INTO main.sales_lead VALUES ({', '.join('?' * 14)})", rows)
    marts.duck.execute("INSERT INTO history.sales_lead SELECT *, created_at, NULL, true FROM main.sales_lead")


def test_leads_are_scored_explained_and_filtered(cast, marts, client):
    fill_leads(marts, list(lead_rows(900)))
    made = keep(leads.fit("lead", END))
    assert made.accepted, (made.measures, made.baseline)
    rich = sample(get("lead"), cast.carla, company="Acme", message="Hello")
    poor = sample(get("lead"), cast.carla)
    marts.duck.execute("DELETE FROM main.sales_lead; DELETE FROM history.sales_lead")
    now = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
    fill_leads(marts, [
        (rich.pk, "", "", "", "Acme", "", "Hello", None, 0, "web", "new", now, None, None),
        (poor.pk, "", "", "", "", "", "", None, 0, "web", "new", now, None, None),
    ])  # fmt: skip
    assert leads.score("lead", END) == 2
    one, other = (LeadScore.objects.get(lead=pk) for pk in (rich.pk, poor.pk))
    assert one.probability > other.probability + 30
    tree = {"field": "lead_score:lead.probability", "op": "gte", "value": 50}
    assert list(RecordQuery(cast.actor("carla"), get("lead")).where(tree).records) == [rich]
    client.force_login(cast.carla)
    assert "Viene da un" in client.get(f"/leads/{rich.pk}/?part=side").content.decode()


def converted(marts, days):
    """Leads of which some were converted so many days after they came, and have a company since."""
    g = np.random.default_rng(2)
    rows = [list(row) for row in lead_rows(600)]
    for row in rows:
        won = g.random() < 0.3
        row[4], row[6], row[10] = ("Acme" if won else ""), "", "converted" if won else "lost"
        row[12] = row[11] + dt.timedelta(days=days) if won else None
    marts.duck.executemany(f"INSERT INTO main.sales_lead VALUES ({', '.join('?' * 14)})", rows)
    marts.duck.execute(
        "INSERT INTO history.sales_lead SELECT * REPLACE ('' AS company), created_at, converted_at, false FROM main.sales_lead;"
        "INSERT INTO history.sales_lead SELECT *, converted_at, NULL, true FROM main.sales_lead WHERE company <> ''"
    )


def test_what_is_filled_in_at_the_conversion_teaches_nothing(cast, marts):
    """The company of a converted lead was written when it was converted: in the history it came without one."""
    converted(marts, days=20)
    assert not leads.fit("lead", END).accepted


def test_what_is_filled_in_at_a_conversion_within_the_first_days_teaches_nothing_either(cast, marts):
    converted(marts, days=1)
    marts.duck.execute(
        "INSERT INTO main.activities_activity SELECT id, 'lead', id, converted_at + INTERVAL 1 HOUR, NULL "
        "FROM main.sales_lead WHERE company <> ''"
    )
    assert not leads.fit("lead", END).accepted


def test_what_the_product_put_on_the_timeline_is_no_contact(cast, marts):
    ids = people(60)
    marts.bought(regulars(ids))
    at = dt.date(2025, 6, 30)
    _, before, _ = churn.examples("person", at, 90)
    for channel in ("system", "phone"):
        marts.duck.execute(
            "INSERT INTO mart.interaction SELECT 'person', unnest($ids), $at, $at, 'x', $channel, '', NULL, 'x', 1",
            {"ids": ids, "at": at, "channel": channel},
        )
    _, after, _ = churn.examples("person", at, 90)
    assert (after[:, -1] == before[:, -1] + 1).all()
