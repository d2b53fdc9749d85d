"""The value of customers: learned, checked, scored, shown; and what happens where it cannot be."""

from __future__ import annotations

import datetime as dt
import functools

import numpy as np
import pytest
from django.utils import timezone
from tests.jobs import run_jobs
from tests.marts import people

from anello.core.actions import NotFound, run
from anello.core.events.models import Event
from anello.core.modules import get
from anello.core.policies import SYSTEM
from anello.core.search import RecordQuery
from anello.intelligence.numerics.bgnbd import BGNBD
from anello.intelligence.value import fitting, histories, jobs, scoring
from anello.intelligence.value.cards import keep, newest, why_not
from anello.intelligence.value.models import ModelRun, Standing
from anello.warehouse.hooks import Load

pytestmark = pytest.mark.django_db

TRUE = BGNBD(0.9, 5.0, 0.7, 3.0)
START, CUT, END = dt.date(2025, 1, 1), dt.date(2025, 9, 30), dt.date(2026, 6, 30)


@functools.cache
def _lives(count):
    """Purchases of customers who live as the model says: (number, day, amount), first bought in the first 12 weeks."""
    g, made = np.random.default_rng(1), []
    for n in range(count):
        day = START + dt.timedelta(days=int(g.integers(0, 84)))
        rate, leaving, level = g.gamma(TRUE.r) / TRUE.alpha, g.beta(TRUE.a, TRUE.b), 15 / g.gamma(4.0)
        made.append((n, day, round(float(g.gamma(6.0) * level) + 0.01, 2)))
        at = 0.0
        while g.random() >= leaving or at == 0.0:
            at += g.exponential(1 / rate) * 7
            if not at < (END - day).days:
                break
            made.append((n, day + dt.timedelta(days=int(at) + 1), round(float(g.gamma(6.0) * level) + 0.01, 2)))
    return made


def lives(ids):
    return [(ids[n], day, amount) for n, day, amount in _lives(len(ids))]


@pytest.fixture
def base(cast, marts):
    ids = people(500, cast.carla)
    marts.bought(lives(ids), margin=0.4)
    return ids


def test_customers_are_learned_checked_and_scored(base):
    run_ = keep(fitting.fit("person", CUT))
    assert run_.accepted, run_.cause
    assert run_.measures["said"] == pytest.approx(run_.measures["happened"], rel=0.15)
    assert run_.measures["rmse"] < run_.baseline["rmse"]
    assert 0.78 <= run_.measures["held"] <= 0.95
    assert run_.parameters["basis"] == "margin"
    assert run_.parameters["share"] == pytest.approx(0.4, abs=0.001)
    assert scoring.score("person", CUT) == len(base)
    standings = list(Standing.objects.order_by("-clv"))
    assert all(s.clv_low <= s.clv_high and 0 <= s.p_alive <= 100 and s.value_model == run_ for s in standings)
    assert standings[0].rfm[1:] == "55"
    assert Event.objects.filter(kind="standing.scored").count() == 1


def test_scoring_again_changes_nothing(base):
    keep(fitting.fit("person", CUT))
    scoring.score("person", CUT)
    assert scoring.score("person", CUT) == 0
    assert Event.objects.filter(kind="standing.scored").count() == 1


def test_nothing_after_the_day_is_read(base, marts):
    before = histories.histories("person", CUT)
    learned = fitting.learn(before).buying
    marts.duck.execute("DELETE FROM mart.purchase WHERE day > ?", [CUT])
    after = histories.histories("person", CUT)
    assert (before.x == after.x).all()
    assert fitting.learn(after).buying.values.tolist() == learned.values.tolist()


def test_returns_and_gifts_are_no_purchases_and_a_day_counts_once(cast, marts):
    [pk] = people(1)
    day = dt.date(2026, 1, 1)
    later = day + dt.timedelta(days=14)
    marts.bought([(pk, day, 10), (pk, later, 5), (pk, later, 7), (pk, later, -12), (pk, later, 0)])
    found = histories.histories("person", day + dt.timedelta(days=28))
    assert (found.x[0], found.tx[0], found.T[0], found.mean[0]) == (1, 2, 4, 12)
    assert (found.purchases[0], found.revenue[0]) == (3, 22)
    assert np.isnan(found.margin[0])


