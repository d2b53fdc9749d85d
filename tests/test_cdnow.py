"""CDNOW from the file to the measured lift, on customers made like its own: the way of `python -m bench.cdnow`."""

from __future__ import annotations

import datetime as dt
import random

import pytest
from bench import cdnow
from django.db import connection

from anello.operations.sales.defaults import ensure_defaults

pytestmark = pytest.mark.django_db

PEOPLE = 300
FIRST = dt.date(1997, 1, 1)


def log() -> str:
    """Lines as in the file: all buy first in the first 12 weeks, then at a pace of their own until they stay away."""
    chance, lines = random.Random(1), [" customer_id  date number_of_cds  dollar_value"]
    for number in range(1, PEOPLE + 1):
        pace, leaving, level = chance.gammavariate(0.9, 0.2), chance.betavariate(0.8, 2.4), chance.gammavariate(4, 1)
        day = FIRST + dt.timedelta(days=chance.randrange(84))
        while day <= cdnow.END:
            spent = chance.gammavariate(6, 1) * 15 / level + 0.01
            lines.append(f" {number:05} {day:%Y%m%d} {chance.randint(1, 4):>2} {spent:>7.2f}")
            if chance.random() < leaving:
                break
            day += dt.timedelta(days=1 + round(7 * chance.expovariate(pace)))
    return "\n".join(lines) + "\n"


@pytest.fixture
def found(cast, warehouse, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.BASE_CURRENCY = "USD"
    ensure_defaults()
    with connection.cursor() as cursor:
        # The draw goes by seed and id: ids of their own make it the same whatever was tested before.
        cursor.execute("ALTER SEQUENCE customers_person_id_seq RESTART WITH 7000001")
    file = tmp_path / "cdnow.txt"
    file.write_text(log())
    return cdnow.walk(file, cast.actor("anna"))


def test_history_becomes_phases_values_decisions_and_a_lift_that_is_nothing_without_treatment(found, capsys):
    assert (found.people, found.orders) == (PEOPLE, log().count("\n") - 1)
    assert {"first_time", "renewal", "loyal"} <= found.phases.keys()
    assert sum(found.phases.values()) == PEOPLE
    best, worst = found.deciles[0], found.deciles[-1]
    assert best.expected > worst.expected
    assert best.spent > worst.spent, "value as of the cut tells who buys afterwards"
    assert found.chosen_spent > found.others_spent
    assert found.control_share == pytest.approx(cdnow.CONTROL / 100, abs=0.15)
    assert found.treated <= found.candidates * cdnow.SHARE / 100
    assert found.conversion.spans_zero, found.conversion
    assert found.revenue.spans_zero, found.revenue
    cdnow.tell(found)
    assert "contains zero" in capsys.readouterr().out
