"""The `ui` tag library: icons, people, states, figures, fields. `{% load ui %}`; every tag is shown on /design."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zlib import crc32

from django import template
from django.contrib.messages.storage.base import Message
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from anello.core.ui import formats, toasts
from anello.kit.money import round_money
from anello.kit.numbers import format_number
from anello.kit.text import L

register = template.Library()

AVATAR_COLOURS = 6
_SCRIPT_SAFE = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}
EMPTY = SafeString('<span class="text-faint">–</span>')


@register.simple_tag(name="icon")
def sprite_icon(name: str, css: str = "", label: str = "") -> SafeString:
    """An icon of the sprite (frontend/icons.json). Give `label` only when no text stands beside it."""
    href = f"{static('dist/icons.svg')}#{name}"
    css = f"icon {css}".strip()
    if label:
        return format_html('<svg class="{}" role="img" aria-label="{}"><use href="{}"/></svg>', css, label, href)
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}"/></svg>', css, href)


@register.simple_tag
def avatar(name: object, size: str = "", square: bool = False, label: bool = False) -> SafeString:
    """Initials on a colour that stays the same for a name. Sizes: sm, (md), lg, xl; square for organisations."""
    text = str(name or "?").strip()
    words = text.split()
    initials = (words[0][:1] + (words[-1][:1] if len(words) > 1 else "")).upper()
    css = f"avatar avatar-{crc32(text.casefold().encode()) % AVATAR_COLOURS}"
    css += f" avatar-{size}" if size else ""
    css += " avatar-square" if square else ""
    if label:
        return format_html(
            '<span class="{}" role="img" aria-label="{}" title="{}">{}</span>', css, text, text, initials
        )
    return format_html('<span class="{}" aria-hidden="true">{}</span>', css, initials)


@register.simple_tag
def status(value: object, color: str = "neutral") -> SafeString:
    """A state as a pill. Colours: neutral, blue, violet, amber, green, teal, red."""
    return format_html('<span class="badge status badge-{}">{}</span>', color, value) if value else EMPTY


@register.simple_tag
def badge(value: object, color: str = "neutral") -> SafeString:
    """A small label without the dot of a state."""
    return format_html('<span class="badge badge-{}">{}</span>', color, value)


@register.simple_tag
def both(it: str, en: str) -> L:
    """What is called so in Italian and so in English, in the reader's language."""
    return L(it, en)


@register.simple_tag
def kbd(keys: str) -> SafeString:
    """Keys as caps: `{% kbd "Ctrl K" %}`."""
    caps = [format_html("<kbd>{}</kbd>", key) for key in keys.split()]
    return SafeString(" ".join(caps))


@register.simple_tag
def money(amount: formats.Number | None, currency: str = "EUR", compact: bool = False) -> str:
    """`1.234,50 €`, or a dash when there is none."""
    return EMPTY if amount is None else formats.money(amount, currency, compact=compact)


@register.filter
def number(value: formats.Number | None, decimals: int | None = None) -> str:
    """`{{ count|number }}` → `1.234`."""
    return EMPTY if value is None else formats.number(value, decimals)


@register.filter
def percent(value: formats.Number | None, decimals: int = 0) -> str:
    """`{{ 0.42|percent }}` → `42%`."""
    return EMPTY if value is None else formats.percent(value, decimals)


@register.filter
def day(value: date | None) -> str:
    """`{{ date|day }}` → `21/11/2026`."""
    return EMPTY if value is None else formats.day(value)


@register.simple_tag
def reldate(value: date | None) -> SafeString:
    """`<time>` with words for the near (`3 giorni fa`) and the whole date on hover."""
    if value is None:
        return EMPTY
    machine = value.isoformat()
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', machine, formats.full(value), formats.relative(value)
    )


@register.simple_tag
def absdate(value: date | None) -> SafeString:
    """`<time>` with the date, and the hour when there is one."""
    if value is None:
        return EMPTY
    text = formats.moment(value) if isinstance(value, datetime) else formats.day(value)
    return format_html('<time datetime="{}" title="{}">{}</time>', value.isoformat(), formats.full(value), text)


@register.simple_tag
def email_link(address: str | None) -> SafeString:
    """A `mailto:` link."""
    return format_html('<a href="mailto:{}" hx-boost="false">{}</a>', address, address) if address else EMPTY


@register.simple_tag
def phone_link(number: str | None, text: str = "") -> SafeString:
    """A `tel:` link; `number` in E.164, `text` as people write it."""
    return format_html('<a href="tel:{}" hx-boost="false">{}</a>', number, text or number) if number else EMPTY


@register.filter
def toast_json(message: Message) -> SafeString:
    """A Django message as JSON that is safe inside <script type="application/json">."""
    return SafeString(json.dumps(toasts.as_data(message)).translate(_SCRIPT_SAFE))


