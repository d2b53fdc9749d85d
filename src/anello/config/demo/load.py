"""A load set: as many customers as one likes, made by the database itself, to measure with.

Rows are made in bulk by `INSERT … SELECT generate_series`, with indexes built after; every column holds what the engine
would have stored (a test compares). Names and cities are skewed, so that some searches find very much and some little.
"""

# ruff: noqa: E501, SIM905 (SQL and lists of words read better whole)
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import connection, models, transaction

from anello.config.demo import DemoError, staff
from anello.core.accounts.models import User
from anello.core.actions import Context
from anello.core.events.consumers import registered
from anello.core.events.models import Cursor
from anello.core.modules import get
from anello.operations.sales.defaults import ensure_defaults

Progress = Callable[[str, int, int], None]
"""Called with (what, done, in all)."""
BATCH = 100_000

FIRST = """Mario Giulia Luca Anna Marco Sara Paolo Elena Andrea Chiara Giuseppe Francesca Antonio Laura Matteo Martina Davide
Alessia Simone Valentina Stefano Silvia Roberto Federica Alberto Ilaria Enrico Marta Fabio Paola Giorgio Monica Claudio Lucia
Riccardo Teresa Daniele Irene Pietro Serena Filippo Caterina Nicola Giada Michele Arianna Tommaso Beatrice Gabriele Noemi""".split()
LAST = """Rossi Ferrari Russo Bianchi Romano Gallo Costa Fontana Conti Esposito Ricci Bruno Rizzo Moretti Marino Greco Barbieri
Lombardi Giordano Cassano Colombo Mancini Longo Leone Martinelli Marchetti Martini Galli Gatti Mariani Ferrara Santoro Marini
Bianco Conte Serra Farina Gentile Caruso Morelli Ferri Testa Ferraro Pellegrini Grassi Rossetti Orlando Bernardi Mazza Silvestri
Palumbo Parisi Villa Guerra Valentini Sala Bassi Negri Basile Monti Riva Donati Amato Sanna Piras Fiore Vitale Battaglia Rinaldi
Coppola Messina Marchi Ferretti Benedetti Pagano Milani Cattaneo Neri Fabbri Caputo Montanari Guidi Grasso Piazza Damico Rota""".split()
CITIES = """Milano Roma Torino Napoli Bologna Firenze Genova Verona Padova Bari Palermo Catania Brescia Parma Modena Trieste
Bergamo Vicenza Ravenna Rimini Ferrara Novara Ancona Pescara Lecce Trento Bolzano Udine Arezzo Como Varese Pisa Lucca""".split()
TRADES = (
    "Officine Studio Arredi Impianti Edilizia Trasporti Alimentari Tessuti Grafica Meccanica Consulenze Servizi".split()
)
SUBJECTS = """Richiesta di preventivo|Telefonata di cortesia|Sollecito della consegna|Invio del catalogo|Domanda sulla fattura|
Appuntamento in sede|Reclamo per un ritardo|Conferma di ordine|Informazioni sui tempi|Rinnovo del contratto""".replace("\n", "").split("|")  # fmt: skip

RANDOM = """
CREATE OR REPLACE FUNCTION pg_temp.chance(n bigint, salt bigint) RETURNS float8 LANGUAGE sql IMMUTABLE AS
$$ SELECT (hashint8extended(n, salt) & 2147483647) / 2147483648.0 $$;
CREATE OR REPLACE FUNCTION pg_temp.pick(words text[], n bigint, salt bigint) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT words[1 + floor(power(pg_temp.chance(n, salt), 1.7) * cardinality(words))::int] $$;
"""


@dataclass(frozen=True)
class Table:
    """How the rows of one module are made: `source` is a SELECT over `n`, `columns` expressions over its columns."""

    module: str
    rows: int
    source: str
    columns: Mapping[str, str]
    parameters: Sequence[Any] = ()


def fill(people: int, progress: Progress) -> None:
    """Make `people` people and what hangs on them; DemoError when there are already that many."""
    person = get("person").model
    if person._default_manager.count() >= people:
        raise DemoError(f"There are {people:,} people already.")
    _staff()
    with connection.cursor() as cursor:
        cursor.execute(RANDOM)
        cursor.execute("SET maintenance_work_mem = '512MB'; SET synchronous_commit = off")
        for table in _tables(people):
            _make(cursor, table, progress)
        progress("event", 0, people)
        cursor.execute(EVENTS)
        progress("event", people, people)
        _consumed(cursor)
        cursor.execute("VACUUM ANALYZE")


def _staff() -> None:
    if not User.objects.exists():
        with transaction.atomic():
            password = make_password(staff.PASSWORD)
            for user in staff.hire(staff.CAST | staff.COLLEAGUES, Context(via="cli")).values():
                user.password = password
                user.save(update_fields=["password"])
    ensure_defaults()


