"""Purchases made elsewhere: by their mapping or not at all, and never twice."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.utils import translation

from anello.core.actions import Context, run
from anello.customers.models import MergeRecord
from anello.warehouse import landing, mappings, sources
from anello.warehouse.errors import Broken
from anello.warehouse.status import overview

MAPPING = """
file = "{file}"
encoding = "{encoding}"
separator = ";"
decimal = ","
date = "{date}"
zone = "America/New_York"
key = ["Ordine", "Riga"]
tolerated = {tolerated}

[columns]
purchase_id = "Ordine"
at = "Data"
amount = "Importo"
currency = "Valuta"
quantity = "Pezzi"
product = "Articolo"
email = "E-mail"
changed = "Modificato"
"""
HEADER = "Ordine;Riga;Data;Importo;Valuta;Pezzi;Articolo;E-mail;Modificato"


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def shop(cast, warehouse, tmp_path):
    """Load lines of a shop's file: `shop([...], **mapping)`."""
    run("person.create", {"last_name": "Rossi", "email": "rossi@example.com"}, cast.ctx("carla"))
    warehouse.load()
    mappings.folder().mkdir()

    def load(lines, header=HEADER, encoding="utf-8", written=None, date="iso", tolerated=0):
        file = tmp_path / "orders.csv"
        file.write_bytes("\n".join([header, *lines, ""]).encode(written or encoding))
        path = mappings.folder() / "shop.toml"
        path.write_text(MAPPING.format(file=file, encoding=encoding, date=date, tolerated=tolerated))
        return sources.load(mappings.read(path))

    return load


def purchases(warehouse):
    found = warehouse.sql(
        "SELECT purchase_id, CAST(day AS VARCHAR) AS day, CAST(amount AS DOUBLE) AS amount FROM mart.purchase ORDER BY ALL"
    )
    return [tuple(row.values()) for row in found.to_pylist()]


ONE = "A1;1;2026-03-01 23:30:00;1.200,50;EUR;2;Lampada;Rossi@Example.com;2026-03-02"


def test_rows_that_come_again_late_or_out_of_order_count_once(shop, warehouse):
    shop([ONE, ONE, "A1;2;2026-03-01 23:30:00;10;EUR;1;Spina;rossi@example.com;2026-03-02"])
    # Half past eleven in New York is the next morning here.
    assert purchases(warehouse) == [("A1", "2026-03-02", 1210.5)]
    shop(
        [
            "A1;1;2026-03-01 23:30:00;900;EUR;2;Lampada;rossi@example.com;2026-03-05",
            "A0;1;2025-01-01;5;EUR;1;;rossi@example.com;",
        ]
    )
    assert purchases(warehouse) == [("A0", "2025-01-01", 5.0), ("A1", "2026-03-02", 910.0)]
    shop([ONE])
    assert purchases(warehouse) == [("A0", "2025-01-01", 5.0), ("A1", "2026-03-02", 910.0)]
    lines = warehouse.sql(
        "SELECT product, CAST(amount AS DOUBLE) AS amount FROM mart.purchase_line ORDER BY ALL"
    ).to_pylist()
    assert [tuple(line.values()) for line in lines] == [("Lampada", 900.0), ("Spina", 10.0)]
    before = purchases(warehouse)
    warehouse.rebuild()
    assert purchases(warehouse) == before


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"header": HEADER.replace("Importo", "Totale")}, "lacks the columns Importo; it has .*Totale"),
        ({"written": "cp1252", "lines": [ONE.replace("Lampada", "Caffè")]}, "is not in utf-8: byte"),
        (
            {"encoding": "cp1252", "written": "utf-8", "lines": [ONE.replace("Lampada", "Caffè")]},
            "is in utf-8, not in cp1252",
        ),
        ({"lines": ["A1;1;yesterday;5;EUR;1;;rossi@example.com;"]}, "row 2: the date cannot be read"),
        ({"lines": [ONE, "A2;1;2026-03-01;five;EUR;1;;rossi@example.com;"]}, "1 of 2 rows .*row 3: the amount"),
        ({"lines": ["A1;1;2026-03-01;5;EUR;1;;;"]}, "no customer"),
    ],
    ids=["missing column", "wrong encoding", "spoilt letters", "date", "amount", "nobody"],
)
def test_what_does_not_keep_to_its_mapping_changes_nothing(shop, warehouse, wrong, words):
    before = landing.manifests()
    with pytest.raises(Broken, match=words):
        shop(**{"lines": [ONE], **wrong})
    assert (landing.manifests(), purchases(warehouse)) == (before, [])


