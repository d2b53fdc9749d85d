"""Files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError, WithJsonSchema
from pydantic import Field as Constraint

from anello.core import contents
from anello.core.modules.fields.base import Field, fail, printable
from anello.kit.text import L


class StoredFile(BaseModel):
    """A stored content and what it is called; `size` in bytes is that of the content, whatever is given."""

    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, Constraint(max_length=1000), AfterValidator(printable), AfterValidator(contents.file_name)]
    sha256: Annotated[str, Constraint(pattern=r"^[0-9a-f]{64}$")]
    size: int = 0


UPLOAD = L(
    "Qui va un file caricato prima, non il suo nome: caricalo dalla pagina del record o dall'API.",
    "This takes a file that was uploaded before, not its name: upload it on the record's page or by the API.",
)
GONE = L("Il contenuto non c'è: carica di nuovo il file.", "The content is gone: upload the file again.")


@dataclass(eq=False)
class File(Field):
    """A file: `{"name": …, "sha256": …, "size": bytes}` in a JSON column, null for none.

    Its content is stored before (`contents.store`) and stays as long as something names it. Text is that JSON.
    """

    kind: ClassVar[str] = "file"
    operators: ClassVar[tuple[str, ...]] = ("empty", "not_empty")
    sortable: ClassVar[bool] = False

    def annotation(self) -> Any:
        one = StoredFile.model_json_schema()
        schema = one if self.required else {"anyOf": [one, {"type": "null"}]}
        return Annotated[Any, BeforeValidator(_read), AfterValidator(self._known), WithJsonSchema(schema)]

    def output(self) -> Any:
        return StoredFile | None

    def _known(self, value: Any) -> dict[str, Any] | None:
        if value is None:
            if self.required:
                raise fail(L("Serve un file.", "A file is needed."))
            return None
        try:
            found = StoredFile.model_validate(value)
        except ValidationError as error:
            raise fail(UPLOAD) from error
        size = contents.hold(found.sha256)
        if size is None:
            raise fail(GONE)
        return {"name": found.name, "sha256": found.sha256, "size": size}

    def parse(self, text: str, locale: str = "it") -> Any:
        return _read(text)

    def display(self, value: Any, locale: str = "it") -> str:
        return value["name"] if value else ""

    def edit_text(self, value: Any, locale: str = "it") -> str:
        return json.dumps(value, ensure_ascii=False) if value else ""


def _read(value: Any) -> Any:
    if not isinstance(value, str):
        return value or None
    if not value.strip():
        return None
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as error:
        raise fail(UPLOAD) from error
