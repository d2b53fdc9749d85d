"""Forms of Studio: of a field only what its kind needs, a choice's values as rows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.utils.safestring import SafeString

from anello.core.modules import Choice, Field, Link, Module, all_modules, get, incoming
from anello.core.studio.calculations import OVER
from anello.core.studio.formula_kinds import kind_of
from anello.core.studio.kinds import CHOICES, COMPUTED, FUNCTIONS, NUMBERS, UNIQUE
from anello.core.studio.models import CustomField
from anello.core.studio.module import CUSTOM_FIELD
from anello.core.studio.naming import plain
from anello.core.ui.lists.state import tree_of
from anello.core.ui.records.forms import RecordForm, Typed, draw, targets, titles_for, widget
from anello.kit.text import L

COLORS = {
    "gray": L("Grigio", "Grey"),
    "blue": L("Blu", "Blue"),
    "violet": L("Viola", "Violet"),
    "teal": L("Ottanio", "Teal"),
    "green": L("Verde", "Green"),
    "amber": L("Ambra", "Amber"),
    "red": L("Rosso", "Red"),
}
WORDS = ("label_it", "label_en", "name", "help_it", "help_en")
FIXED = ("name", "to")
"""What is said once."""


class StudioForm(RecordForm):
    """The named fields of one of Studio's own records, each as a widget of its own."""

    def __init__(self, request: HttpRequest, module: Module, names: Collection[str], *, record: Any = None) -> None:
        data = request.POST if request.method == "POST" else None
        super().__init__(request, module, record=record, data=data)
        asked = list(names)
        self.fields = sorted((f for f in self.fields if f.name in asked), key=lambda f: asked.index(f.name))
        self.data = request.POST if data is not None else request.GET
        if data is not None:
            self.typed = Typed(data, self.fields)

    def read(self) -> tuple[dict[str, Any], dict[str, list[str]]]:
        """({field: value}, {field: errors}) of what was posted."""
        assert self.typed is not None
        return self.typed.read()

    @cached_property
    def widgets(self) -> dict[str, SafeString]:
        wrong = next((f.name for f in self.fields if f.name in self.errors), self.fields[0].name)
        return {f.name: self.drawn(f, autofocus=f.name == wrong) for f in self.fields}

    def drawn(self, f: Field, *, autofocus: bool) -> SafeString:
        value = self.value(f)
        titles = titles_for(self.actor, targets(f, value))
        return widget(f, value, titles, errors=self.errors.get(f.name, ()), autofocus=autofocus, record=self.record)


@dataclass
class Row:
    """A value of a choice as it is being edited; `stored` is one that records may have."""

    key: str
    value: str = ""
    it: str = ""
    en: str = ""
    color: str = "gray"
    retired: bool = False
    when: list[str] = field(default_factory=list)
    stored: bool = False


def asked(kind: str) -> list[str]:
    """The names of what is asked of a field of that kind."""
    names = [*WORDS]
    names += ["indexed"] * (kind != "file")
    if kind not in COMPUTED and kind != "autonumber":
        names += ["required", "initial", "show_if", "require_if"]
    if kind == "file":
        names.remove("initial")
    names += ["unique"] * (kind in UNIQUE)
    names += ["least", "most"] * (kind in NUMBERS)
    names += ["depends_on"] * (kind in CHOICES)
    own = {"text": ["pattern"], "autonumber": ["numbering"], "link": ["to", "on_delete"], "formula": ["formula"]}
    rollup = ["source", "function", "of", "filter"]
    return names + (rollup if kind == "rollup" else own.get(kind, []))


