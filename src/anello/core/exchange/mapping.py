"""Mappings: which column of a file becomes which field of which module.

A mapping is data, the same whether a person makes it in the browser, saves it by name, or an app ships it:
`register(Named("cdnow", L(…), Mapping(feeds=[…])))` in its `mappings.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from anello.core.actions import Invalid
from anello.core.exchange.models import ImportMapping
from anello.kit.text import L

Duplicates = Literal["skip", "update", "create"]
PLACE = re.compile(r"\{([^{}]+)\}")
LINE = "#line"
"""The place of the row's own line number: what makes rows without a key of their own known again."""


class Column(BaseModel):
    """Where a field's value comes from: a column of the file, or a text with `{columns}` in it (a constant has none).

    `{#line}` in a text is the line of the file where the row starts.
    `default` is such a text too, for empty cells. `date` is a strptime format and `decimals` the language of numbers,
    when the file's differ from the reader's. A link is found `by` a field of the linked module (`id`, `title`, an
    external key…), or by whatever fits, and with `create` made when it is missing. A `lenient` column leaves out values
    that are not valid, and the run counts them, instead of refusing the row.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    field: str
    source: str = ""
    text: str = ""
    default: str = ""
    date: str = ""
    decimals: Literal["", "it", "en"] = ""
    by: str = ""
    create: bool = False
    lenient: bool = False

    @model_validator(mode="after")
    def _one_origin(self) -> Column:
        if bool(self.source) == bool(self.text):
            raise ValueError(
                str(
                    L(
                        f"«{self.field}» vuole una colonna oppure un testo.",
                        f"“{self.field}” takes a column or else a text.",
                    )
                )
            )
        return self

    @property
    def sources(self) -> list[str]:
        """The columns of the file that it reads."""
        places = [*PLACE.findall(self.text), *PLACE.findall(self.default)]
        return [*([self.source] if self.source else []), *(place for place in places if place != LINE)]


class Feed(BaseModel):
    """What each row becomes in one module: a record, or a change to the one found by a `match` field.

    Without `match` the module's duplicate keys that are mapped are used. `duplicates` overrules the run's choice.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    module: str
    columns: list[Column] = Field(min_length=1, max_length=300)
    match: list[str] | None = None
    duplicates: Duplicates | None = None

    @model_validator(mode="after")
    def _each_field_once(self) -> Feed:
        names = [column.field for column in self.columns]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            listed = ", ".join(twice)
            raise ValueError(str(L(f"Campi abbinati due volte: {listed}.", f"Fields that are mapped twice: {listed}.")))
        return self


class Mapping(BaseModel):
    """One row may feed several modules, in order: a later one can link to what an earlier one made or found."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    feeds: list[Feed] = Field(min_length=1, max_length=10)

    @property
    def sources(self) -> list[str]:
        """The columns it needs in the file, each once."""
        return list(dict.fromkeys(s for feed in self.feeds for column in feed.columns for s in column.sources))


@dataclass(frozen=True)
class Named:
    """A mapping that the product ships; it belongs to the module of its first feed."""

    name: str
    label: L
    mapping: Mapping

    @property
    def module(self) -> str:
        return self.mapping.feeds[0].module


_shipped: dict[tuple[str, str], Named] = {}


def register(named: Named) -> Named:
    """Make a shipped mapping known; its name must be free in its module."""
    key = (named.module, named.name)
    if key in _shipped:
        raise ValueError(f"mapping {named.name} of {named.module} is registered twice")
    _shipped[key] = named
    return named


def shipped(module: str) -> list[Named]:
    return [named for (owner, _), named in _shipped.items() if owner == module]


def find(module: str, name: str) -> Mapping:
    """The mapping of that name, saved or shipped; Invalid({"mapping": …}) names the ones there are."""
    if (module, name) in _shipped:
        return _shipped[module, name].mapping
    saved = ImportMapping.objects.filter(module=module, name=name).first()
    if saved is not None:
        return load(saved.feeds)
    names = sorted(
        [n.name for n in shipped(module)]
        + list(ImportMapping.objects.filter(module=module).values_list("name", flat=True))
    )
    known = ", ".join(names) or "–"
    raise Invalid(
        {
            "mapping": [
                L(
                    f"Nessun mapping si chiama «{name}». Ci sono: {known}.",
                    f"No mapping is called “{name}”. There are: {known}.",
                )
            ]
        }
    )


def load(data: object) -> Mapping:
    """A mapping from JSON; Invalid({"mapping": …}) says what is wrong with it."""
    try:
        return Mapping.model_validate(data)
    except ValidationError as error:
        words = [str(item["msg"]).removeprefix("Value error, ") for item in error.errors(include_url=False)]
        raise Invalid({"mapping": words}) from error


def names(module: str) -> list[tuple[str, str]]:
    """(name, label) of the mappings one can choose: saved ones first, then those that the product ships."""
    saved = ImportMapping.objects.filter(module=module).order_by("name").values_list("name", flat=True)
    return [*((name, name) for name in saved), *((named.name, str(named.label)) for named in shipped(module))]
