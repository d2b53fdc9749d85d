"""Probable duplicates: who may be the same as whom, how likely, and why.

Evidence adds up as chances do: `score = 1 - Π(1 - weight)`. A key (e-mail, phone, tax code…) counts wherever it stands,
in the customer's own columns or among the contact points; one that more than `CROWD` records share says nothing. What
many share by chance (a birth date, a city, an employer, part of an e-mail) only counts beside a name that is alike.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Literal

from django.db import connection, transaction

from anello.core.modules import L, Module
from anello.core.policies import Actor, field_access, visible
from anello.kit.email import email_key
from anello.kit.text import normalise

THRESHOLD = 0.6
"""The least score of a probable duplicate."""
ALIKE = 0.6
"""Trigram similarity from which two names are alike (pg_trgm, on names in normal form)."""
PARTLY = 0.5
"""Word similarity from which one name is part of the other; only looked at among the same birth date."""
CROWD = 20

WEIGHTS: dict[str, float] = {
    "tax_code": 0.99,
    "external_id": 0.95,
    "email": 0.9,
    "vat": 0.8,
    "phone": 0.7,
    "same_name": 0.5,
    "alike_name": 0.4,
    "part_name": 0.3,
    "birth_date": 0.5,
    "alike_email": 0.5,
    "close_birth_date": 0.35,
    "city": 0.35,
    "organisation": 0.35,
}
_OF_ORGANISATIONS = {"vat": 0.95, "same_name": 0.6}
"""Names of organisations are meant to be unique; people's are not."""
REASONS: dict[str, L] = {
    "tax_code": L("Stesso codice fiscale", "Same tax code"),
    "external_id": L("Stesso codice esterno", "Same external id"),
    "email": L("Stessa e-mail", "Same e-mail"),
    "vat": L("Stessa partita IVA", "Same VAT number"),
    "phone": L("Stesso telefono", "Same phone"),
    "same_name": L("Stesso nome", "Same name"),
    "alike_name": L("Nome simile", "Similar name"),
    "part_name": L("Parte del nome", "Part of the name"),
    "alike_email": L("E-mail simile", "Similar e-mail"),
    "birth_date": L("Stessa data di nascita", "Same birth date"),
    "close_birth_date": L("Data di nascita vicina", "Close birth date"),
    "city": L("Stessa città", "Same city"),
    "organisation": L("Stessa organizzazione", "Same organisation"),
}
COLUMNS: dict[str, tuple[str, ...]] = {
    "email": ("email",),
    "phone": ("phone", "mobile"),
    "tax_code": ("tax_code",),
    "vat": ("vat",),
    "external_id": ("external_id",),
}
"""The columns of a customer in which a kind of key stands."""

Reach = Literal["keys", "blocks", "similar"]
"""How far to look: `keys` (and the same name with the same birth date) and `blocks` (the same name, or the same birth
date with a name that is alike) are joins; `similar` asks the trigram index for each name."""


@dataclass(frozen=True)
class Match:
    """A record that may be the same, how likely (0 to 1), and why (names of `REASONS`, the strongest first)."""

    record: Any
    score: float
    reasons: tuple[str, ...]

    @property
    def words(self) -> list[L]:
        return [REASONS[reason] for reason in self.reasons]


def find(actor: Actor, module: Module, values: Mapping[str, Any], exclude: int | None = None) -> list[Match]:
    """Probable duplicates of a record with these values among those the actor may see, the likeliest first.

    `values` are canonical and may be few; `exclude` is the record itself when it is stored already.
    """
    return find_many(actor, module, [values], exclude=[exclude], reach="similar")[0]


def find_many(
    actor: Actor,
    module: Module,
    rows: Sequence[Mapping[str, Any]],
    *,
    exclude: Sequence[int | None] | None = None,
    reach: Reach = "keys",
) -> list[list[Match]]:
    """For each of many rows its probable duplicates; two statements whatever the number."""
    access = field_access(actor, module)
    seen = [{n: v for n, v in row.items() if access.get(n) != "hidden" and v not in (None, "", [])} for row in rows]
    probes = [
        {"n": n, "id": own, **_probe(module, values)}
        for n, (values, own) in enumerate(zip(seen, exclude or [None] * len(rows), strict=True))
    ]
    found = _search(module, reach, _GIVEN, {"probes": json.dumps(probes, default=str)})
    records = module.model._default_manager.filter(visible(actor, module)).in_bulk([pk for _, pk, _ in found])
    matches: list[list[Match]] = [[] for _ in rows]
    for n, pk, reasons in found:
        if pk in records and reasons:
            matches[n].append(Match(records[pk], score(module.name, reasons), reasons))
    return [sorted(of_one, key=lambda m: (-m.score, m.record.pk)) for of_one in matches]


