"""What is held about a person, as a whole: to hand it over, and to forget it (GDPR articles 15, 17 and 20)."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from django.db import connection, models, transaction

from anello.core import contents
from anello.core.actions import Context, engine
from anello.core.events.models import Event
from anello.core.modules import Boolean, Choice, Field, File, L, Link, LongText, Module, MultiChoice, Ref, Text, get
from anello.core.modules.models import Record
from anello.core.policies import Actor, readable, visible
from anello.core.studio import computing
from anello.core.studio.queries import deleted_columns
from anello.customers.merging import Pointer, pointers
from anello.customers.models import Address, Consent, ContactPoint, DuplicatePair, Interaction, MergeRecord, Relation
from anello.kit.text import normalise

ERASED = L("Persona cancellata", "Erased person")
GONE = "•••"
KEPT = frozenset({"phase", "source", "campaign", "first_contact_at", "country", "language", "owner"})
"""What stays of a person: it says nothing about who it was, and statistics need it."""
DELETED: tuple[type[models.Model], ...] = (ContactPoint, Address, Relation)
LEAST = 5
"""A shorter word stands in too many texts to be taken out of them; as a whole value it is."""


def dossier(actor: Actor, person: Any) -> dict[str, Any]:
    """Everything held about a person that the actor may see, through the specs: {module: [{field: value}]}."""
    module = get("person")
    family = _family(person)
    held: dict[str, Any] = {"made_at": dt.datetime.now(dt.UTC).isoformat(), "person": _rows(actor, module, family)}
    ids = [one.pk for one in family]
    for pointer in pointers(module):
        owner = pointer.owner
        if owner is None or not owner.is_record or owner is module:
            continue
        rows = pointer.rows(module).filter(visible(actor, owner), **{f"{pointer.column}__in": ids}, deleted_at=None)
        if found := _rows(actor, owner, rows.order_by("pk")):
            held.setdefault(owner.name, [])
            held[owner.name] += [row for row in found if row not in held[owner.name]]
    fields = {f.name for f in readable(actor, module)}
    events = Event.objects.filter(module="person", record_id__in=ids).order_by("id")
    held["history"] = [
        {
            "at": e.at.isoformat(),
            "what": e.kind,
            "changes": {name: change for name, change in e.changes.items() if name in fields},
        }
        for e in events
    ]
    return held


def archive(actor: Actor, person: Any) -> bytes:
    """The dossier as a ZIP with one JSON file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("data.json", json.dumps(dossier(actor, person), ensure_ascii=False, indent=2, default=str))
    return buffer.getvalue()


def _rows(actor: Actor, module: Module, records: Iterable[Any]) -> list[dict[str, Any]]:
    fields = readable(actor, module)
    return [{f.name: f.json(f.get(r)) for f in fields if f.get(r) not in (None, "", [])} for r in records]


def _family(person: Any) -> list[Any]:
    """The person and all that were merged into it."""
    found, rest = [person], [person.pk]
    while rest:
        merged = list(type(person).everything.filter(merged_into__in=rest).order_by("pk"))
        found += merged
        rest = [one.pk for one in merged]
    return found


def erase(ctx: Context, person: Any) -> None:
    """Forget who a person was; what was bought, when and for how much stays.

    The person's own fields are blanked, contact points, addresses, relations and files deleted, what was said wiped,
    and the log of all of it; consents keep what was allowed and when. In the records of other areas the name, address
    and numbers are taken out of the texts. It cannot be taken back.
    """
    module = get("person")
    family = _family(person)
    ids = [one.pk for one in family]
    words = _words(family)
    files = _files(module, family)
    # Themselves first: what bears their name takes it from them.
    for one in family:
        _blank(module, one)
    _blank_deleted(module, ids)
    for pointer in pointers(module):
        _forget_in(module, pointer, ids, words)
    Event.objects.filter(module="person", record_id__in=ids).update(changes={}, data={})
    MergeRecord.objects.filter(module="person", survivor_id__in=ids).delete()
    pairs = DuplicatePair.objects.filter(module="person")
    pairs.filter(first_id__in=ids).delete()
    pairs.filter(second_id__in=ids).delete()
    ctx.emit("person.erased", person)
    for sha256 in files:
        transaction.on_commit(partial(contents.release, sha256))


def _files(module: Module, family: Sequence[Any]) -> set[str]:
    """The contents that fields of these people name, or have named."""
    ids = [one.pk for one in family]
    living = [f.name for f in module.fields if isinstance(f, File)]
    deleted = [column for column, kind in deleted_columns(module).items() if kind == "file"]
    values = [module.field(name).get(one) for name in living for one in family]
    names, quote = [*living, *deleted], connection.ops.quote_name
    table = quote(module.model._meta.db_table)
    with connection.cursor() as cursor:
        for column in deleted:
            cursor.execute(f"SELECT {quote(column)}::text FROM {table} WHERE id = ANY(%s)", [ids])
            values += [json.loads(text) for (text,) in cursor.fetchall() if text]
    if names:
        events = Event.objects.filter(module=module.name, record_id__in=ids)
        for changes in events.filter(changes__has_any_keys=names).values_list("changes", flat=True):
            values += [value for name in names for value in changes.get(name, ())]
    return {value["sha256"] for value in values if value}


