"""Other records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator
from pydantic import Field as Constraint

from anello.core.modules.fields.base import BIGINT, CHOICE_OPERATORS, Field, fail
from anello.kit.numbers import whole
from anello.kit.text import L

if TYPE_CHECKING:
    from anello.core.modules.spec import Module


@dataclass(eq=False)
class Link(Field):
    """A record of module `to`. Text is its id or, in imports and forms, its exact title."""

    kind = "link"
    operators = CHOICE_OPERATORS
    to: str = ""

    @property
    def attribute(self) -> str:
        return f"{self.name}_id"

    def annotation(self) -> Any:
        kind: Any = Annotated[int, Constraint(ge=1, le=BIGINT)]
        return kind if self.required else kind | None

    def output(self) -> Any:
        return int | None

    def parse(self, text: str, locale: str = "it") -> Any:
        text = text.strip()
        if not text:
            return None
        number = whole(text)
        return text if number is None else number

    def display(self, value: Any, locale: str = "it") -> str:
        return "" if value is None else str(value)

    def target(self, value: int | None) -> tuple[str, int] | None:
        """The (module, id) that a valid value names."""
        return None if value is None else (self.to, value)


@dataclass(eq=False)
class Ref(Field):
    """A record of any of `modules`, in columns `<name>_module` and `<name>_id`; as text and JSON `module:id`."""

    kind = "ref"
    operators = ("is", "empty", "not_empty")
    sortable = False
    _: KW_ONLY
    modules: Sequence[str] = ()
    """Allowed modules; empty allows all."""

    def bind(self, module: Module) -> None:
        self.module = module
        self.required = bool(self.required)

    @property
    def columns(self) -> tuple[str, ...]:
        return (f"{self.name}_module", f"{self.name}_id")

    @property
    def lookup(self) -> str:
        return f"{self.name}_id"

    def get(self, record: Any) -> Any:
        module, pk = getattr(record, f"{self.name}_module"), getattr(record, f"{self.name}_id")
        return f"{module}:{pk}" if module and pk else None

    def set(self, record: Any, value: Any) -> None:
        module, _, pk = (value or "").partition(":")
        setattr(record, f"{self.name}_module", module)
        setattr(record, f"{self.name}_id", int(pk) if pk else None)

    def annotation(self) -> Any:
        kind: Any = Annotated[str, Constraint(max_length=80), AfterValidator(self.clean)]
        return kind if self.required else kind | None

    def output(self) -> Any:
        return str | None

    def clean(self, value: Any) -> Any:
        if not value:
            return None
        module, _, pk = value.partition(":")
        from anello.core.modules.registry import names

        if module not in (self.modules or names()) or whole(pk) is None:
            raise fail(L("Indica un record come modulo:numero.", "Give a record as module:number."))
        return value

    def parse(self, text: str, locale: str = "it") -> Any:
        return self.clean(text.strip())

    def target(self, value: str | None) -> tuple[str, int] | None:
        """The (module, id) that a valid value names."""
        module, _, pk = (value or "").partition(":")
        return (module, int(pk)) if pk else None
