"""How a value of a field looks on a screen: in a cell, on a card, among facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from anello.core import contents
from anello.core.modules import Choice, Field, Link, Money, MultiChoice, Phone, Ref, Tags, get
from anello.core.ui import formats
from anello.core.ui.templatetags import ui

Titles = Mapping[tuple[str, int], str]
LONG = 120
"""Characters of a long text that a cell shows; the rest is on hover."""


def record_url(module: str, pk: int) -> str:
    """The page of a record."""
    return f"{reverse('ui:list', args=[get(module).slug])}{pk}/"


def show(f: Field, record: Any, titles: Titles) -> SafeString:
    """The value of the field as HTML; `titles` are those of the linked records (`search.titles`)."""
    value = f.get(record)
    if value is None or value in ("", []):
        return ui.EMPTY
    return _SHOWN.get(f.kind, _text)(f, value, record, titles)


def plain(f: Field, value: Any, titles: Titles, record: Any = None) -> str:
    """The value in words, as a filter or a message says it; an amount in the currency of its record."""
    if isinstance(f, Link):
        return titles.get((f.to, value), f"#{value}")
    if f.kind == "date":
        return formats.day(value)
    if f.kind == "datetime":
        return formats.moment(value)
    if isinstance(f, Money):
        return formats.money(value, f.currency(record))
    return f.display(value, formats.locale()[:2])


def _text(f: Field, value: Any, record: Any, titles: Titles) -> SafeString:
    text = f.display(value, formats.locale()[:2])
    return format_html("{}", text)


def _long(f: Field, value: Any, record: Any, titles: Titles) -> SafeString:
    text = " ".join(str(value).split())
    if len(text) <= LONG:
        return format_html("{}", text)
    return format_html('<span title="{}">{}…</span>', text[:1000], text[:LONG].rstrip())


def _number(f: Field, value: Any, record: Any, titles: Titles) -> SafeString:
    return format_html("{}", formats.number(value))


def _money(f: Field, value: Any, record: Any, titles: Titles) -> SafeString:
    return format_html("{}", formats.money(value, f.currency(record)))  # type: ignore[attr-defined]


def _percent(f: Field, value: Any, record: Any, titles: Titles) -> SafeString:
    return format_html("{}%", formats.number(value.normalize()))


def _date(f: Field, value: Any, record: Any, titles: Titles) -> SafeString:
    return ui.reldate(value)


def _choice(f: Field, value: Any, record: Any, titles: Titles) -> SafeString:
    assert isinstance(f, Choice)
    option = f.option(value)
    if option is None:
        return format_html("{}", value)
    coloured = any(o.color != "gray" for o in f.options)
    return ui.status(option.label, option.color) if coloured else format_html("{}", option.label)


def _many(f: Field, value: Any, record: Any, titles: Titles) -> SafeString:
    assert isinstance(f, MultiChoice)
    labels = value if isinstance(f, Tags) else [Choice.display(f, v) for v in value]
    return format_html_join(" ", '<span class="tag">{}</span>', ((label,) for label in labels))


def _boolean(f: Field, value: Any, record: Any, titles: Titles) -> SafeString:
    return ui.sprite_icon("check", label=gettext("Yes")) if value else ui.EMPTY


def _email(f: Field, value: Any, record: Any, titles: Titles) -> SafeString:
    return ui.email_link(value)


def _phone(f: Field, value: Any, record: Any, titles: Titles) -> SafeString:
    assert isinstance(f, Phone)
    return ui.phone_link(value, f.display(value))


def _url(f: Field, value: Any, record: Any, titles: Titles) -> SafeString:
    words = value.partition("://")[2].removeprefix("www.").rstrip("/")
    return format_html('<a href="{}" rel="noopener noreferrer" target="_blank" hx-boost="false">{}</a>', value, words)


def _file(f: Field, value: Any, record: Any, titles: Titles) -> SafeString:
    address = reverse("ui:file_of", args=[f.module.slug, record.pk, f.name])
    shown = contents.may_show(value["name"])
    return format_html(
        '<a href="{}{}" class="file-link" hx-boost="false"{}>{} <span class="truncate">{}</span></a>',
        address, "?inline=1" if shown else "", SafeString(' target="_blank" rel="noopener"' if shown else ""),
        ui.sprite_icon("paperclip"), value["name"],
    )  # fmt: skip


def _link(f: Field, value: Any, record: Any, titles: Titles) -> SafeString:
    assert isinstance(f, Link)
    return linked(f.to, value, titles)


def _ref(f: Field, value: Any, record: Any, titles: Titles) -> SafeString:
    assert isinstance(f, Ref)
    module, _, pk = value.partition(":")
    return linked(module, int(pk), titles)


def linked(module: str, pk: int, titles: Titles) -> SafeString:
    """The title of a record, leading to it where it has a page; a dash when the reader may not see it."""
    title = titles.get((module, pk))
    if title is None:
        return ui.EMPTY
    if module == "user":
        return format_html('{} <span class="truncate">{}</span>', ui.avatar(title, "sm"), title)
    if not get(module).is_record:
        return format_html("{}", title)
    return format_html('<a href="{}" data-panel>{}</a>', record_url(module, pk), title)


_SHOWN = {
    "longtext": _long, "integer": _number, "decimal": _number, "money": _money, "percent": _percent, "date": _date,
    "datetime": _date, "choice": _choice, "multichoice": _many, "tags": _many, "boolean": _boolean, "email": _email,
    "phone": _phone, "url": _url, "link": _link, "ref": _ref, "file": _file,
}  # fmt: skip
