"""A queryset of the CRM, asked of the warehouse: the same predicate on another engine.

Django compiles it for PostgreSQL, sqlglot writes it for DuckDB, on tables of the same names and columns. So what a
person may see and what a filter finds is the same here as there. What is not known to mean the same is Untranslatable.
"""

from __future__ import annotations

import datetime as dt
import decimal
import uuid
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import QuerySet

from anello.kit.text import L
from anello.warehouse.datasets import UNUSED, datasets
from anello.warehouse.engine import quote
from anello.warehouse.errors import Untranslatable

if TYPE_CHECKING:
    from sqlglot import exp

_MARK = "anello_p"


def translate(queryset: QuerySet[Any, Any], at: dt.datetime | None = None) -> str:
    """The queryset's SQL for DuckDB, values inside: a statement, or a subquery in brackets of one's own.

    With `at` it finds what it would have found at that moment, as far back as the warehouse remembers.

    >>> sql(f"SELECT count(*) FROM ({translate(Person.objects.filter(visible(actor, 'person')).values('pk'))})")
    """
    import sqlglot

    # With elide_empty a predicate that nothing meets would raise instead of finding nothing.
    compiled, parameters = queryset.query.get_compiler(connection=connection, elide_empty=False).as_sql()
    marked = compiled % tuple(f":{_MARK}{index}" for index in range(len(parameters)))
    try:
        tree = sqlglot.parse_one(marked, read="postgres")
    except sqlglot.errors.SqlglotError as error:
        raise _refused("SQL") from error
    tree = tree.transform(lambda node: _place(node, parameters), copy=False)
    tree = tree.transform(_without_index, copy=False)
    _require_known(tree)
    tree = tree.transform(_adapt, copy=False)
    if at is not None:
        tree = tree.transform(lambda node: _as_of(node, at), copy=False)
    return tree.sql(dialect="duckdb")


def _as_of(node: exp.Expression, at: dt.datetime) -> exp.Expression:
    """What was in a table at that moment, under the table's name."""
    import sqlglot
    from sqlglot import exp

    if not isinstance(node, exp.Table) or node.db != "main":
        return node
    moment = value(at).sql(dialect="duckdb")
    was = (
        f'SELECT * FROM main.event WHERE "at" <= {moment}'
        if node.name == "event"
        else f"SELECT * FROM history.{quote(node.name)} "
        f"WHERE _valid_from <= {moment} AND coalesce(_valid_to > {moment}, true)"
    )
    inner = sqlglot.parse_one(was, read="duckdb")
    return exp.Subquery(this=inner, alias=exp.TableAlias(this=exp.to_identifier(node.alias_or_name, quoted=True)))


def _refused(what: str) -> Untranslatable:
    return Untranslatable(
        L(f"Il magazzino dati non sa rispondere a «{what}».", f"The warehouse cannot answer “{what}”.")
    )


def _place(node: exp.Expression, parameters: tuple[Any, ...]) -> exp.Expression:
    """Values for their marks."""
    from sqlglot import exp

    if isinstance(node, exp.Placeholder) and str(node.this).startswith(_MARK):
        return value(parameters[int(str(node.this).removeprefix(_MARK))])
    return node


def value(given: Any) -> exp.Expression:
    """A Python value as SQL."""
    from sqlglot import exp

    given = getattr(given, "obj", given)  # psycopg's wrappers
    match given:
        case None:
            return exp.null()
        case bool():
            return exp.Boolean(this=given)
        case str():
            return exp.Literal.string(given)
        case int():
            return exp.Literal.number(given)
        case decimal.Decimal() if given.is_finite():
            digits = max(0, -int(given.as_tuple().exponent))
            return exp.cast(exp.Literal.string(f"{given:f}"), f"DECIMAL(38, {digits})")
        case float():
            return exp.cast(exp.Literal.string(repr(given)), "DOUBLE")
        case dt.datetime():
            return exp.cast(exp.Literal.string(given.isoformat()), "TIMESTAMPTZ" if given.tzinfo else "TIMESTAMP")
        case dt.date():
            return exp.cast(exp.Literal.string(given.isoformat()), "DATE")
        case uuid.UUID():
            return exp.cast(exp.Literal.string(str(given)), "UUID")
        case list() | tuple():
            return exp.Array(expressions=[value(one) for one in given])
    raise _refused(type(given).__name__)


def _without_index(node: exp.Expression) -> exp.Expression:
    """`search_text LIKE …` only narrows for an index what its neighbour asks exactly."""
    from sqlglot import exp

    if not isinstance(node, exp.And):
        return node
    for side, other in ((node.this, node.expression), (node.expression, node.this)):
        bare = side.unnest()
        if isinstance(bare, exp.Like | exp.Escape) and {c.name for c in bare.find_all(exp.Column)} <= UNUSED:
            return other
    return node


def _known_nodes() -> tuple[type[exp.Expression], ...]:
    from sqlglot import exp

    return (
        exp.Select, exp.From, exp.Join, exp.Where, exp.Group, exp.Having, exp.Order, exp.Ordered, exp.Limit, exp.Offset,
        exp.Subquery, exp.Table, exp.TableAlias, exp.Alias, exp.Column, exp.Identifier, exp.Star, exp.Distinct,
        exp.Union, exp.And, exp.Or, exp.Not, exp.Paren, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is,
        exp.In,
        exp.Exists, exp.Between, exp.Like, exp.Escape, exp.Null, exp.Boolean, exp.Literal, exp.Cast, exp.DataType,
        exp.DataTypeParam, exp.Array, exp.ArrayOverlaps, exp.Upper, exp.Lower, exp.Coalesce, exp.Case, exp.If,
        exp.Count, exp.Sum, exp.Min, exp.Max, exp.Avg, exp.Filter, exp.Add, exp.Sub, exp.Mul, exp.Neg, exp.AtTimeZone,
        exp.TimestampTrunc, exp.DateTrunc, exp.Var, exp.Tuple,
    )  # fmt: skip


def _require_known(tree: exp.Expression) -> None:
    from sqlglot import exp

    known, tables = _known_nodes(), {**datasets(), "event": None}
    for node in tree.walk():
        if not isinstance(node, known):
            raise _refused(node.sql(dialect="postgres")[:80])
        if isinstance(node, exp.Table) and node.name not in tables:
            raise _refused(node.name)
        if isinstance(node, exp.Column) and node.name in UNUSED:
            raise _refused(node.name)


def _adapt(node: exp.Expression) -> exp.Expression:
    """What the two engines write alike and mean differently."""
    from sqlglot import exp

    if isinstance(node, exp.Like) and not isinstance(node.parent, exp.Escape):
        # PostgreSQL escapes by a backslash unless told otherwise, DuckDB by nothing.
        return exp.Escape(this=node.copy(), expression=exp.Literal.string("\\"))
    if isinstance(node, exp.Table) and not node.args.get("db"):
        node.set("db", exp.to_identifier("main"))
    return node
