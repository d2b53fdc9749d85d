"""Values of a list, and free words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator
from pydantic import Field as Constraint

from anello.core.modules.fields.base import CHOICE_OPERATORS, Field, fail, printable
from anello.kit.text import L


@dataclass(frozen=True)
class Option:
    """One value of a choice; `color` is a name of the palette (slate, violet, amber, green, teal, red, gray, blue…)."""

    value: str
    label: L
    color: str = "gray"
    retired: bool = False
    """It stays where it is, and is not offered any more."""


@dataclass(eq=False)
class Choice(Field):
    kind = "choice"
    operators = CHOICE_OPERATORS
    _: KW_ONLY
    options: Sequence[Option] = ()

    def option(self, value: Any) -> Option | None:
        return next((o for o in self.options if o.value == value), None)

    def clean(self, value: str) -> str:
        if value and self.option(value) is None:
            allowed = ", ".join(o.value for o in self.options)
            raise fail(L(f"Valore non previsto; i valori sono: {allowed}.", f"Not one of the values: {allowed}."))
        return value

    def parse(self, text: str, locale: str = "it") -> Any:
        word = text.strip().casefold()
        for o in self.options:
            if word in (o.value.casefold(), o.label.it.casefold(), o.label.en.casefold()):
                return o.value
        return text.strip()

    def display(self, value: Any, locale: str = "it") -> str:
        option = self.option(value)
        return str(option.label) if option else str(value or "")

    def edit_text(self, value: Any, locale: str = "it") -> str:
        return value or ""


def _list(value: Any) -> Any:
    return [] if value is None else value


@dataclass(eq=False)
class MultiChoice(Choice):
    """Several values of a list, in an array column."""

    sortable = False

    kind = "multichoice"

    def annotation(self) -> Any:
        item = Annotated[
            str, Constraint(min_length=1, max_length=60), AfterValidator(printable), AfterValidator(self._item)
        ]
        return Annotated[
            list[item],
            BeforeValidator(_list),
            Constraint(max_length=100),
            AfterValidator(lambda v: list(dict.fromkeys(v))),
        ]

    def _item(self, value: str) -> str:
        return Choice.clean(self, value)

    def output(self) -> Any:
        return list[str]

    def clean(self, value: Any) -> Any:
        return value

    def parse(self, text: str, locale: str = "it") -> Any:
        return [Choice.parse(self, part, locale) for part in text.replace(";", ",").split(",") if part.strip()]

    def display(self, value: Any, locale: str = "it") -> str:
        return ", ".join(Choice.display(self, v) for v in value or [])

    def edit_text(self, value: Any, locale: str = "it") -> str:
        return ", ".join(value or [])


@dataclass(eq=False)
class Tags(MultiChoice):
    """Free words in an array column."""

    kind = "tags"

    def _item(self, value: str) -> str:
        return value.strip()

    def parse(self, text: str, locale: str = "it") -> Any:
        return [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]

    def display(self, value: Any, locale: str = "it") -> str:
        return ", ".join(value or [])