class FieldForm(StudioForm):
    """What an administrator says of a field of `module`."""

    def __init__(self, request: HttpRequest, module: Module, kind: str, row: CustomField | None = None) -> None:
        names = [name for name in asked(kind) if row is None or name not in FIXED]
        super().__init__(request, CUSTOM_FIELD, names, record=row)
        self.of, self.kind = module, kind

    def read(self) -> tuple[dict[str, Any], dict[str, list[str]]]:
        given, errors = super().read()
        if self.kind == "rollup":
            given["filter"] = self.tree
        if self.kind in CHOICES:
            given["options"] = [_option(row) for row in self.rows if row.it or row.en or row.stored]
        return given, errors

    def drawn(self, f: Field, *, autofocus: bool) -> SafeString:
        options = self.offered(f.name)
        if options is None:
            return super().drawn(f, autofocus=autofocus)
        errors = self.errors.get(f.name, ())
        value, required = self.value(f), f.name in ("to", "source", "function", "of")
        help = f.help if f.name != "source" else ""
        return draw(
            "select", f.name, f.label, value, options=options, errors=errors, required=required, help=help or "",
            autofocus=autofocus,
        )  # fmt: skip

    def offered(self, name: str) -> Sequence[tuple[str, object]] | None:
        """What there is to choose from; None where one types."""
        if name == "to":
            return [(m.name, m.plural) for m in all_modules() if m.is_record and m.listed]
        if name == "depends_on":
            return [(f.name, f.label) for f in self.choices()]
        if name == "source":
            return [(f"{m.name}.{f.name}", f"{m.plural} · {f.label}") for m, f in incoming(self.of) if m.is_record]
        if name == "function":
            return list(FUNCTIONS.items())
        if name == "of":
            function = str(self.value(CUSTOM_FIELD.field("function")))
            fields = self.child.fields if self.child else ()
            return [(f.name, f.label) for f in fields if kind_of(f) in OVER.get(function, ())]
        return None

    def choices(self) -> list[Choice]:
        """The other choices of the module, on which this one may depend."""
        mine = self.record.name if self.record else ""
        return [f for f in self.of.fields if isinstance(f, Choice) and f.options and f.name != mine]

    @property
    def child(self) -> Module | None:
        """The module of the records that a roll-up counts."""
        return next((m for m, f in incoming(self.of) if m.is_record and f"{m.name}.{f.name}" == self.source), None)

    @property
    def source(self) -> str:
        return str(self.value(CUSTOM_FIELD.field("source")))

    @property
    def tree(self) -> dict[str, Any]:
        """The filter of a roll-up, which is nobody's but its module's."""
        if self.typed is not None:
            return tree_of(self.data.get("filter", "")) if self.data.get("filtered") == self.source else {}
        return dict(self.record.filter) if self.record else {}

    @property
    def counts(self) -> bool:
        """Whether a roll-up only counts, over no field."""
        return str(self.value(CUSTOM_FIELD.field("function"))) in ("", "count")

    @cached_property
    def rows(self) -> list[Row]:
        """The values of a choice in their order: as they were typed, or as they are stored."""
        if self.typed is not None:
            return [self._typed_row(key) for key in dict.fromkeys(self.data.getlist("row"))]
        options = self.record.options if self.record else []
        return [Row(key=f"s{n}", stored=True, **option) for n, option in enumerate(options)] or [Row("n0"), Row("n1")]

    @property
    def blank(self) -> Row:
        """What a row begins with that is added while one types."""
        return Row("__key__")

    def _typed_row(self, key: str) -> Row:
        def text(name: str) -> str:
            return self.data.get(f"{name}-{key}", "").strip()

        stored = {option["value"] for option in self.record.options} if self.record else set()
        return Row(
            key, text("value"), text("it"), text("en"), text("color"), bool(text("retired")),
            self.data.getlist(f"when-{key}"), stored=text("value") in stored,
        )  # fmt: skip

    @property
    def by(self) -> Choice | None:
        """The choice on which the values depend."""
        name = str(self.value(CUSTOM_FIELD.field("depends_on")))
        return next((f for f in self.choices() if f.name == name), None)


def _option(row: Row) -> dict[str, Any]:
    """The value as it is stored: what it is called in one language, it is called in the other unless that is said."""
    it, en = row.it or row.en, row.en or row.it
    value = row.value or plain(en)[:60] or en
    return {"value": value, "it": it, "en": en, "color": row.color, "retired": row.retired, "when": row.when}


def paths(module: Module) -> list[tuple[str, str]]:
    """(how a formula names it, what it is called) of the fields that it may use, those across a link after."""
    own = [(f.name, f"{f.label} · {f.name}") for f in module.fields if kind_of(f) and not f.hidden]
    links = [f for f in module.fields if isinstance(f, Link) and f.name not in ("created_by", "updated_by")]
    far = [
        (f"{link.name}.{f.name}", f"{link.label} › {f.label} · {link.name}.{f.name}")
        for link in links
        for f in get(link.to).fields
        if kind_of(f) not in ("", "link") and f.name != "updated_at" and not f.hidden
    ]
    return own + far