def _tables(people: int) -> list[Table]:
    """Customers, their deals, activities, orders and interactions; ids continue after those there are."""
    sellers = list(
        User.objects.filter(roles__key__in=("sales", "sales_manager")).order_by("pk").values_list("pk", "team_id")
    )
    owners, teams = [pk for pk, _ in sellers], [team for _, team in sellers]
    organisations, deals = max(1, people // 25), max(1, people * 3 // 10)
    first_person, first_organisation = _next("person"), _next("organisation")
    common = {
        "owner_id": "(%(owners)s::bigint[])[seller]",
        "team_id": "(%(teams)s::bigint[])[seller]",
        "created_by_id": "(%(owners)s::bigint[])[seller]",
        "updated_by_id": "(%(owners)s::bigint[])[seller]",
        "created_at": "made",
        "updated_at": "made + (now() - made) * pg_temp.chance(n, 91)",
        "title": "title",
        "title_key": "left(lower(title), 100)",
        "search_text": "lower(title)",
    }
    base = (
        "n, 1 + floor(pg_temp.chance(n, 1) * %(sellers)s)::int AS seller, "
        "now() - interval '700 days' * pg_temp.chance(n, 2) AS made"
    )
    known = {
        "owners": owners, "teams": teams, "sellers": len(sellers), "first": FIRST, "last": LAST, "cities": CITIES,
        "trades": TRADES, "subjects": SUBJECTS, "people": people, "organisations": organisations,
        "person": first_person, "organisation": first_organisation,
        "phases": ["prospect", "first_time", "renewal", "loyal", "churn"],
        "stages": [stage.pk for stage in get("stage").model._default_manager.order_by("pk")],
    }  # fmt: skip
    city, contact = "pg_temp.pick(%(cities)s, n, 5)", "lower(first || '.' || last) || '.' || n || '@example.com'"
    mobile = "'3' || lpad(n::text, 9, '0')"
    to_person = "%(person)s + floor(pg_temp.chance(n, 11) * %(people)s)::bigint"
    to_organisation = "%(organisation)s + floor(pg_temp.chance(n, 12) * %(organisations)s)::bigint"
    sum_of_money = "round((200 + 60000 * power(pg_temp.chance(n, 21), 3))::numeric, 2)"
    plans = [
        Table(
            "organisation",
            organisations,
            f"SELECT {base}, {city} AS city, pg_temp.pick(%(trades)s, n, 3) || ' ' || pg_temp.pick(%(last)s, n, 4) "
            "|| ' ' || n AS title",
            {
                "name": "title",
                "city": "city",
                "phase": "(%(phases)s::text[])[1 + floor(pg_temp.chance(n, 6) * 5)::int]",
                "revenue": "round((100000 * (1 + 90 * power(pg_temp.chance(n, 7), 3)))::numeric, 2)",
                "search_text": "lower(title) || ' ' || lower(city)",
            },
        ),
        Table(
            "person",
            people,
            f"SELECT {base}, {city} AS city, pg_temp.pick(%(first)s, n, 3) AS first, pg_temp.pick(%(last)s, n, 4) AS last",
            {
                "title": "first || ' ' || last",
                "title_key": "lower(first || ' ' || last)",
                "search_text": f"lower(first || ' ' || last || ' ' || first || ' ' || last) || ' ' || n || ' example com 39' "
                f"|| {mobile} || ' ' || {mobile} || ' ' || lower(city)",
                "first_name": "first",
                "last_name": "last",
                "email": contact,
                "mobile": f"'+39' || {mobile}",
                "city": "city",
                "phase": "(%(phases)s::text[])[1 + floor(pg_temp.chance(n, 6) * 5)::int]",
                "organisation_id": f"CASE WHEN n %% 3 = 0 THEN {to_organisation} END",
            },
        ),
        Table(
            "opportunity",
            deals,
            f"SELECT b.*, s.id AS stage, s.pipeline_id, s.kind, s.probability, {sum_of_money} AS amount FROM (SELECT {base}, "
            "'Fornitura ' || pg_temp.pick(%(trades)s, n, 3) || ' ' || n AS title FROM generate_series(%(low)s, %(high)s) n) b "
            "JOIN sales_stage s ON s.id = (%(stages)s::bigint[])[1 + floor(pg_temp.chance(n, 8) * cardinality(%(stages)s::bigint[]))::int]",
            {
                "name": "title",
                "organisation_id": to_organisation,
                "pipeline_id": "pipeline_id",
                "stage_id": "stage",
                "status": "kind",
                "amount": "amount",
                "probability": "probability",
                "expected": "round(amount * probability / 100, 2)",
                "forecast": "CASE kind WHEN 'open' THEN 'pipeline' WHEN 'won' THEN 'closed' ELSE 'omitted' END",
                "close_date": "(made + interval '90 days')::date",
                "closed_at": "CASE WHEN kind <> 'open' THEN least(now(), made + interval '60 days') END",
                "stage_since": "made",
                "lost_reason": "CASE WHEN kind = 'lost' THEN 'price' ELSE '' END",
            },
        ),
        Table(
            "activity",
            max(1, people // 5),
            f"SELECT {base}, pg_temp.pick(%(subjects)s, n, 3) AS title",
            {
                "subject": "title",
                "kind": "(ARRAY['call', 'meeting', 'task'])[1 + n %% 3]",
                "status": "'planned'",
                "start_at": "date_trunc('hour', now() - interval '300 days' + interval '330 days' * pg_temp.chance(n, 9))",
                "end_at": "date_trunc('hour', now() - interval '300 days' + interval '330 days' * pg_temp.chance(n, 9)) "
                "+ interval '1 hour'",
                "person_id": to_person,
                "uid": "'load-' || n || '@anello.example'",
            },
        ),
        Table(
            "order",
            max(1, people // 10),
            f"SELECT {base}, 'L' || n AS title, {sum_of_money} AS total",
            {
                "number": "title",
                "person_id": to_person,
                "date": "made::date",
                "status": "'fulfilled'",
                "total": "total",
                "net": "total",
                "taxable": "total",
                "items": "1",
                "search_text": "lower(title) || ' ' || lower(title)",
            },
        ),
        Table(
            "interaction",
            people * 3,
            f"SELECT {base}, pg_temp.pick(%(subjects)s, n, 3) AS title",
            {
                "subject": "title",
                "search_text": "lower(title) || ' ' || lower(title)",
                "person_id": "%(person)s + n %% %(people)s",
                "channel": "(ARRAY['phone', 'email', 'visit', 'chat'])[1 + floor(pg_temp.chance(n, 9) * 4)::int]",
                "direction": "(ARRAY['in', 'out'])[1 + n %% 2]",
                "at": "made",
            },
        ),
    ]
    return [Table(p.module, p.rows, p.source, {**common, **p.columns}, [known]) for p in plans]


def _next(module: str) -> int:
    last = get(module).model._default_manager.aggregate(last=models.Max("pk"))["last"]
    return (last or 0) + 1


def _make(cursor: Any, table: Table, progress: Progress) -> None:
    """Drop the indexes that serve no constraint, insert in batches, build the indexes again."""
    model = get(table.module).model
    name, first = model._meta.db_table, _next(table.module)
    columns = {"id": f"{first - 1} + n", **table.columns}
    values: dict[str, Any] = dict(table.parameters[0])
    for f in model._meta.concrete_fields:
        if f.column is not None and f.column not in columns:
            columns[f.column] = f"%(default_{f.column})s"
            default = f.get_db_prep_save(f.get_default(), connection)
            values[f"default_{f.column}"] = default if default is not None or f.null else ""
    source = (
        table.source
        if "generate_series" in table.source
        else f"{table.source} FROM generate_series(%(low)s, %(high)s) n"
    )
    insert = f"INSERT INTO {name} ({', '.join(columns)}) SELECT {', '.join(columns.values())} FROM ({source}) made"
    cursor.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = %s::regclass "
        "AND NOT indisunique",
        [name],
    )
    indexes = cursor.fetchall()
    with transaction.atomic():
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for index, _ in indexes:
            cursor.execute(f"DROP INDEX {index}")
        for low in range(1, table.rows + 1, BATCH):
            high = min(low + BATCH - 1, table.rows)
            cursor.execute(insert, {**values, "low": low, "high": high})
            progress(table.module, high, table.rows)
        for _, definition in indexes:
            cursor.execute(definition)
        cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), (SELECT max(id) FROM " + name + "))", [name])


EVENTS = """
INSERT INTO event (at, kind, module, record_id, version, actor_id, via, batch, changes)
SELECT created_at, 'person.created', 'person', id, 1, owner_id, 'system', gen_random_uuid(),
       jsonb_build_object('last_name', jsonb_build_array(NULL, last_name), 'email', jsonb_build_array(NULL, email))
FROM customers_person p WHERE NOT EXISTS (SELECT FROM event e WHERE e.module = 'person' AND e.record_id = p.id)
"""


def _consumed(cursor: Any) -> None:
    """History that was made has been consumed: nobody shall be told of a million new customers."""
    cursor.execute("SELECT pg_current_xact_id()::text, coalesce(max(id), 0) FROM event")
    tx, last = cursor.fetchone()
    for name in registered():
        Cursor.objects.update_or_create(consumer=name, defaults={"tx": int(tx), "event_id": last})
