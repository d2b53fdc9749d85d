"""Forms from the spec: which fields, which widget, what was typed, what it means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, QueryDict
from django.template.loader import get_template
from django.urls import reverse
from django.utils.safestring import SafeString

from anello.core.modules import Boolean, Choice, Field, File, Link, Module, Money, MultiChoice, Percent, Ref, Tags, get
from anello.core.modules.fields import StoredFile
from anello.core.modules.registry import names
from anello.core.policies import Actor, field_access, views_of
from anello.core.search.records import titles_of
from anello.core.ui import formats
from anello.core.ui.templatetags import ui
from anello.kit.numbers import whole

Errors = Mapping[str, Sequence[str]]
LONGEST_ID = 19
_KINDS = {
    "longtext": "textarea",
    "json": "textarea",
    "email": "email",
    "phone": "tel",
    "date": "date",
    "datetime": "datetime",
}


def language() -> str:
    """`it` or `en`: how the reader writes numbers."""
    return formats.locale()[:2]


def draw(kind: str, name: str, label: object = "", value: Any = None, **extra: Any) -> SafeString:
    """The HTML of a labelled input; the arguments are those of the `{% field %}` tag."""
    return SafeString(get_template("ui/components/field.html").render(ui.field(kind, name, label, value, **extra)))


@dataclass(frozen=True)
class Block:
    """A section of a form: its heading (None: none) and its widgets."""

    label: object
    widgets: list[SafeString]


def editable(actor: Actor, module: Module) -> list[Field]:
    """The fields that the actor may set, in the spec's order."""
    access = field_access(actor, module)
    return [f for f in module.inputs.values() if access[f.name] == "edit"]


class Typed:
    """What was posted, as text; and the values that the text means."""

    def __init__(self, data: QueryDict, fields: Iterable[Field]) -> None:
        self.data = data
        self.fields = list(fields)

    def text(self, f: Field) -> Any:
        """What the widget shows again: a list for fields of several values, else a string."""
        if isinstance(f, MultiChoice):
            return [text for text in self.data.getlist(f.name) if text]
        return self.data.get(f.name, "")

    def read(self) -> tuple[dict[str, Any], dict[str, list[str]]]:
        """({field: value}, {field: errors}); what cannot be understood is an error at its field."""
        values: dict[str, Any] = {}
        errors: dict[str, list[str]] = {}
        for f in self.fields:
            if f.name not in self.data and not isinstance(f, Boolean | MultiChoice):
                continue
            try:
                values[f.name] = meaning(f, self.text(f))
            except ValueError as error:
                errors[f.name] = [str(error)]
        return values, errors


def meaning(f: Field, text: Any) -> Any:
    """The value that a person's text means to a field; ValueError in words."""
    if isinstance(f, MultiChoice):
        return text
    if isinstance(f, Link) and len(text) > LONGEST_ID:
        # Too long for a number: the field says so.
        return text
    return f.parse(text, language())


def widget(
    f: Field,
    value: Any,
    titles: Mapping[tuple[str, int], str],
    *,
    errors: Sequence[str] = (),
    label: bool = True,
    autofocus: bool = False,
    record: Any = None,
) -> SafeString:
    """The input of a field. `value` is the stored value, or the text (or list of texts) that was typed."""
    common: dict[str, Any] = {
        "help": f.help if f.help and label else "",
        "errors": errors,
        "required": bool(f.required),
        "autofocus": autofocus,
        "aria_label": "" if label else f.label,
    }
    shown: Any = f.label if label else ""
    typed = isinstance(value, str) and not isinstance(f, Ref)
    if isinstance(f, Boolean):
        return draw("checkbox", f.name, f.label, value is True or value == "true", **common)
    if isinstance(f, Tags):
        return draw("tags", f.name, shown, value or [], chosen=[(v, v) for v in value or []], **common)
    if isinstance(f, MultiChoice):
        chosen = [(v, f.display([v])) for v in value or []]
        options = [(o.value, o.label) for o in f.options if not o.retired]
        return draw("link", f.name, shown, value or [], multiple=True, chosen=chosen, options=options, **common)
    if isinstance(f, Choice):
        options = [(o.value, o.label) for o in f.options if not o.retired or o.value == value]
        if value and f.option(value) is None:
            options.append((value, value))
        return draw("select", f.name, shown, value or "", options=options, **common)
    if isinstance(f, Link):
        pk = whole(value)
        title = titles.get((f.to, pk), "") if pk else ""
        url = reverse("ui:lookup", args=[f.to])
        return draw("link", f.name, shown, value or "", url=url, display=title, **common)
    if isinstance(f, Ref):
        module, _, key = str(value or "").partition(":")
        title = titles.get((module, whole(key) or 0), "")
        url = reverse("ui:lookup", args=["any"]) + f"?in={','.join(f.modules)}"
        return draw("link", f.name, shown, value or "", url=url, display=title, **common)
    if isinstance(f, File):
        stored = _stored(f, value)
        return draw("upload", f.name, shown, f.edit_text(stored), display=f.display(stored), **common)
    if isinstance(f, Money | Percent):
        text = value if typed or value is None else f.edit_text(value, language()).removesuffix("%")
        unit = "%" if isinstance(f, Percent) else f.currency(record)
        return draw("money", f.name, shown, text, currency=unit, **common)
    if f.kind in ("integer", "decimal"):
        text = value if typed or value is None else f.edit_text(value, language())
        return draw("text", f.name, shown, text, inputmode="decimal", **common)
    limit = getattr(f.column, "max_length", None)
    text = value if typed or f.kind in ("date", "datetime") else f.edit_text(value, language())
    return draw(_KINDS.get(f.kind, "text"), f.name, shown, text, maxlength=limit, **common)


