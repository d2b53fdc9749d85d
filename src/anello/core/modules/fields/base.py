"""What every field kind has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from django.db import models
from pydantic import AfterValidator, BeforeValidator
from pydantic import Field as Constraint
from pydantic_core import PydanticCustomError

from anello.kit.text import L

if TYPE_CHECKING:
    from anello.core.modules.spec import Module

TEXT_OPERATORS = ("contains", "not_contains", "is", "is_not", "starts", "in", "not_in", "empty", "not_empty")
ORDER_OPERATORS = ("is", "is_not", "lt", "lte", "gt", "gte", "between", "empty", "not_empty")
DATE_OPERATORS = ("period", *ORDER_OPERATORS)
CHOICE_OPERATORS = ("in", "not_in", "empty", "not_empty")

BIGINT = 2**63 - 1


def fail(text: L | str) -> PydanticCustomError:
    """An error whose words are ours, in the reader's language."""
    return PydanticCustomError("anello", "{text}", {"text": str(text)})  # type: ignore[arg-type]


def printable(value: str) -> str:
    # PostgreSQL cannot store NUL; lone surrogates cannot be encoded.
    if "\x00" in value or any("\ud800" <= c <= "\udfff" for c in value):
        raise fail(L("Contiene caratteri che non si possono salvare.", "Contains characters that cannot be stored."))
    return value


def _blank(value: Any) -> Any:
    return "" if value is None else value.strip() if isinstance(value, str) else value


@dataclass(eq=False)
class Field:
    """One fact of a record. `name` is the attribute and column; `label` what people call it."""

    name: str
    label: L
    _: KW_ONLY
    help: L | None = None
    readonly: bool = False
    """Derived by the product: shown, filtered and exported, never taken from input."""
    required: bool | None = None
    """None takes it from the column: not null, not blank and without a default."""
    warn_unique: bool = False
    """Another record with the same value is a warning at entry and a key of the duplicates rule."""
    listed: bool = True
    """May be a column of a list."""
    hidden: bool = False
    """An administrator does without it: nobody sees it, whatever their role."""
    uses: Sequence[tuple[str, str]] = ()
    """What it is worked out of, (module, field): who may not see all of that does not see it either."""
    unique_index: str = ""
    """The name of the index by which the database keeps its values apart."""
    module: Module = field(init=False, repr=False)

    kind: ClassVar[str] = "text"
    operators: ClassVar[tuple[str, ...]] = TEXT_OPERATORS
    align: ClassVar[str] = "start"
    sortable: ClassVar[bool] = True
    """Lists can be ordered by it."""

    def bind(self, module: Module) -> None:
        self.module = module
        if self.required is None:
            column = self.column
            default = (
                column.has_default() or getattr(column, "db_default", models.NOT_PROVIDED) is not models.NOT_PROVIDED
            )
            self.required = not (column.null or column.blank or default or self.readonly)

    @property
    def column(self) -> models.Field[Any, Any]:
        return self.module.model._meta.get_field(self.name)  # type: ignore[return-value]

    @property
    def attribute(self) -> str:
        """The attribute that holds the stored value (`organisation_id` for a link)."""
        return self.name

    @property
    def columns(self) -> tuple[str, ...]:
        """Names for `update_fields`."""
        return (self.name,)

    @property
    def lookup(self) -> str:
        """The ORM path of the value."""
        return self.attribute

    def get(self, record: Any) -> Any:
        return getattr(record, self.attribute)

    def set(self, record: Any, value: Any) -> None:
        setattr(record, self.attribute, value)

    def annotation(self) -> Any:
        """The pydantic type of a valid value."""
        limit = getattr(self.column, "max_length", None) or 100_000
        return Annotated[
            str,
            BeforeValidator(_blank),
            Constraint(max_length=limit, min_length=1 if self.required else 0),
            AfterValidator(printable),
            AfterValidator(self.clean),
        ]

    def output(self) -> Any:
        """The pydantic type of what the API returns."""
        return str

    def clean(self, value: Any) -> Any:
        """The canonical form of a value of the right type, or a ValueError/PydanticCustomError."""
        return value

    def parse(self, text: str, locale: str = "it") -> Any:
        """From what a person types or a file holds; ValueError says what is wrong."""
        return text

    def json(self, value: Any) -> Any:
        return value

    def display(self, value: Any, locale: str = "it") -> str:
        return "" if value is None else str(value)

    def edit_text(self, value: Any, locale: str = "it") -> str:
        """The text `parse` reads back."""
        return self.display(value, locale)
