"""Guessing a mapping: what was chosen for the same columns last time, else by the names of the columns."""

from __future__ import annotations

import re
from collections.abc import Sequence

from anello.core.exchange.mapping import Column, Feed, Mapping, load
from anello.core.exchange.models import ImportRun
from anello.core.exchange.reading import ID
from anello.core.modules import Choice, Field, File, Module, get
from anello.core.policies import Actor, can, field_access
from anello.kit.text import normalise

_OTHER_NAMES = {
    "email": "mail,e mail,indirizzo email,posta elettronica,email address",
    "phone": "tel,telefono fisso,telephone,phone number",
    "mobile": "cell,cellulare,mobile phone,cell phone",
    "first_name": "name,given name,firstname,nome di battesimo",
    "last_name": "surname,family name,lastname",
    "postal_code": "zip,zip code,postcode,codice postale",
    "tax_code": "cf,fiscal code,codicefiscale",
    "vat": "p iva,piva,iva,vat id,vat code",
    "birth_date": "dob,birthday,date of birth,nato il,nata il",
    "external_id": "unique id,customer id,codice cliente,codice",
    "organisation": "azienda,ditta,societa,company,organization",
    "street": "via,address",
    "province": "prov",
    "country": "nazione,stato",
    "notes": "commenti,comments",
    "website": "sito,url,site,web",
}
"""Names of columns that other programs write, by the name of our field."""


def guess(actor: Actor, run: ImportRun) -> Mapping | None:
    """The actor's own last mapping of the same header, else one by names; None when nothing fits."""
    last = (
        ImportRun.objects.filter(actor=run.actor, module=run.module, header=run.header)
        .exclude(feeds={})
        .order_by("-id")
        .first()
    )
    return load(last.feeds) if last is not None else by_names(actor, get(run.module), run.header)


def mappable(actor: Actor, module: Module) -> list[Field]:
    """The fields that a column of a file may go to: those that the actor may set, and the id; files are no text."""
    access = field_access(actor, module)
    fields = [f for f in module.fields if not isinstance(f, File)]
    return [f for f in fields if access[f.name] == "edit" or (f.name == ID and access[ID] == "read")]


def by_names(actor: Actor, module: Module, header: Sequence[str]) -> Mapping | None:
    """Columns whose name is a field's label (in either language), name or usual other name."""
    free = mappable(actor, module)
    columns: list[Column] = []
    for test in (_is_named, _is_also_named):
        for source in header:
            found = next((f for f in free if test(f, _plain(source))), None)
            if found is not None and all(c.source != source for c in columns):
                columns.append(Column(field=found.name, source=source))
                free.remove(found)
    if not columns or not can(actor, module, "import"):
        return None
    columns.sort(key=lambda column: header.index(column.source))
    return Mapping(feeds=[Feed(module=module.name, columns=columns)])


def _plain(name: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9]+", " ", normalise(name)).split())


def _is_named(f: Field, name: str) -> bool:
    return name in {_plain(f.name), _plain(f.label.it), _plain(f.label.en)}


def _is_also_named(f: Field, name: str) -> bool:
    return name in _OTHER_NAMES.get(f.name, "").split(",")


_EXAMPLES: dict[str, object] = {
    "email": "ada@example.it",
    "phone": "+39 02 1234567",
    "integer": 10,
    "decimal": "10,5",
    "money": "1.250,00",
    "percent": "20%",
    "date": "21/11/2026",
    "datetime": "21/11/2026 15:30",
    "boolean": "sì",
    "url": "https://www.example.it",
    "vat": "01114601006",
    "taxcode": "RSSMRA80A01H501U",
    "tags": "vip, fiera",
}


def template(actor: Actor, module: Module) -> tuple[list[str], list[object]]:
    """The header and an example row of a file that imports into the module without any mapping."""
    fields = [f for f in mappable(actor, module) if not f.readonly]
    return [str(f.label) for f in fields], [_example(f) for f in fields]


def _example(f: Field) -> object:
    if isinstance(f, Choice) and f.options:
        return str(f.options[0].label)
    return _EXAMPLES.get(f.kind, str(f.label) if f.required else "")