def among(module: Module, ids: Iterable[int], reach: Reach) -> dict[tuple[int, int], tuple[str, ...]]:
    """Pairs (lower id first) that stored records form with all others of the module, and why; for the scan."""
    found = _search(module, reach, _STORED, {"ids": list(ids)})
    return {(min(a, b), max(a, b)): reasons for a, b, reasons in found}


def score(module: str, reasons: Iterable[str]) -> float:
    weights = WEIGHTS | _OF_ORGANISATIONS if module == "organisation" else WEIGHTS
    return round(1 - prod(1 - weights[reason] for reason in reasons), 4)


def _probe(module: Module, values: Mapping[str, Any]) -> dict[str, Any]:
    names = ("name",) if module.name == "organisation" else ("first_name", "last_name")
    keys = {kind: [str(values[c]) for c in columns if values.get(c)] for kind, columns in COLUMNS.items()}
    keys["email"] = [email_key(email) for email in keys["email"]]
    return {
        "title_key": normalise(" ".join(str(values.get(n, "")) for n in names))[:100],
        "birth_date": values.get("birth_date"),
        "city": str(values.get("city", "")),
        "email": email_key(str(values.get("email", ""))),
        "organisation": values.get("organisation"),
        "keys": keys,
    }


_GIVEN = """
probe AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%(probes)s::jsonb)
        AS p (n int, id bigint, title_key text, birth_date date, city text, email text, organisation bigint, keys jsonb)
),
keys AS MATERIALIZED (
    SELECT DISTINCT n, kind, key FROM probe, jsonb_each(keys) AS k (kind, many), jsonb_array_elements_text(many) AS key
),
"""
_STORED = """
probe AS MATERIALIZED (
    SELECT id AS n, id, title_key, {birth_date} AS birth_date, city, lower(email) AS email,
        {organisation} AS organisation
    FROM {table} WHERE id = ANY(%(ids)s) AND deleted_at IS NULL
),
keys AS MATERIALIZED (
    {own_keys}
    UNION SELECT c.{link}, CASE c.kind WHEN 'email' THEN 'email' ELSE 'phone' END, lower(c.value)
    FROM probe JOIN customers_contactpoint c ON c.{link} = probe.id
    WHERE c.deleted_at IS NULL AND c.kind IN ('email', 'phone', 'mobile')
),
"""
# Each look-up is a lateral one that OFFSET or LIMIT keeps from being joined otherwise: nobody can tell the planner how
# many probes there are, and reading all customers would cost seconds.
_SAME = """SELECT k.n, r.id, k.kind, k.key FROM keys k CROSS JOIN LATERAL (
        SELECT id FROM {table} r WHERE {key} = k.key AND r.deleted_at IS NULL AND r.{column} <> '' LIMIT {crowd} + 2
    ) r WHERE k.kind = '{kind}'"""
_FURTHER = """SELECT k.n, c.id, k.kind, k.key FROM keys k CROSS JOIN LATERAL (
        SELECT {link} AS id FROM customers_contactpoint c
        WHERE lower(c.value) = k.key AND c.deleted_at IS NULL AND c.{link} IS NOT NULL
            AND (k.kind = 'email') = (c.kind = 'email') LIMIT {crowd} + 2
    ) c WHERE k.kind IN ('email', 'phone')"""
_NAMED = """SELECT p.n, r.id FROM probe p CROSS JOIN LATERAL (
        SELECT id FROM {table} r
        WHERE anello_name_key(r.title_key) = anello_name_key(p.title_key) AND r.deleted_at IS NULL{born} OFFSET 0
    ) r WHERE anello_name_key(p.title_key) <> ''"""
_BORN = """SELECT p.n, r.id FROM probe p CROSS JOIN LATERAL (
        SELECT id, title_key FROM {table} r WHERE r.birth_date = p.birth_date AND r.deleted_at IS NULL OFFSET 0
    ) r
    WHERE greatest(word_similarity(p.title_key, r.title_key), word_similarity(r.title_key, p.title_key)) >= {partly}"""
_ALIKE = """SELECT p.n, r.id FROM probe p CROSS JOIN LATERAL (
        SELECT id FROM {table} r WHERE r.title_key %% p.title_key AND r.deleted_at IS NULL OFFSET 0
    ) r WHERE p.title_key <> ''"""
