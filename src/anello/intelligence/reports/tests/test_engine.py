"""Figures, their subtotals, and whose they are."""

from __future__ import annotations

import datetime as dt
from dataclasses import fields
from decimal import Decimal

import pytest
from django.db.models import Sum
from tests.samples import sample

from anello.core.actions import Invalid
from anello.core.modules import get
from anello.core.policies import can, visible
from anello.intelligence.reports.definitions import Definition
from anello.intelligence.reports.engine import ask, question
from anello.intelligence.reports.tests.conftest import WON
from anello.operations.sales.models import Opportunity


def asked(cast, name, **definition):
    return ask(question(cast.actor(name), Definition(**{"module": "opportunity", **definition})))


def test_a_pivot_has_every_subtotal(cast, deals):
    found = asked(cast, "anna", **WON).values
    february, march = dt.date(2026, 2, 1), dt.date(2026, 3, 1)
    carla, dario = cast.carla.pk, cast.dario.pk
    assert found == {
        ("EUR", (), None): (390, 3),
        ("EUR", (), (carla,)): (350, 2),
        ("EUR", (), (dario,)): (40, 1),
        ("EUR", (february,), None): (100, 1),
        ("EUR", (february,), (carla,)): (100, 1),
        ("EUR", (march,), None): (290, 2),
        ("EUR", (march,), (carla,)): (250, 1),
        ("EUR", (march,), (dario,)): (40, 1),
    }


def test_every_figure_is_that_of_its_reader(cast, deals):
    totals = {}
    for name in (f.name for f in fields(cast)):
        actor = cast.actor(name)
        if not can(actor, "opportunity"):
            with pytest.raises(Invalid):
                question(actor, Definition(module="opportunity"))
            continue
        mine = Opportunity.objects.filter(visible(actor, "opportunity"))
        totals[name] = asked(cast, name, metrics=["sum:amount"]).values.get(("EUR", (), None), (0,))[0]
        assert totals[name] == (mine.aggregate(all=Sum("amount"))["all"] or 0)
    assert totals["anna"] == Decimal(397)
    assert totals["carla"] < totals["anna"]


def test_amounts_of_different_currencies_are_never_added(cast, deals):
    sample(get("opportunity"), cast.carla, amount=1000, currency="USD")
    deals.load()
    found = asked(cast, "anna", metrics=["sum:amount"]).values
    assert found == {("EUR", (), None): (397,), ("USD", (), None): (1000,)}


def test_what_one_may_not_see_of_a_linked_record_is_nothing(cast, deals):
    hidden = sample(get("organisation"), cast.dario, city="Napoli")
    sample(get("opportunity"), cast.carla, amount=5, organisation=hidden.pk)
    deals.load()
    every = asked(cast, "anna", rows=["organisation.city"]).values
    hers = asked(cast, "carla", rows=["organisation.city"]).values
    assert ("EUR", ("Napoli",), None) in every
    assert ("EUR", ("Napoli",), None) not in hers
    assert hers["EUR", (None,), None] == (3,)


def test_a_hidden_field_does_not_exist(cast, deals):
    role = cast.carla.roles.get()
    role.fields = {"opportunity": {"amount": "hidden"}}
    role.save()
    with pytest.raises(Invalid):
        asked(cast, "carla", metrics=["sum:amount"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"metrics": ["sum:nothing"]},
        {"rows": ["nothing"]},
        {"columns": ["owner@month"]},
        {"sort": "-sum:amount"},
        {"period": "this_year", "by": "nothing"},
        {"period": "whenever", "by": "closed_at"},
        {"filter": {"field": "nothing"}},
        {"module": "nothing"},
    ],
)
def test_what_there_is_not_is_said(cast, wrong):
    with pytest.raises(Invalid):
        question(cast.actor("anna"), Definition(**{"module": "opportunity", **wrong}))