def test_a_base_of_one_time_buyers_says_why_and_keeps_what_is_known(cast, marts):
    ids = people(150)
    marts.bought([(pk, START + dt.timedelta(days=n), 10.0 + n) for n, pk in enumerate(ids)])
    made = keep(fitting.fit("person", END))
    assert not made.accepted
    assert "Solo 0 clienti hanno acquistato più di una volta" in why_not(made.cause)
    assert scoring.score("person", END) == 150
    best = Standing.objects.get(person=ids[-1])
    assert (best.clv, best.p_alive, best.value_model, best.rfm[0]) == (None, None, None, "5")


def test_an_empty_base_says_so(cast, marts):
    made = keep(fitting.fit("organisation"))
    assert (made.accepted, made.cause["cause"]) == (False, "few_customers")
    assert scoring.score("organisation") == 0


def test_too_short_a_time_to_check_is_no_check(base):
    made = fitting.fit("person", END - dt.timedelta(days=7))
    assert made.cause["cause"] == "no_holdout"


def test_a_refused_model_leaves_the_one_before_in_use(base, marts):
    good = keep(fitting.fit("person", CUT))
    refused = fitting.fit("person", CUT).model_copy(update={"accepted": False, "cause": {"cause": "baseline"}})
    keep(refused)
    assert newest("value", "person") == good


def test_who_is_gone_has_no_standing_and_who_is_merged_keeps_one(base, cast):
    scoring.score("person", CUT)
    first, second, gone = base[:3]
    run("person.delete", None, cast.ctx("anna"), target=gone)
    run("person.merge", {"losers": [second]}, cast.ctx("anna"), target=first)
    scoring.score("person", CUT)
    assert not Standing.objects.filter(person__in=[second, gone]).exists()
    assert Standing.objects.filter(person=first).count() == 1


def test_people_are_found_by_what_they_are_worth(base, cast):
    keep(fitting.fit("person", CUT))
    scoring.score("person", CUT)
    least = Standing.objects.order_by("-clv")[9].clv
    tree = {"field": "standing:person.clv", "op": "gte", "value": str(least)}
    found = RecordQuery(cast.actor("carla"), get("person")).where(tree).records.count()
    assert found == 10
    assert RecordQuery(cast.actor("dario"), get("person")).where(tree).records.count() == 0


def test_the_page_shows_value_with_its_interval_to_who_may_see_the_customer(base, cast, client):
    keep(fitting.fit("person", CUT))
    scoring.score("person", CUT)
    pk = Standing.objects.order_by("-clv")[0].person_id
    client.force_login(cast.carla)
    page = client.get(f"/people/{pk}/").content.decode()
    assert "80% tra" in page
    assert "/models/" not in page
    everybody = client.get("/standings/").content.decode()
    assert "/standings/new/" not in everybody
    assert client.get("/standings/new/").status_code in (403, 404)
    client.force_login(cast.marta)
    assert client.get(f"/people/{pk}/").status_code == 404


def test_a_card_tells_how_the_model_does(base, cast, client):
    made = keep(fitting.fit("person", CUT))
    client.force_login(cast.ivo)
    page = client.get(f"/models/{made.pk}/").content.decode()
    assert page.count('data-island="chart"') == 3
    assert "Confronto ingenuo" in page
    client.force_login(cast.carla)
    assert client.get(f"/models/{made.pk}/").status_code == 404


def test_a_card_that_is_not_used_says_why(cast, marts, client):
    made = keep(fitting.fit("person"))
    client.force_login(cast.ivo)
    page = client.get(f"/models/{made.pk}/").content.decode()
    assert "Ci sono 0 clienti" in page


@pytest.mark.django_db(transaction=True)
def test_an_analyst_asks_for_a_new_fit(cast, marts):
    made = keep(fitting.fit("person"))
    run("model_run.refit", {}, cast.ctx("ivo"), target=made.pk)
    run_jobs()
    assert ModelRun.objects.filter(kind="value", of="person").count() == 2
    with pytest.raises(NotFound):
        run("model_run.refit", {}, cast.ctx("carla"), target=made.pk)


