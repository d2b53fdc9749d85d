"""What a layout says: for each part of the screens what it is made of, and the view that follows from it.

A layout may name what is gone, or not there yet on this installation: it is skipped, and stands in its place again once
it is back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar, Self

import structlog
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from pydantic import Field as Constraint

from anello.core.modules import (
    Board,
    Choice,
    Email,
    Field,
    L,
    Link,
    Listing,
    LongText,
    Module,
    Money,
    MultiChoice,
    Phone,
    Section,
    Tags,
    TaxCode,
    Text,
    Url,
    Vat,
    Views,
    get,
)
from anello.core.modules.registry import names
from anello.core.studio.models import Layout

log = structlog.get_logger(__name__)
Name = Annotated[str, StringConstraints(min_length=1, max_length=130)]
Label = Annotated[str, StringConstraints(min_length=1, max_length=60, strip_whitespace=True)]
MOST_COLUMNS = 20
MOST_FIGURES = 6
MOST_FACTS = 4
"""Of a card."""
MOST_SEARCHED = 20
SEARCHABLE = (Text, LongText, Email, Phone, Url, TaxCode, Vat, Tags)


class Words(BaseModel):
    """What something is called in both languages."""

    model_config = ConfigDict(extra="forbid")
    it: Label
    en: Label

    @classmethod
    def of(cls, label: L) -> Self:
        return cls(it=label.it, en=label.en)

    def label(self) -> L:
        return L(self.it, self.en)


class Part(BaseModel):
    """What a layout says of one part of the screens."""

    model_config = ConfigDict(extra="forbid")
    part: ClassVar[str]

    @classmethod
    def of(cls, module: Module, views: Views) -> Self | None:
        """What these views of the module would be as a layout; None where they have no such part."""
        raise NotImplementedError

    def names(self) -> Iterable[str]:
        """Every field that it names, or `link.field`."""
        raise NotImplementedError

    def placed(self) -> list[str]:
        """What stands one beside the other, each once."""
        return list(self.names())

    def fits(self, f: Field) -> bool:
        """Whether the field can stand here."""
        return True

    def view(self, module: Module) -> Any:
        """What the Module is told of this part; None where nothing is left of it."""
        raise NotImplementedError


class Columns(Part):
    """The list: columns (`field` or `link.field`), and the field by which it is ordered (`-field` descends)."""

    part = "list"
    columns: list[Name] = Constraint(min_length=1, max_length=MOST_COLUMNS)
    sort: Annotated[str, Constraint(max_length=130)] = ""

    @classmethod
    def of(cls, module: Module, views: Views) -> Columns:
        return cls(columns=list(views.listing.columns), sort=views.listing.sort)

    def names(self) -> list[str]:
        return [*self.columns, *filter(None, [self.sort.removeprefix("-")])]

    def placed(self) -> list[str]:
        return self.columns

    def fits(self, f: Field) -> bool:
        return f.listed or f.name in ("title", self.sort.removeprefix("-"))

    def view(self, module: Module) -> Listing | None:
        columns = [path for path in self.columns if field_at(module, path)]
        by = self.sort.removeprefix("-")
        sort = self.sort if module.has(by) and module.field(by).sortable else module.listing.sort
        return Listing(columns, sort) if columns else None


class Block(BaseModel):
    """A section of the record page, under a tab or none."""

    model_config = ConfigDict(extra="forbid")
    label: Words
    tab: Words | None = None
    fields: list[Name] = Constraint(max_length=2000)


class Sections(Part):
    """The facts of the record page, and of its form."""

    part = "detail"
    sections: list[Block] = Constraint(min_length=1, max_length=60)

    @classmethod
    def of(cls, module: Module, views: Views) -> Sections:
        return cls(
            sections=[
                Block(label=Words.of(s.label), tab=s.tab and Words.of(s.tab), fields=list(s.fields))
                for s in views.detail.sections
            ]
        )

    def names(self) -> list[str]:
        return [name for section in self.sections for name in section.fields]

    def view(self, module: Module) -> list[Section]:
        return [
            Section(s.label.label(), [name for name in s.fields if module.has(name)], s.tab.label() if s.tab else None)
            for s in self.sections
        ]


class Figures(Part):
    """What the head of the record page shows: choices as pills, the rest as figures."""

    part = "figures"
    fields: list[Name] = Constraint(max_length=MOST_FIGURES)

    @classmethod
    def of(cls, module: Module, views: Views) -> Figures:
        return cls(fields=list(views.detail.figures)[:MOST_FIGURES])

    def names(self) -> list[str]:
        return self.fields

    def view(self, module: Module) -> list[str]:
        return [name for name in self.fields if module.has(name)]


class Quick(Part):
    """The form that makes a record in a hurry; what is required is asked there anyway."""

    part = "quick"
    fields: list[Name] = Constraint(min_length=1, max_length=40)

    @classmethod
    def of(cls, module: Module, views: Views) -> Quick | None:
        return cls(fields=list(views.quick)) if views.quick else None

    def names(self) -> list[str]:
        return self.fields

    def fits(self, f: Field) -> bool:
        return not f.readonly

    def view(self, module: Module) -> list[str] | None:
        return [name for name in self.fields if name in module.inputs] or None


class Cards(Part):
    """The board: the choice or link by which its columns are, the amount that is added up, the facts of a card."""

    part = "board"
    by: Name
    total: Annotated[str, Constraint(max_length=60)] = ""
    card: list[Name] = Constraint(max_length=MOST_FACTS)

    @classmethod
    def of(cls, module: Module, views: Views) -> Cards | None:
        board = views.board
        if board is None:
            return None
        return cls(by=board.by, total=board.total or "", card=list(board.card)[:MOST_FACTS])

    def names(self) -> list[str]:
        return [self.by, *filter(None, [self.total]), *self.card]

    def placed(self) -> list[str]:
        return self.card

    def fits(self, f: Field) -> bool:
        return f.listed

    def view(self, module: Module) -> Board | None:
        if not any(f.name == self.by for f in steps(module)):
            return None
        own = module.view(Board)
        total = self.total if module.has(self.total) and isinstance(module.field(self.total), Money) else None
        card = [name for name in self.card if field_at(module, name)]
        return Board(self.by, total, card, own.verbs if own and own.by == self.by else {})


class Lists(Part):
    """The related lists of the record page, `module.link` each."""

    part = "related"
    lists: list[Name] = Constraint(max_length=100)

    @classmethod
    def of(cls, module: Module, views: Views) -> Lists | None:
        return None if views.detail.related is None else cls(lists=list(views.detail.related))

    def names(self) -> list[str]:
        return []

    def placed(self) -> list[str]:
        return self.lists

    def view(self, module: Module) -> list[str]:
        return self.lists


class Searched(Part):
    """The fields whose words find a record, besides its title; the same for everybody."""

    part = "search"
    fields: list[Name] = Constraint(max_length=MOST_SEARCHED)

    @classmethod
    def of(cls, module: Module, views: Views) -> Searched:
        return cls(fields=list(module.search))

    def names(self) -> list[str]:
        return self.fields

    def fits(self, f: Field) -> bool:
        return isinstance(f, SEARCHABLE) and f.name != "title"

    def view(self, module: Module) -> list[str]:
        return [name for name in self.fields if module.has(name)]


PARTS: Mapping[str, type[Part]] = {
    kind.part: kind for kind in (Columns, Sections, Figures, Quick, Cards, Lists, Searched)
}
ONE_OF = L(f"Una di queste: {', '.join(PARTS)}.", f"One of these: {', '.join(PARTS)}.")


def steps(module: Module) -> list[Field]:
    """The fields by which a board can be: choices of one value, links that people set, and what the product's is by."""
    own = module.view(Board)
    return [
        f
        for f in module.fields
        if (isinstance(f, Choice) and not isinstance(f, MultiChoice))
        or (isinstance(f, Link) and not f.readonly)
        or (own is not None and f.name == own.by)
    ]