_QUERY = """
WITH {probe}
same AS ({same}),
evidence AS (
    SELECT n, id, array_agg(DISTINCT kind) AS kinds
    FROM (SELECT *, count(*) OVER (PARTITION BY n, kind, key) AS many FROM same) crowds
    WHERE many <= {crowd} + 1 GROUP BY n, id
),
candidate AS (SELECT n, id FROM evidence UNION {near}),
compared AS (
    SELECT p.n, r.id, e.kinds,
        anello_name_key(p.title_key) <> '' AND anello_name_key(p.title_key) = anello_name_key(r.title_key) AS same_name,
        similarity(p.title_key, r.title_key) >= {alike} AS alike_name,
        greatest(word_similarity(p.title_key, r.title_key), word_similarity(r.title_key, p.title_key)) >= {partly}
            AND p.title_key <> '' AS part_name,
        {birth_date} = p.birth_date AS birth_date,
        (date_part('year', {birth_date}) = date_part('year', p.birth_date))::int
            + (date_part('month', {birth_date}) = date_part('month', p.birth_date))::int
            + (date_part('day', {birth_date}) = date_part('day', p.birth_date))::int = 2 AS close_birth_date,
        lower(r.city) = lower(p.city) AND p.city <> '' AS city,
        {organisation} = p.organisation AS organisation,
        p.email <> lower(r.email) AND similarity(p.email, lower(r.email)) >= {alike} AS alike_email
    FROM candidate c JOIN probe p USING (n) LEFT JOIN evidence e ON e.n = c.n AND e.id = c.id
        CROSS JOIN LATERAL (SELECT * FROM {table} r WHERE r.id = c.id AND r.deleted_at IS NULL OFFSET 0) r
    WHERE r.id IS DISTINCT FROM p.id
)
SELECT n, id, kinds, same_name, alike_name, part_name, birth_date, close_birth_date, city, organisation, alike_email
FROM compared
WHERE kinds IS NOT NULL OR (part_name OR alike_name OR same_name)
"""
_FACTS = ("birth_date", "close_birth_date", "city", "organisation", "alike_email")


def _search(
    module: Module, reach: Reach, probe: str, parameters: Mapping[str, Any]
) -> list[tuple[int, int, tuple[str, ...]]]:
    """[(n, id, reasons)] of the candidates that reach the threshold."""
    with transaction.atomic(), connection.cursor() as cursor:
        # Every look-up has its index; a column that is mostly empty misleads the planner into reading all customers.
        cursor.execute(
            "SELECT set_config('pg_trgm.similarity_threshold', %s, true), set_config('enable_seqscan', 'off', true)",
            [str(ALIKE)],
        )
        cursor.execute(_statement(module, reach, probe), parameters)
        rows = [(n, pk, _reasons(*facts)) for n, pk, *facts in cursor]
        cursor.execute("SELECT set_config('enable_seqscan', 'on', true)")
    return [row for row in rows if score(module.name, row[2]) >= THRESHOLD]


def _statement(module: Module, reach: Reach, probe: str) -> str:
    table, person = module.model._meta.db_table, module.name == "person"
    words = {
        "table": table,
        "link": f"{module.name}_id",
        "partly": PARTLY,
        "alike": ALIKE,
        "crowd": CROWD,
        "birth_date": "birth_date" if person else "NULL::date",
        "organisation": "organisation_id" if person else "NULL::bigint",
    }
    stands = [(kind, c) for kind, columns in COLUMNS.items() for c in columns if module.has(c)]
    same = [
        _SAME.format(
            table=table, crowd=CROWD, kind=kind, column=c, key="lower(r.email)" if kind == "email" else f"r.{c}"
        )
        for kind, c in stands
    ]
    born = " AND r.birth_date = p.birth_date" if person and reach == "keys" else ""
    near = [_NAMED.format(**words, born=born)]
    if person and reach != "keys":
        near.append(_BORN.format(**words))
    if reach == "similar":
        near.append(_ALIKE.format(**words))
    own_keys = "\n    UNION ".join(
        f"SELECT r.id AS n, '{kind}' AS kind, {'lower(r.email)' if kind == 'email' else f'r.{c}'} AS key "
        f"FROM probe JOIN {table} r USING (id) WHERE r.{c} <> ''"
        for kind, c in stands
    )
    columns = words | {
        "birth_date": "r.birth_date" if person else "NULL::date",
        "organisation": "r.organisation_id" if person else "NULL::bigint",
    }
    return _QUERY.format(
        **columns,
        probe=probe if probe is _GIVEN else probe.format(**words, own_keys=own_keys),
        same="\n    UNION ".join([*same, _FURTHER.format(**words)]),
        near="\n    UNION ".join(near),
    )


def _reasons(kinds: list[str] | None, same: bool, alike: bool, part: bool, *facts: bool | None) -> tuple[str, ...]:
    name = "same_name" if same else "alike_name" if alike else "part_name" if part else None
    found = [*(kinds or ()), *([name] if name else [])]
    if name:
        found += [fact for fact, holds in zip(_FACTS, facts, strict=True) if holds]
    return tuple(sorted(found, key=lambda reason: -WEIGHTS[reason]))