def _words(family: Sequence[Any]) -> set[str]:
    """What the person can be known by."""
    words: set[str] = set()
    for one in family:
        names = [one.first_name, one.last_name]
        words |= {*names, " ".join(names).strip(), " ".join(reversed(names)).strip()}
        words |= {one.email, one.phone, one.mobile, one.tax_code, one.vat, one.street, one.external_id}
        words |= set(ContactPoint.everything.filter(person=one).values_list("value", flat=True))
        words |= set(Address.everything.filter(person=one).values_list("street", flat=True))
    return words - {""}


def _forget_in(module: Module, pointer: Pointer, ids: Sequence[int], words: set[str]) -> None:
    rows = pointer.rows(module).filter(**{f"{pointer.column}__in": ids})
    owner = pointer.owner
    if owner is None or pointer.model in DELETED:
        # Files, favourites, watchers and what names the person only.
        if owner is not None:
            Event.objects.filter(module=owner.name, record_id__in=list(rows.values_list("pk", flat=True))).update(
                changes={}, data={}
            )
        rows.delete()
        return
    if pointer.model is module.model:
        return
    found = list(rows)
    for row in found:
        if pointer.model is Interaction:
            row.body, row.subject = "", row.subject if row.channel == "system" else ""
        if pointer.model is Consent:
            row.proof = ""
        _scrub(owner, row, words)
    theirs = [row.pk for row in found]
    _scrub_events(owner, theirs, words, whole=pointer.model in (Interaction, Consent))
    # What hangs on such a row may bear its title.
    for below in pointers(owner):
        if below.owner is not None and owner.name in below.owner.parents:
            for row in below.rows(owner).filter(**{f"{below.column}__in": theirs}):
                if below.owner.title(row)[:300] != row.title:
                    _store(below.owner, row, {})


def _scrub(owner: Module, row: Any, words: set[str]) -> None:
    columns: dict[str, Any] = {}
    for f in owner.fields:
        value = f.get(row) if isinstance(f, Text | LongText) or f.kind in ("email", "phone", "taxcode", "vat") else None
        if isinstance(f, File) and (named := f.get(row)):
            columns[f.name] = {**named, "name": _without(named["name"], words)}
            f.set(row, columns[f.name])
        if value and f.name != "title":
            columns[f.name] = GONE if value in words and f.kind in ("text", "longtext") else _without(value, words)
            if f.kind not in ("text", "longtext") and columns[f.name] != value:
                columns[f.name] = ""
            setattr(row, f.name, columns[f.name])
    if isinstance(row, Interaction):
        columns |= {"body": row.body, "subject": row.subject}
    if isinstance(row, Consent):
        columns |= {"proof": row.proof}
    _store(owner, row, columns)


def _store(owner: Module, row: Any, columns: dict[str, Any]) -> None:
    """Write without telling the old values to the log."""
    if isinstance(row, Record):
        row.title = owner.title(row)[:300]
        row.title_key = normalise(row.title)[:100]
        row.search_text = engine.search_text(owner, row)
        columns |= {"title": row.title, "title_key": row.title_key, "search_text": row.search_text}
    type(row)._base_manager.filter(pk=row.pk).update(**columns)
    computing.afresh(owner, [row.pk])


def _without(text: str, words: set[str]) -> str:
    """The text with every word that says who it was taken out, in whatever case."""
    low = text.casefold()
    for word in sorted((w for w in words if len(w) >= LEAST), key=len, reverse=True):
        key = word.casefold()
        while (at := low.find(key)) >= 0 and len(low) == len(text):
            text = text[:at] + GONE + text[at + len(word) :]
            low = text.casefold()
    return text


def _scrub_events(owner: Module, ids: Sequence[int], words: set[str], *, whole: bool) -> None:
    for event in Event.objects.filter(module=owner.name, record_id__in=ids):
        changes = {} if whole else _clean(event.changes, words)
        data = {} if whole else _clean(event.data, words)
        if (changes, data) != (event.changes, event.data):
            Event.objects.filter(id=event.id, at=event.at).update(changes=changes, data=data)


def _clean(value: Any, words: set[str]) -> Any:
    if isinstance(value, dict):
        return {key: _clean(one, words) for key, one in value.items()}
    if isinstance(value, list):
        return [_clean(one, words) for one in value]
    if isinstance(value, str):
        return GONE if value in words else _without(value, words)
    return value


def _blank(module: Module, person: Any) -> None:
    columns: dict[str, Any] = {}
    for f in module.inputs.values():
        if f.name not in KEPT:
            f.set(person, _nothing(f))
            columns |= {name: getattr(person, name) for name in f.columns if not isinstance(f, Link)}
            columns |= {f.attribute: None} if isinstance(f, Link) else {}
    person.last_name = columns["last_name"] = str(ERASED)
    _store(module, person, columns)


def _blank_deleted(module: Module, ids: Sequence[int]) -> None:
    """What fields hold that are deleted and can be brought back."""
    quote = connection.ops.quote_name
    columns = [quote(column) for column in deleted_columns(module)]
    if columns:
        table, blank = quote(module.model._meta.db_table), ", ".join(f"{column} = DEFAULT" for column in columns)
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE {table} SET {blank} WHERE id = ANY(%s)", [list(ids)])


def _nothing(f: Field) -> Any:
    """The empty value of a field's column."""
    if isinstance(f, MultiChoice):
        return []
    if isinstance(f, Link | Ref) or f.column.null:
        return None
    if isinstance(f, Boolean):
        return False
    return f.column.get_default() if isinstance(f, Choice) else ""