def test_tolerated_rows_are_left_aside_and_told(shop, warehouse):
    shop([ONE, "A2;1;2026-03-01;five;EUR;1;;rossi@example.com;"], tolerated=0.5)
    assert [pk for pk, _, _ in purchases(warehouse)] == ["A1"]
    assert any("row 3, the amount cannot be read" in problem.what.en for problem in overview().problems)


def test_rows_left_aside_are_all_counted_and_told_until_a_reading_takes_everything(shop, warehouse, monkeypatch, cast):
    monkeypatch.setattr(sources, "MOST_NOTED", 1)
    bad = ["A2;1;2026-03-01;five;EUR;1;;rossi@example.com;", "A3;1;2026-03-01;six;EUR;1;;rossi@example.com;"]
    shop([ONE, *bad], tolerated=0.9)
    monkeypatch.setattr("anello.warehouse.status.RECENT", 1)
    run("person.create", {"last_name": "Verdi"}, cast.ctx("carla"))
    warehouse.load()
    assert ["2 rows left aside" in problem.what.en for problem in overview().problems] == [True]
    shop([ONE])
    assert overview().problems == []


@pytest.mark.parametrize("tolerated", [0, 0.9])
def test_rows_of_one_key_that_differ_are_not_chosen_from_by_chance(shop, warehouse, tolerated):
    """The default key is the purchase's number: of a file with a row for each line one line would be left."""
    lines = [
        f"A1;1;2026-03-01;{amount};EUR;1;{what};rossi@example.com;" for amount, what in ((5, "Lampada"), (7, "Spina"))
    ]
    other = "A2;1;2026-03-01;9;EUR;1;;rossi@example.com;"
    if not tolerated:
        with pytest.raises(Broken, match=r"row 2: another row has the same key.*“key”"):
            shop([*lines, other])
        return
    shop([*lines, other], tolerated=tolerated)
    assert [pk for pk, _, _ in purchases(warehouse)] == ["A2"]
    # Of those that say when they changed the newest counts, and older ones may differ as they like.
    older = [
        f"A1;1;2026-03-01;{amount};EUR;1;;rossi@example.com;2026-03-0{day}" for amount, day in ((5, 1), (6, 1), (8, 2))
    ]
    shop([*older, other])
    assert purchases(warehouse) == [("A1", "2026-03-01", 8.0), ("A2", "2026-03-01", 9.0)]


def test_a_reading_lands_only_what_changed(shop, warehouse):
    other = "A2;1;2026-03-01;9;EUR;1;;rossi@example.com;"
    assert shop([ONE, other]).rows == 2
    before = landing.manifests()
    assert shop([other, ONE]).rows == 0
    assert landing.manifests() == before
    stale = ONE.replace("2026-03-02", "2026-03-01")
    assert shop([stale, other.replace(";9;", ";10;")]).rows == 1
    assert shop([ONE, other]).rows == 1
    assert [amount for _, _, amount in purchases(warehouse)] == [1200.5, 9.0]


@pytest.mark.parametrize(
    ("date", "told"), [("%d/%m/%Y %H:%M:%S %z", "01/03/2026 23:30:00 +0000"), ("%d/%m/%Y %H:%M", "01/03/2026 18:30")]
)
def test_a_moment_with_its_offset_is_taken_as_it_is(shop, warehouse, date, told):
    shop([f"A1;1;{told};5;EUR;1;;rossi@example.com;"], date=date)
    found = warehouse.sql('SELECT CAST("at" AS VARCHAR) AS moment FROM mart.purchase').to_pylist()
    assert found == [{"moment": "2026-03-01 23:30:00"}]


def test_what_is_not_known_of_a_line_is_not_known_of_the_purchase(cast, warehouse, tmp_path):
    run("person.create", {"last_name": "Rossi", "email": "r@example.com"}, cast.ctx("carla"))
    warehouse.load()
    lines = ["id,line,day,net,won,who"]
    lines += [f"1,{n},2026-03-01,10,{won},r@example.com" for n, won in ((1, 4), (2, ""))]
    lines += [f"2,{n},2026-03-02,10,{won},r@example.com" for n, won in ((1, 4), (2, 3))]
    (tmp_path / "orders.csv").write_text("\n".join(lines))
    mappings.folder().mkdir()
    path = mappings.folder() / "till.toml"
    path.write_text(
        f'file = "{tmp_path}/orders.csv"\ncurrency = "EUR"\nkey = ["id", "line"]\n[columns]\npurchase_id = "id"\n'
        'at = "day"\namount = "net"\nmargin = "won"\nemail = "who"\n'
    )
    sources.load(mappings.read(path))
    found = warehouse.sql("SELECT purchase_id, CAST(margin AS DOUBLE) AS won FROM mart.purchase ORDER BY 1").to_pylist()
    assert [row["won"] for row in found] == [None, 7.0]


