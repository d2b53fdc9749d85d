"""The CDNOW purchases come in through the product's own importer."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from anello.core.exchange import importer
from anello.core.modules import get

LINES = """ customer_id  date number_of_cds  dollar_value
 00001 19970101  1   11.77
 00002 19970112  1   12.00
 00002 19970112  5   77.00
 00003 19970102  2   20.76
 00003 19970102  2   20.76
 00002 19970230  5   77.00
"""


@pytest.mark.django_db
def test_each_customer_comes_once_and_each_line_is_an_order(house, cast, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    file = tmp_path / "cdnow.txt"
    file.write_text(LINES)
    done = importer.run_file("person", file, "cdnow", cast.actor("anna"))
    assert (done.status, done.failed) == ("done", 1), done.error
    assert {name: count["created"] for name, count in done.counts.items()} == {"person": 3, "order": 5}
    orders = get("order").model.objects.filter(person__external_id="00002").order_by("total")
    assert [(o.date, o.items, o.total, o.currency, o.status) for o in orders] == [
        (dt.date(1997, 1, 12), 1, Decimal("12.00"), "USD", "fulfilled"),
        (dt.date(1997, 1, 12), 5, Decimal("77.00"), "USD", "fulfilled"),
    ]
    assert orders[0].person.title == "Cliente 00002"
    again = importer.run_file("person", file, "cdnow", cast.actor("anna"))
    assert {name: count["skipped"] for name, count in again.counts.items()} == {"person": 5, "order": 5}
    assert get("order").model.objects.count() == 5
    undone = importer.undo(done.pk, cast.actor("anna"))
    assert undone.undone["deleted"] == 8
