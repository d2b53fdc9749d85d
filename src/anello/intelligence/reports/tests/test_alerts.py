"""Alerts: told once per crossing, with the figures of whom they are for."""

from __future__ import annotations

from decimal import Decimal

import pytest

from anello.core.actions import NotFound, run
from anello.core.inbox import notices
from anello.intelligence.reports import alerts, jobs
from anello.intelligence.reports.models import ReportAlert
from anello.intelligence.reports.tests.test_screens import as_, shown
from anello.operations.sales.models import Opportunity


@pytest.fixture
def report(cast, deals):
    definition = {"module": "opportunity", "metrics": ["sum:amount", "count"], "rows": ["owner"]}
    return run("report.create", {"name": "Valore", "definition": definition, "audience": "all"}, cast.ctx("bruno"))


@pytest.fixture
def watch(cast, report, deals):
    """Makes an alert of Bruno's; `move(amount)` makes his deal worth so much and looks again."""

    def make(kind, threshold, name="bruno"):
        values = {"report": report.pk, "metric": "sum:amount", "kind": kind, "threshold": Decimal(threshold)}
        return run("report_alert.create", values, cast.ctx(name))

    def move(amount):
        Opportunity.objects.filter(owner=cast.bruno).update(amount=amount)
        deals.load(whole=True)
        look()

    make.move = move
    return make


def look():
    """What every load brings about."""
    for pk in ReportAlert.objects.filter(paused=False).values_list("pk", flat=True):
        jobs.check_alert(pk)


def told(cast, name="bruno"):
    return [n.text.replace("\xa0", " ") for n in notices.newest(getattr(cast, name), 20) if n.kind == "alert"]


def test_a_threshold_is_told_once_per_crossing(cast, watch):
    watch("above", 400)
    watch.move(20)
    watch.move(30)
    assert told(cast) == ["Valore, Importo (somma): 410,00 €, più di 400,00 €"]
    # Trembling just below is no coming back.
    watch.move(8)
    watch.move(20)
    assert len(told(cast)) == 1
    watch.move(0)
    watch.move(20)
    assert len(told(cast)) == 2


def test_what_is_past_already_is_no_news(cast, watch):
    watch("below", 1000)
    watch.move(8)
    assert told(cast) == []
    assert ReportAlert.objects.get().beyond


def test_made_before_the_first_load_it_begins_with_the_first_figure(cast, warehouse):
    definition = {"module": "person"}
    report = run("report.create", {"name": "Persone", "definition": definition, "audience": "all"}, cast.ctx("bruno"))
    values = {"report": report.pk, "metric": "count", "kind": "above", "threshold": Decimal(-1)}
    alert = run("report_alert.create", values, cast.ctx("bruno"))
    assert alert.value is None
    warehouse.load()
    look()
    alert.refresh_from_db()
    assert alert.beyond
    assert told(cast) == []


def test_a_change_is_measured_from_what_was_told_last(cast, watch):
    watch("change", 10)
    watch.move(40)
    assert told(cast) == []
    watch.move(47)
    assert told(cast) == ["Valore, Importo (somma): 437,00 €, era 397,00 €"]
    watch.move(60)
    assert len(told(cast)) == 1


def test_it_sees_with_the_eyes_of_its_owner(cast, watch, report):
    alert = watch("above", 1_000_000)
    assert alert.value == 397
    with pytest.raises(NotFound):
        watch("above", 1, "marta")


def test_what_can_no_longer_be_asked_is_said_once(cast, watch, report):
    watch("above", 400)
    run("report.update", {"definition": {"module": "person"}}, cast.ctx("bruno"), target=report.pk)
    look()
    look()
    assert len(told(cast)) == 1
    assert "non funziona" in told(cast)[0]


def test_by_mail_too(cast, watch, mailoutbox):
    alert = watch("above", 400)
    words = alerts._words(alert, alerts.measured(cast.actor("bruno"), alert)[2], Decimal(410), "EUR")
    alerts.tell(alert.pk, words)
    assert mailoutbox[0].to == [cast.bruno.email]
    assert "più di 400,00 €" in mailoutbox[0].subject.replace("\xa0", " ")


def test_it_is_made_on_a_page(cast, report):
    bruno = as_(cast.bruno)
    page = f"/reports/{report.pk}/alert/"
    form = {"metric": "sum:amount", "kind": "above", "threshold": "1.000"}
    assert bruno.post(page, {**form, "threshold": "tanti"}).status_code == 422
    assert bruno.post(page, form).status_code == 302
    assert "Sale oltre 1.000" in shown(bruno.get(page))
    assert as_(cast.marta).get(page).status_code == 404


def test_an_average_that_never_ends_is_a_figure_too(cast, deals):
    definition = {"module": "opportunity", "metrics": ["avg:amount"], "rows": []}
    report = run("report.create", {"name": "Media", "definition": definition}, cast.ctx("bruno"))
    *three, fourth = Opportunity.objects.order_by("pk")
    run("opportunity.delete", {}, cast.ctx("bruno"), target=fourth)
    for one, amount in zip(three, (100, 100, 101), strict=True):
        Opportunity.objects.filter(pk=one.pk).update(amount=amount)
    deals.load(whole=True)
    values = {"report": report.pk, "metric": "avg:amount", "kind": "above", "threshold": Decimal(1)}
    alert = run("report_alert.create", values, cast.ctx("bruno"))
    look()
    alert.refresh_from_db()
    assert (alert.value, alert.problem) == (Decimal("100.333333"), "")