@register.inclusion_tag("ui/components/field.html")
def field(
    kind: str,
    name: str,
    label: object = "",
    value: Any = None,
    *,
    help: object = "",
    errors: Sequence[object] = (),
    required: bool = False,
    options: Iterable[Any] = (),
    **extra: Any,
) -> dict[str, Any]:
    """A labelled input with help and errors.

    Kinds: text, email, tel, url, password, textarea, integer, number, money, percent, date, datetime, time, select,
    multiselect, checkbox, switch, file, upload, link, tags. `options` are `(value, label)` pairs. Further arguments:
    `placeholder`, `autofocus`, `readonly`, `disabled`, `autocomplete`, `currency`, `step`, `min`, `max`, `maxlength`,
    `rows`, `accept`, `multiple`, `id`; for `upload`: `display` (name of
    the stored file); for `link`: `url` (lookup), `display` (text of the value), or `chosen`
    (`(value, label)` pairs) with `multiple`.
    """
    kept = value if value is not None else ""
    pairs = [(str(option[0]), option[1]) for option in options]
    many = kind in {"multiselect", "tags"} or (kind == "link" and extra.get("multiple"))
    selected = [str(one) for one in (value or [])] if many else [str(kept)]
    return {
        "template": f"ui/components/fields/{_TEMPLATES.get(kind, 'input')}.html",
        "kind": kind,
        "type": _TYPES.get(kind, "text"),
        "name": name,
        "label": label,
        "value": _for_input(kind, kept, extra.get("currency", "EUR")),
        "help": help,
        "errors": errors,
        "required": required,
        "options": pairs,
        "selected": selected,
        "id": f"id_{name}_{uuid.uuid4().hex[:6]}",
        **extra,
    }


_TEMPLATES = {
    "textarea": "textarea", "select": "select", "multiselect": "select", "checkbox": "check", "switch": "check",
    "money": "money", "link": "combobox", "tags": "combobox", "file": "file", "upload": "upload",
}  # fmt: skip
_TYPES = {
    "email": "email", "tel": "tel", "url": "url", "password": "password", "date": "date", "time": "time",
    "datetime": "datetime-local", "integer": "number", "number": "number", "percent": "number",
}  # fmt: skip


def _for_input(kind: str, value: Any, currency: str) -> Any:
    """Values as inputs want them: ISO dates and decimal points for the browser, amounts as the reader writes them."""
    if kind == "money" and isinstance(value, int | float | Decimal):
        return format_number(round_money(Decimal(str(value)), currency), formats.locale())
    if isinstance(value, datetime):
        local = formats.timezone.localtime(value) if formats.timezone.is_aware(value) else value
        return local.strftime("%Y-%m-%dT%H:%M") if kind == "datetime" else local.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if kind in {"integer", "number", "percent"}:
        return str(value)
    return value


@register.simple_tag
def once() -> SafeString:
    """What tells a form that makes something from another one: sent twice, it makes it once (`answers.once`)."""
    return format_html('<input type="hidden" name="once" value="{}">', uuid.uuid4().hex)


@register.inclusion_tag("ui/components/empty.html")
def empty(
    title: object, text: object = "", icon: str = "inbox", action: object = "", url: str = "", **extra: Any
) -> dict[str, Any]:
    """What this place is for and the one thing to do next. `dialog=True` opens `url` in the dialog."""
    return {"title": title, "text": text, "icon": icon, "action": action, "url": url, **extra}


@register.inclusion_tag("ui/components/skeleton.html")
def skeleton(rows: int = 5, columns: int = 4) -> dict[str, Any]:
    """The shape of a table that is still loading."""
    return {"rows": range(rows), "columns": range(columns)}


@register.inclusion_tag("ui/components/tile.html")
def tile(label: object, value: object, **extra: Any) -> dict[str, Any]:
    """A figure; `trend` (0.12 is +12%), `note`, `points` (a sparkline), `arc`, `url` to the records."""
    return {"label": label, "value": value, **extra}


@register.inclusion_tag("ui/components/sparkline.html")
def sparkline(points: Sequence[float], label: object = "", arc: str = "") -> dict[str, Any]:
    """A tiny line of `points`, oldest first."""
    width, height = 96, 24
    low, high = min(points, default=0), max(points, default=0)
    step = width / max(len(points) - 1, 1)
    span = (high - low) or 1
    line = " ".join(f"{i * step:.1f},{height - 2 - (p - low) / span * (height - 4):.1f}" for i, p in enumerate(points))
    return {"line": line, "area": f"0,{height} {line} {width},{height}", "label": label, "arc": arc}


@register.inclusion_tag("ui/components/chart.html")
def chart(spec: dict[str, Any], title: object = "", **extra: Any) -> dict[str, Any]:
    """A chart with its table beside it; `spec` as js/islands/chart.js describes it."""
    rows = [
        {"label": label, "values": [series["values"][i] for series in spec["series"]],
         "url": (spec.get("links") or [None] * len(spec["labels"]))[i]}
        for i, label in enumerate(spec["labels"])
    ]  # fmt: skip
    currency = spec.get("format", {}).get("currency")
    return {
        "spec": spec,
        "title": title,
        "rows": rows,
        "currency": currency,
        "id": f"chart-{uuid.uuid4().hex[:8]}",
        **extra,
    }


@register.inclusion_tag("ui/components/pagination.html")
def pagination(previous: str = "", next: str = "", text: object = "") -> dict[str, Any]:
    """Keyset pages: URLs of the neighbours (empty where there is none) and `1–50 di 10.000+`."""
    return {"previous": previous, "next": next, "text": text}


@register.simple_block_tag
def timeline_item(
    content: str, icon: str, arc: str = "data", who: object = "", what: object = "", when: Any = None
) -> SafeString:
    """One thing that happened, dated: `who` did `what`; the block is its body. The arc colours the dot."""
    return format_html(
        '<li class="timeline-item arc-{}"><span class="timeline-dot">{}</span><div><div class="timeline-head">'
        '<strong>{}</strong><span class="text-secondary">{}</span>{}</div>'
        '<div class="timeline-body">{}</div></div></li>',
        arc, sprite_icon(icon), who, what, reldate(when), SafeString(content.strip()),
    )  # fmt: skip