def _stored(f: File, value: Any) -> Any:
    """The file that a widget shows; none for what was typed and names none."""
    try:
        given = f.parse(value) if isinstance(value, str) else value
        return StoredFile.model_validate(given).model_dump() if given else None
    except ValueError:
        return None


def targets(f: Field, value: Any) -> list[tuple[str, int]]:
    """The (module, id) that the value of a link or reference points to, stored or typed."""
    if isinstance(f, Link) and value not in (None, "") and str(value).isdecimal() and len(str(value)) < 19:
        return [(f.to, int(value))]
    if isinstance(f, Ref) and value:
        module, _, pk = str(value).partition(":")
        return [(module, int(pk))] if pk.isdecimal() and len(pk) < 19 else []
    return []


def titles_for(
    actor: Actor, pairs: Iterable[tuple[str, int]], known: Mapping[tuple[str, int], str] | None = None
) -> dict[tuple[str, int], str]:
    """{(module, id): title} of those the actor may see; one statement per module of which some are not `known`."""
    found: dict[tuple[str, int], str] = dict(known or {})
    wanted: dict[str, set[int]] = {}
    for module, pk in pairs:
        if module in names() and (module, pk) not in found:
            wanted.setdefault(module, set()).add(pk)
    for name, ids in wanted.items():
        found |= titles_of(actor, get(name), ids)
    return found


class RecordForm:
    """The create or edit form of a module for one actor."""

    def __init__(
        self,
        request: HttpRequest,
        module: Module,
        *,
        record: Any = None,
        data: QueryDict | None = None,
        quick: bool = False,
    ) -> None:
        self.actor: Actor = request.actor  # type: ignore[attr-defined]
        self.module = module
        self.record = record
        self.views = views_of(self.actor, module)
        self.fields = editable(self.actor, module)
        if quick:
            asked = self.views.quick
            wanted = [f.name for f in self.fields if f.required or f.name in asked]
            given = set(request.GET) if request.method == "GET" else set(data or {})
            order = [*asked, *wanted, *(n for n in given if module.has(n))]
            self.fields = [f for name in dict.fromkeys(order) for f in self.fields if f.name == name]
        self.quick = quick
        self.typed = Typed(data, self.fields) if data is not None else None
        self.errors: dict[str, list[str]] = {}
        self._given = request.GET
        self._user = request.user

    def value(self, f: Field) -> Any:
        """What the widget starts with: what was typed, the record's value, the address's, the default."""
        if self.typed is not None and f in self.typed.fields:
            if f.name in self.typed.data or isinstance(f, Boolean | MultiChoice):
                return self.typed.text(f)
        elif self.record is None and f.name in self._given:
            return self._given.getlist(f.name) if isinstance(f, MultiChoice) else self._given[f.name]
        if self.record is not None:
            return f.get(self.record)
        if f.name == "owner":
            return self._user.pk
        return f.get(self.module.model())

    def blocks(self) -> list[Block]:
        """Widgets by section: what the quick form asks first, then the sections of the record page."""
        values = {f.name: self.value(f) for f in self.fields}
        pairs = [pair for f in self.fields for pair in targets(f, values[f.name])]
        titles = titles_for(self.actor, pairs)
        start = next((f for f in self.fields if f.name in self.errors), self.fields[0] if self.fields else None)
        drawn = {f.name: self._draw(f, values[f.name], titles, f is start) for f in self.fields}
        if self.quick:
            return [Block(None, list(drawn.values()))]
        quick = list(self.views.quick)
        first = [n for n in drawn if n in quick or (not quick and self.module.field(n).required)]
        first.sort(key=lambda n: quick.index(n) if n in quick else len(quick))
        blocks = [Block(None, [drawn.pop(n) for n in first])] if first else []
        for section in self.views.detail.sections:
            here = [n for n in section.fields if n in drawn]
            if here:
                blocks.append(Block(section.label, [drawn.pop(n) for n in here]))
        if drawn:
            blocks.append(Block(None if not blocks else "", list(drawn.values())))
        return blocks

    def _draw(self, f: Field, value: Any, titles: Mapping[tuple[str, int], str], first: bool) -> SafeString:
        return widget(f, value, titles, errors=self.errors.get(f.name, ()), autofocus=first, record=self.record)

    def refuse(self, errors: Errors) -> None:
        """Show these errors; one of an element of a list (`tags.0`) stands at its field."""
        for name, messages in errors.items():
            self.errors.setdefault(name.partition(".")[0], []).extend(messages)

    @property
    def general(self) -> list[str]:
        """Errors of the record as a whole, or of fields that the form does not show."""
        shown = {f.name for f in self.fields}
        return [m for name, messages in self.errors.items() if name not in shown for m in messages]
