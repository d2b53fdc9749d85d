"""Who was forgotten is in no purchase made elsewhere, and no file brings them back; what was bought stays."""

from __future__ import annotations

import datetime as dt

import pytest

from anello.core.actions import run
from anello.warehouse import landing, mappings, pseudonyms, sources
from anello.warehouse.forgetting import forget

MAPPING = """
file = "{file}"
currency = "EUR"
[columns]
purchase_id = "order"
at = "date"
amount = "amount"
external_id = "code"
email = "email"
phone = "phone"
changed = "changed"
"""


@pytest.fixture
def shop(cast, warehouse, tmp_path):
    """Load rows (order, date, amount, code, e-mail, phone, changed) of a shop."""
    mappings.folder().mkdir(parents=True)

    def load(*rows):
        file = tmp_path / "orders.csv"
        lines = ["order,date,amount,code,email,phone,changed", *(",".join(map(str, row)) for row in rows)]
        file.write_text("\n".join(lines))
        path = mappings.folder() / "shop.toml"
        path.write_text(MAPPING.format(file=file))
        return sources.load(mappings.read(path))

    return load


@pytest.fixture
def ada(cast):
    values = {"last_name": "Lovelace", "email": "Ada@example.com", "mobile": "+393331112223", "external_id": "C-77"}
    return run("person.create", values, cast.ctx("carla"))


def erase(cast, person):
    run("person.erase", {}, cast.ctx("anna", elevated=True), target=person.pk)
    forget([person.pk])


def held(*more):
    paths = [*landing.home().rglob("*"), *more]
    return b"".join(path.read_bytes() for path in paths if path.is_file() and path.parent != mappings.folder())


def bought(warehouse):
    found = warehouse.sql("SELECT id, CAST(amount AS DOUBLE) AS amount FROM mart.purchase ORDER BY amount")
    return [tuple(row.values()) for row in found.to_pylist()]


def test_purchases_stay_and_say_nothing_of_whom_also_in_a_copy(cast, warehouse, shop, ada, tmp_path):
    carla = cast.ctx("carla")
    twin = run("person.create", {"last_name": "Lovelace", "email": "twin@example.com"}, carla)
    byron = {"last_name": "Byron", "phone": "+39024455", "external_id": "C-78", "email": "byron@example.com"}
    other = run("person.create", byron, carla)
    run("person.update", {"phone": "+39024455"}, carla, target=ada.pk)
    run("person.merge", {"losers": [twin.pk]}, cast.ctx("bruno"), target=ada.pk)
    warehouse.load()
    shop(
        ("ORD-901", "2026-01-02", 10, "", "ada@example.com", "", ""),
        ("ORD-902", "2026-01-03", 20, "C-77", "new-address@example.com", "", ""),
        ("ORD-903", "2026-01-04", 30, "", "", "333 111 2223", ""),
        ("ORD-904", "2026-01-05", 40, "", "twin@example.com", "", ""),
        # Of somebody else, to her address; and hers, with the number of a house where others live.
        ("ORD-905", "2026-01-06", 50, "C-78", "ada@example.com", "", ""),
        ("ORD-906", "2026-01-07", 60, "", "ada@example.com", "+39024455", ""),
        ("ORD-907", "2026-01-08", 70, "", "byron@example.com", "", ""),
    )
    before = bought(warehouse)
    hers = {10, 20, 30, 40, 60}
    assert before == [(ada.pk if amount in hers else other.pk, amount) for amount in range(10, 80, 10)]
    erase(cast, ada)
    pseudonyms.copy(tmp_path / "copy.duckdb", key="k")
    words = [b"ada@example", b"new-address", b"3331112223", b"C-77", b"c-77", b"twin@"]
    words += [f"ORD-90{n}".encode() for n in (1, 2, 3, 4, 6)]
    assert [word for word in words if word in held(tmp_path / "copy.duckdb")] == []
    assert [word for word in (b"byron@example.com", b"ORD-905", b"ORD-907") if word not in held()] == []
    assert bought(warehouse) == before


def test_a_file_that_comes_again_brings_nobody_back_unless_they_come_themselves(cast, warehouse, shop, ada):
    warehouse.load()
    first = ("ORD-901", "2026-01-02", 10, "", "ada@example.com", "", "2026-01-02")
    shop(first)
    erase(cast, ada)
    # The same, one that was late, and the same order after the shop was told another address.
    shop(first, ("ORD-902", "2026-01-03", 20, "C-77", "", "", "2026-01-03"))
    again = run("person.create", {"last_name": "Lovelace", "email": "ada@example.com"}, cast.ctx("carla"))
    warehouse.load()
    later = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=2)
    shop(
        first,
        ("ORD-901", "2026-01-02", 15, "", "lovelace@example.org", "", "2026-02-01"),
        ("ORD-999", later, 99, "", "ada@example.com", "", ""),
    )
    assert bought(warehouse) == [(ada.pk, 15.0), (ada.pk, 20.0), (again.pk, 99.0)]
    assert [word for word in (b"lovelace@", b"C-77", b"c-77", b"ORD-901", b"ORD-902") if word in held()] == []
