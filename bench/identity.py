"""Who is the same person: how right on the public fake_1000, how long for many.

The records come from `../shared/data/fake_1000.csv` or from the file that FAKE_1000 names; without it they are
not measured, and that is said. Those of the second part are made up from a seed (SCALE multiplies).
"""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bench.figures import Figures

FAKE = Path(os.environ.get("FAKE_1000", Path(__file__).parents[2] / "shared" / "data" / "fake_1000.csv"))
PRECISION, F1, SECONDS = 99, 90, 300
"""Bars, in percent and seconds."""
PEOPLE = 100_000
NAMES = 3000
"""So many first and last names there are; the commonest is borne by one in a hundred."""
Pair = tuple[int, int]

_FAKE = """
SELECT unique_id::BIGINT AS id, 1 AS version, nullif(lower(trim(first_name)), '') AS first_name,
    nullif(lower(trim(surname)), '') AS last_name, nullif(lower(trim(city)), '') AS city, NULL::VARCHAR AS street,
    NULL::VARCHAR AS tax_code, NULL::VARCHAR AS external_id, nullif(dob, '') AS birth_date,
    NULL::BIGINT AS organisation,
    CASE WHEN email <> '' THEN [lower(email)] ELSE [] END AS emails, []::VARCHAR[] AS phones, cluster::BIGINT AS who
FROM read_csv(?, all_varchar = true)
"""
_MANY = """
WITH person AS (
    SELECT n AS who, lpad(((hash(n * 3 + 1) % 1000000 / 1e6) ^ 2 * {names})::INT::VARCHAR, 4, '0') AS f,
        lpad(((hash(n * 5 + 2) % 1000000 / 1e6) ^ 2 * {names})::INT::VARCHAR, 4, '0') AS l,
        DATE '1940-01-01' + (hash(n * 7) % 24000)::INT AS born, (hash(n * 11) % 8000)::VARCHAR AS town,
        '+39' || (3300000000 + hash(n * 13) % 99999999)::VARCHAR AS phone
    FROM range({persons}) t(n)
),
record AS (
    SELECT *, translate('n' || f, '0123456789', 'aeioubcdfg') AS first,
        translate('c' || l, '0123456789', 'aeiourstlm') AS last,
        copy, hash(who * 17 + copy) AS h
    FROM person, range(CASE WHEN hash(who) % 4 = 0 THEN 2 ELSE 1 END) c(copy)
)
SELECT row_number() OVER (ORDER BY h) AS id, 1 AS version,
    CASE WHEN copy > 0 AND h % 5 = 0 THEN first || 'x' ELSE first END AS first_name,
    CASE WHEN copy > 0 AND h % 7 = 0 THEN last[:-2] ELSE last END AS last_name, 'town ' || town AS city,
    NULL::VARCHAR AS street, NULL::VARCHAR AS tax_code, NULL::VARCHAR AS external_id,
    CAST(CASE WHEN copy > 0 AND h % 6 = 0 THEN born + 1 ELSE born END AS VARCHAR) AS birth_date,
    NULL::BIGINT AS organisation,
    CASE WHEN h % 3 = 0 THEN [] ELSE [first || '.' || last || who % 97 || '@posta.it'] END AS emails,
    CASE WHEN copy > 0 AND h % 2 = 0 THEN [] ELSE [phone] END AS phones, who
FROM record
"""


def measure(figures: Figures, scale: float) -> None:
    """Right and found on fake_1000, then seconds for so many records."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anello.config.settings")
    import django

    django.setup()
    if FAKE.exists():
        _right(figures)
    else:
        print(f"identity: {FAKE} is not there, so that precision and F1 are not measured")
    _quick(figures, int(PEOPLE * scale))


def _right(figures: Figures) -> None:
    import duckdb

    from anello.intelligence.identity import model
    from anello.intelligence.identity.automatic import groups

    records = duckdb.execute(_FAKE, [str(FAKE)]).to_arrow_table()
    who = dict(zip(records["id"].to_pylist(), records["who"].to_pylist(), strict=True))
    found = model.resolve(records.drop(["who"])).pairs.select(["id_l", "id_r", "probability"]).to_pylist()

    def from_(probability: float) -> list[Pair]:
        return [(row["id_l"], row["id_r"]) for row in found if row["probability"] >= probability]

    together = [pair for group in groups(from_(0.99)) for pair in itertools.combinations(group, 2)]
    precision, f1 = _judged(from_(0.5), who)
    figures.least("identity: fake_1000, pairs proposed: precision", precision, PRECISION, "%")
    figures.least("identity: fake_1000, pairs proposed: F1", f1, F1, "%")
    precision, f1 = _judged(together, who)
    figures.least("identity: fake_1000, merged at 99 %: precision", precision, PRECISION, "%")
    print(f"identity: fake_1000, merged at 99 %: F1 {f1:.1f} %")


def _judged(pairs: Iterable[Pair], who: dict[int, int]) -> tuple[float, float]:
    """Precision and F1 of pairs, in percent."""
    said = list(pairs)
    right = sum(who[one] == who[other] for one, other in said)
    every = sum(one == other for one, other in itertools.combinations(who.values(), 2))
    return 100 * right / len(said), 100 * 2 * right / (len(said) + every)


def _quick(figures: Figures, people: int) -> None:
    import duckdb

    from anello.intelligence.identity import model

    made: Any = duckdb.execute(_MANY.format(names=NAMES, persons=int(people / 1.25))).to_arrow_table()
    started = time.monotonic()
    found = model.resolve(made.drop(["who"]))
    seconds = time.monotonic() - started
    print(f"identity: {found.looked_at:,} pairs looked at, {found.sure:,} of them certain")
    figures.most(f"identity: {made.num_rows:,} people compared", seconds, SECONDS, "s")
