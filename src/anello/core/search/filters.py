"""Filters as data: one grammar for lists, saved views, the API and exports.

A filter is `{"all": [...]}`, `{"any": [...]}`, `{"not": filter}` or a condition
`{"field": "value", "op": "gte", "value": 1000}`. A path crosses relations: `organisation.city` follows a link,
`opportunity:organisation` the records that point here (`module:link`), with `has`/`has_no` and a filter on them.
Fields that the actor may not see do not exist here, and related records count only if the actor may see them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db.models import CharField, Q, TextField
from django.utils import timezone

from anello.core.actions import Invalid
from anello.core.modules import Field, Link, Module, Ref, get, incoming
from anello.core.modules import fields as kinds
from anello.core.policies import Actor, field_access, visible
from anello.kit.numbers import whole
from anello.kit.periods import relative_days
from anello.kit.text import L

MOST_CONDITIONS = 50
MOST_LEVELS = 10
_NEGATED = {"is_not": "is", "not_contains": "contains", "not_in": "in", "not_empty": "empty", "has_no": "has"}
_COMPARE = {"lt": "lt", "lte": "lte", "gt": "gt", "gte": "gte"}


def compile_filter(actor: Actor, module: Module, tree: Any) -> Q:
    """The predicate of a filter; Invalid({"filter": …}) says what is wrong with it."""
    if not storable(tree):
        raise _wrong(L("Contiene caratteri che non si possono cercare.", "Contains characters that cannot be sought."))
    return _Compiler(actor).tree(module, tree)


class _Compiler:
    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.conditions = 0

    def tree(self, module: Module, tree: Any, depth: int = 0) -> Q:
        if not tree:
            return Q()
        if depth > MOST_LEVELS:
            raise _wrong(L(f"Al massimo {MOST_LEVELS} livelli.", f"At most {MOST_LEVELS} levels."))
        if not isinstance(tree, Mapping):
            raise _wrong(L("Il filtro deve essere un oggetto.", "The filter must be an object."))
        for word in ("all", "any"):
            if word in tree:
                if not isinstance(tree[word], list):
                    raise _wrong(L(f"«{word}» vuole un elenco di condizioni.", f"“{word}” takes a list of conditions."))
                parts = [self.tree(module, part, depth + 1) for part in tree[word]]
                joined = Q()
                for part in parts:
                    joined = joined & part if word == "all" else joined | part
                return joined
        if "not" in tree:
            return ~self.tree(module, tree["not"], depth + 1)
        return self.condition(module, tree)

    def condition(self, module: Module, leaf: Mapping[str, Any]) -> Q:
        self.conditions += 1
        if self.conditions > MOST_CONDITIONS:
            raise _wrong(L(f"Al massimo {MOST_CONDITIONS} condizioni.", f"At most {MOST_CONDITIONS} conditions."))
        path, op, value = leaf.get("field"), leaf.get("op", "is"), leaf.get("value")
        if not isinstance(path, str) or not isinstance(op, str):
            raise _wrong(
                L("Ogni condizione ha un campo e un operatore.", "Every condition has a field and an operator.")
            )
        if op in _NEGATED:
            return ~self.condition(module, {**leaf, "op": _NEGATED[op]})
        head, dot, rest = path.partition(".")
        if ":" in head:
            return self._children(module, head, rest, op, value)
        f = self.field(module, head)
        if dot or op == "has":
            if not isinstance(f, Link):
                raise _wrong(L(f"«{head}» non è un collegamento.", f"“{head}” is not a link."))
            to = get(f.to)
            inner = self.condition(to, {"field": rest, "op": op, "value": value}) if dot else self.tree(to, value)
            return Q(**{f"{f.name}__in": to.model._default_manager.filter(visible(self.actor, to)).filter(inner)})
        return predicate(self.actor, f, op, value)

    def _children(self, module: Module, head: str, rest: str, op: str, value: Any) -> Q:
        found = next(((m, link) for m, link in incoming(module) if f"{m.name}:{link.name}" == head), None)
        if found is None or field_access(self.actor, found[0])[found[1].name] == "hidden":
            raise _unknown(head)
        child, link = found
        if rest:
            inner = self.condition(child, {"field": rest, "op": op, "value": value})
        elif op == "has":
            inner = self.tree(child, value)
        else:
            raise _wrong(L("Su una relazione si usa «has» o «has_no».", "A relation takes “has” or “has_no”."))
        below = child.model._default_manager.filter(visible(self.actor, child)).filter(inner)
        return Q(pk__in=below.filter(**{f"{link.name}__isnull": False}).values(f"{link.name}_id"))

    def field(self, module: Module, name: str) -> Field:
        if not module.has(name) or field_access(self.actor, module)[name] == "hidden":
            raise _unknown(name)
        return module.field(name)


def storable(value: Any) -> bool:
    """Whether PostgreSQL can compare with it: no NUL, no lone surrogates."""
    if isinstance(value, str):
        return "\x00" not in value and not any("\ud800" <= c <= "\udfff" for c in value)
    if isinstance(value, Mapping):
        return all(storable(key) and storable(item) for key, item in value.items())
    return not isinstance(value, list) or all(storable(item) for item in value)


def predicate(actor: Actor, f: Field, op: str, value: Any) -> Q:
    """One positive condition on one field."""
    if op not in f.operators:
        raise _wrong(L(f"«{f.label.it}» non si filtra con «{op}».", f"“{f.label.en}” cannot be filtered by “{op}”."))
    path = f.lookup
    if op == "empty":
        return _empty(f)
    if isinstance(f, kinds.MultiChoice):
        return Q(**{f"{path}__overlap": [str(v) for v in _many(value)]})
    if op == "in":
        return Q(**{f"{path}__in": [_one(actor, f, v) for v in _many(value)]})
    if op == "period":
        return _period(f, value)
    if op == "between":
        low, high = [*_many(value), None, None][:2]
        return predicate(actor, f, "gte", low) & predicate(actor, f, "lte", high)
    if isinstance(f, Ref):
        module, _, pk = str(value).partition(":")
        return Q(**{f"{f.name}_module": module, f"{f.name}_id": whole(pk) or 0})
    if op in ("contains", "starts", "is") and f.operators is kinds.TEXT_OPERATORS:
        return _text(f, op, value)
    if isinstance(f, kinds.DateTime):
        return _moment(f, op, value)
    return Q(**{f"{path}__{_COMPARE[op]}" if op in _COMPARE else path: _one(actor, f, value)})


def _text(f: Field, op: str, value: Any) -> Q:
    if not isinstance(value, str | int | float) or value == "":
        raise _wrong(L(f"Scrivi un testo per «{f.label.it}».", f"Give a text for “{f.label.en}”."))
    text = str(value)
    if op == "is":
        return (
            Q(**{f"{f.lookup}__iexact": text}) if f.kind in ("text", "longtext") else Q(**{f.lookup: _clean(f, text)})
        )
    exact = Q(**{f"{f.lookup}__icontains" if op == "contains" else f"{f.lookup}__istartswith": text})
    searched = f.module.is_record and (f.name in f.module.search or f.name == "title")
    # The trigram index on the searched text narrows before the column itself is compared.
    return (
        Q(search_text__contains=_squeezed(text)) & exact if searched and len(text) > 2 and f.kind != "phone" else exact
    )


def _squeezed(text: str) -> str:
    from anello.kit.text import normalise

    return " ".join("".join(c if c.isalnum() else " " for c in normalise(text)).split())


def _clean(f: Field, text: str) -> str:
    try:
        return str(f.clean(text))
    except Exception:
        # An address that is not valid is no error here: no record has it.
        return text


def _empty(f: Field) -> Q:
    if isinstance(f, kinds.MultiChoice):
        return Q(**{f.lookup: []})
    if isinstance(f, Link | Ref) or f.column.null:
        return Q(**{f"{f.lookup}__isnull": True})
    if isinstance(f.column, CharField | TextField):
        return Q(**{f.lookup: ""})
    return Q(pk__in=[])


def _many(value: Any) -> list[Any]:
    many = list(value) if isinstance(value, list | tuple) else [value]
    if not many or len(many) > 1000:
        raise _wrong(L("Indica da 1 a 1000 valori.", "Give 1 to 1000 values."))
    return many


def _one(actor: Actor, f: Field, value: Any) -> Any:
    """A value in the form of the column."""
    if isinstance(f, Link):
        if value == "me" and f.to == "user":
            return actor.id
        pk = None if isinstance(value, bool) else whole(value)
        if pk is None:
            raise _wrong(L(f"«{f.label.it}» vuole il numero di un record.", f"“{f.label.en}” takes a record's number."))
        return pk
    try:
        if isinstance(value, str) and f.kind != "boolean":
            value = _iso(f, value)
        elif isinstance(value, str):
            value = f.parse(value)
    except ValueError as error:
        raise _wrong(L(f"«{f.label.it}»: {error}", f"“{f.label.en}”: {error}")) from error
    if value is None or isinstance(value, dict | list):
        raise _wrong(L(f"Serve un valore per «{f.label.it}».", f"A value is needed for “{f.label.en}”."))
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(f.annotation()).validate_python(value)
    except ValidationError as error:
        raise _wrong(L(f"Valore non valido per «{f.label.it}».", f"Not a valid value for “{f.label.en}”.")) from error


def _iso(f: Field, text: str) -> Any:
    if isinstance(f, kinds.Date):
        try:
            return dt.date.fromisoformat(text)
        except ValueError:
            return f.parse(text)
    if isinstance(f, kinds.Integer | kinds.Decimal):
        try:
            number = float(text)
            return int(text) if number.is_integer() and "." not in text and "e" not in text.lower() else text
        except ValueError:
            return f.parse(text)
    return text


_day: ContextVar[dt.date | None] = ContextVar("day", default=None)


@contextmanager
def as_on(day: dt.date) -> Iterator[None]:
    """Meanwhile “this month” and the like are those of that day."""
    token = _day.set(day)
    try:
        yield
    finally:
        _day.reset(token)


def _period(f: Field, value: Any) -> Q:
    try:
        start, end = relative_days(str(value), _day.get() or timezone.localdate())
    except ValueError as error:
        raise _wrong(L("Periodo sconosciuto.", "Unknown period.")) from error
    low: Any = _midnight(start) if isinstance(f, kinds.DateTime) else start
    high: Any = _midnight(end) if isinstance(f, kinds.DateTime) else end
    return Q(**{f"{f.lookup}__gte": low, f"{f.lookup}__lt": high})


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


def _moment(f: Field, op: str, value: Any) -> Q:
    """A day, given for a date-time, means all of it."""
    text = str(value).strip()
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None:
        try:
            moment = dt.datetime.fromisoformat(text)
        except ValueError:
            try:
                moment = f.parse(text)
            except ValueError as error:
                raise _wrong(
                    L(f"Data non valida per «{f.label.it}».", f"Not a valid date for “{f.label.en}”.")
                ) from error
        if moment is None:
            raise _wrong(L(f"Serve una data per «{f.label.it}».", f"A date is needed for “{f.label.en}”."))
        moment = timezone.make_aware(moment) if timezone.is_naive(moment) else moment
        return Q(**{f"{f.lookup}__{_COMPARE[op]}" if op in _COMPARE else f.lookup: moment})
    if not 1800 <= day.year <= 2999:
        raise _wrong(L(f"Data non valida per «{f.label.it}».", f"Not a valid date for “{f.label.en}”."))
    start, end = _midnight(day), _midnight(day + dt.timedelta(days=1))
    spans = {
        "is": {"gte": start, "lt": end},
        "lt": {"lt": start},
        "lte": {"lt": end},
        "gt": {"gte": end},
        "gte": {"gte": start},
    }
    return Q(**{f"{f.lookup}__{word}": moment for word, moment in spans[op].items()})


def _wrong(text: L) -> Invalid:
    return Invalid({"filter": [text]})


def _unknown(name: str) -> Invalid:
    return _wrong(L(f"Il campo «{name}» non esiste.", f"There is no field “{name}”."))


OPERATORS: dict[str, L] = {
    "is": L("è", "is"),
    "is_not": L("non è", "is not"),
    "contains": L("contiene", "contains"),
    "not_contains": L("non contiene", "does not contain"),
    "starts": L("inizia con", "starts with"),
    "lt": L("prima di / meno di", "before / less than"),
    "lte": L("al massimo", "at most"),
    "gt": L("dopo / più di", "after / more than"),
    "gte": L("almeno", "at least"),
    "between": L("tra", "between"),
    "period": L("nel periodo", "in the period"),
    "in": L("è uno di", "is one of"),
    "not_in": L("non è nessuno di", "is none of"),
    "empty": L("è vuoto", "is empty"),
    "not_empty": L("non è vuoto", "is not empty"),
    "has": L("ha", "has"),
    "has_no": L("non ha", "has no"),
}