def test_other_currencies_count_at_the_rate_of_their_day_or_are_told(shop, warehouse):
    lines = ["D1;1;2026-03-10;100;USD;1;;rossi@example.com;", "D2;1;2026-04-10;100;USD;1;;rossi@example.com;"]
    shop([*lines, "Y1;1;2026-03-10;1000;JPY;1;;rossi@example.com;"])
    assert purchases(warehouse) == []
    assert any("2 purchases in USD are left out" in problem.what.en for problem in overview().problems)
    for day, rate in (("2026-01-01", "0.9"), ("2026-04-01", "0.8")):
        run("exchange_rate.create", {"currency": "usd", "day": day, "rate": rate}, Context())
    warehouse.load()
    assert purchases(warehouse) == [("D1", "2026-03-10", 90.0), ("D2", "2026-04-10", 80.0)]
    assert [problem.what.en for problem in overview().problems] == [
        "1 purchases in JPY are left out: there is no exchange rate."
    ]


def test_returns_and_gifts_are_kept_and_are_no_purchases(shop, warehouse):
    shop([ONE, "R1;1;2026-03-09;-200;EUR;-1;;rossi@example.com;", "G1;1;2026-03-10;0;EUR;1;;rossi@example.com;"])
    assert len(purchases(warehouse)) == 3
    customer = warehouse.sql("SELECT purchases, CAST(revenue AS DOUBLE) AS revenue FROM mart.customer").to_pylist()
    assert customer == [{"purchases": 1, "revenue": 1200.5}]


def test_purchases_follow_their_customer_through_merging_and_back(shop, warehouse, cast):
    shop([ONE, "N1;1;2026-03-01;5;EUR;1;;nobody@example.com;"])
    assert any("belong to no customer" in problem.what.en for problem in overview().problems)
    other = run("person.create", {"last_name": "Rossi", "first_name": "Ada"}, cast.ctx("carla"))

    def of():
        return {row["id"] for row in warehouse.sql("SELECT id FROM mart.purchase").to_pylist()}

    (loser,) = of()
    run("person.merge", {"losers": [loser]}, cast.ctx("bruno"), target=other.pk)
    assert warehouse.load().touched["person"] >= {loser, other.pk}
    assert of() == {other.pk}
    run("person.unmerge", {"merge": MergeRecord.objects.latest("pk").pk}, cast.ctx("bruno"), target=other.pk)
    assert warehouse.load().touched["person"] >= {loser, other.pk}
    assert of() == {loser}
    assert len(purchases(warehouse)) == 1
    # Also through merges of whom they were merged into.
    for _again in range(4):
        heir = run("person.create", {"last_name": "Rossi"}, cast.ctx("carla"))
        run("person.merge", {"losers": [loser]}, cast.ctx("bruno"), target=heir.pk)
        loser = heir.pk
    warehouse.load()
    assert of() == {heir.pk}
    run("person.create", {"last_name": "Nobody", "email": "nobody@example.com"}, cast.ctx("carla"))
    warehouse.load()
    assert len(purchases(warehouse)) == 2


def test_parquet_lands_like_csv(cast, warehouse, tmp_path):
    run("person.create", {"last_name": "Rossi", "external_id": "C-7"}, cast.ctx("carla"))
    warehouse.load()
    table = pa.table(
        {"id": [1, 2], "when": ["2026-01-02T10:00:00Z", "2026-01-03"], "eur": [1.5, 2.5], "who": ["c-7", "C-7"]}
    )
    pq.write_table(table, tmp_path / "orders.parquet")
    mappings.folder().mkdir()
    path = mappings.folder() / "till.toml"
    path.write_text(
        f'file = "{tmp_path}/*.parquet"\ncurrency = "EUR"\n[columns]\npurchase_id = "id"\nat = "when"\namount = "eur"\n'
        'external_id = "who"\n'
    )
    sources.load(mappings.read(path))
    assert [amount for _, _, amount in purchases(warehouse)] == [1.5, 2.5]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("file = 'x'\n[columns]\nat = 'a'\n", "columns lacks amount, purchase_id"),
        ("files = 'x'\n", "files: Extra inputs"),
        ("file = \n", "Invalid value"),
        ("schedule = 'at night'\n", "at night is no moment that cron knows"),
        ("schedule = '30 2 31 2 *'\n", "30 2 31 2 . is no moment that cron knows"),
        ("zone = 'Europe/Atlantis'\n", "Europe/Atlantis is no time zone"),
        (b"# caff\xe8\n", "codec can't decode byte"),
    ],
    ids=["incomplete", "misspelt", "no TOML", "no schedule", "never", "no zone", "no UTF-8"],
)
def test_a_mapping_that_is_wrong_says_where(warehouse, tmp_path, text, words):
    path = Path(tmp_path) / "shop.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(Broken, match=words):
        mappings.read(path)