def field_at(module: Module, path: str) -> Field | None:
    """The field of a path, the module's own or one link away; None where there is none."""
    head, dot, rest = path.partition(".")
    if not module.has(head):
        return None
    f = module.field(head)
    if not dot:
        return f
    if not isinstance(f, Link) or f.to not in names() or not get(f.to).has(rest):
        return None
    return get(f.to).field(rest)


def read(row: Layout) -> Part | None:
    """What the layout says; None where it is of another version of the product: the screens are as without it."""
    try:
        return PARTS[row.part].model_validate(row.content)
    except (KeyError, ValidationError) as error:
        log.warning("layout_not_read", module=row.module, part=row.part, role=row.role, error=str(error))
        return None


def arrange(module: Module, rows: Iterable[Layout]) -> None:
    """Have the Module know the layouts that administrators made for it."""
    arranged: dict[str, dict[str, Any]] = {}
    for row in rows:
        said = read(row)
        view = said and said.view(module)
        if view is not None:
            arranged.setdefault(row.role, {})[row.part] = view
    module.search = arranged.get("", {}).pop("search", module.search)
    module.layouts = arranged


def own(module: Module) -> dict[tuple[str, str], Layout]:
    """{(role, part): the layout} of a module, as stored now."""
    return {(row.role, row.part): row for row in Layout.objects.filter(module=module.name)}