def test_only_the_product_writes_cards_and_scores(cast):
    with pytest.raises(NotFound):
        run("scores.told", {"module": "standing"}, cast.ctx("anna"))
    card = fitting.Card(kind="value", of="person", until=CUT, accepted=True)
    with pytest.raises(NotFound):
        run("model_run.keep", card, cast.ctx("anna"))
    assert RecordQuery(SYSTEM, get("model_run")).records.count() == 0


def test_who_buys_is_scored_at_once(base, marts, monkeypatch):
    scoring.score("person")
    before = Event.objects.filter(kind="standing.scored").count()
    who = base[0]
    marts.bought([(who, timezone.localdate(), 99.0)])
    revenue = Standing.objects.get(person=who).revenue
    wanted = []
    monkeypatch.setattr(jobs, "enqueue", lambda job, **how: wanted.append((job, how)))
    jobs.refresh(
        Load(2, 1, rebuilt=False, seconds=0.1, touched={"person": frozenset({who}), "organisation": frozenset()})
    )
    assert wanted == [(jobs.rescore, {"of": "person", "ids": [who]})]
    jobs.rescore("person", [who])
    standing = Standing.objects.get(person=who)
    assert standing.revenue == revenue + 99
    assert standing.rfm
    assert Event.objects.filter(kind="standing.scored", record_id=standing.pk).count() == 1
    assert Event.objects.filter(kind="standing.scored").count() == before + 1
    assert Standing.objects.count() == len(base)


def test_whose_purchases_were_all_taken_back_stands_nowhere_any_more(base, marts):
    scoring.score("person")
    gone, stays = base[:2]
    lost = Standing.objects.get(person=gone).pk
    marts.duck.execute("DELETE FROM mart.purchase WHERE id = ?", [gone])
    assert scoring.score("person", only={gone, stays}) == 1
    assert set(Standing.objects.values_list("person", flat=True)) == set(base[1:])
    told = Event.objects.filter(kind="standing.scored").latest("pk")
    assert told.record_id == lost, "the warehouse reads again what events name"
    marts.duck.execute("DELETE FROM mart.purchase WHERE id = ?", [stays])
    assert scoring.score("person", only={stays}) == 1


def test_the_night_fits_what_was_never_fitted_and_nothing_else(base, monkeypatch):
    monkeypatch.setattr(jobs, "SUNDAY", None)
    keep(fitting.fit("organisation"))
    jobs.nightly(0)
    fitted = [(run.kind, run.of) for run in ModelRun.objects.all()]
    assert len(fitted) == len(set(fitted))
    assert {("value", "person"), ("value", "organisation"), ("churn", "person"), ("lead", "lead")} <= set(fitted)
    jobs.nightly(0)
    assert ModelRun.objects.count() == len(fitted)


def test_a_card_says_in_the_readers_numbers_what_is_missing(base, cast, client):
    made = keep(fitting.fit("person", CUT))
    made.parameters["silent"] = {"cause": "few_repeats", "found": 1234, "needed": 5678}
    made.save()
    client.force_login(cast.ivo)
    page = client.get(f"/models/{made.pk}/").content.decode()
    assert "Solo 1.234 clienti" in page
    assert "5.678" in page


def test_why_there_is_no_model_of_amounts_comes_with_its_figures(cast, marts):
    ids = people(500, cast.carla)
    marts.bought((pk, day, 10.0) for pk, day, _amount in lives(ids))
    parameters = fitting.learn(histories.histories("person", CUT)).parameters()
    assert why_not(parameters["silent"])


def test_without_a_warehouse_the_night_passes(db, warehouse):
    jobs.nightly(0)


def test_the_first_load_has_models_fitted_at_once_and_later_rebuilds_wait_for_the_night(base, monkeypatch):
    wanted = []
    monkeypatch.setattr(jobs, "enqueue", lambda job, **how: wanted.append(job))
    rebuilt = Load(1, 1, rebuilt=True, seconds=0.1)
    jobs.refresh(rebuilt)
    assert wanted == [jobs.refit]
    jobs.refit("value", "person")
    assert ModelRun.objects.filter(accepted=True).exists()
    jobs.refresh(rebuilt)
    assert wanted == [jobs.refit]
