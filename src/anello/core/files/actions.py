"""Attaching files to records and taking them off."""

from __future__ import annotations

from typing import Annotated, Any

from django.conf import settings
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from anello.core import contents
from anello.core.actions import Context, Invalid, NotFound, action
from anello.core.actions.run import fetch
from anello.core.files.models import Attachment
from anello.core.modules import get
from anello.core.modules.fields.files import GONE
from anello.core.modules.registry import names
from anello.kit.text import L


class Attach(BaseModel):
    """A stored content (see `contents.store`) to attach to a record."""

    model_config = ConfigDict(extra="forbid")
    module: str
    record: int
    name: Annotated[str, Field(max_length=1000), AfterValidator(contents.file_name)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    size: Annotated[int, Field(ge=0)]


@action("file.attach", input=Attach)
def attach(ctx: Context, data: Attach) -> Attachment:
    """The actor must be allowed to edit the record."""
    parent = _parent(ctx, data.module, data.record, "edit")
    if contents.hold(data.sha256) is None:
        raise Invalid(GONE)
    if data.size > settings.ATTACHMENT_MAX_BYTES:
        raise Invalid(contents.too_large())
    made = Attachment.objects.create(
        module=data.module,
        record_id=data.record,
        name=data.name,
        size=data.size,
        sha256=data.sha256,
        content_type=contents.type_of(data.name, contents.head_of(data.sha256)),
        uploaded_by_id=ctx.actor.id,
        uploaded_at=ctx.now,
    )
    _tell(ctx, "file.attached", parent, made)
    return made


class Which(BaseModel):
    """An attachment."""

    model_config = ConfigDict(extra="forbid")
    id: int


@action("file.remove", input=Which)
def remove(ctx: Context, data: Which) -> Attachment:
    """Put the file aside; `file.restore` brings it back within 30 days."""
    return _set_aside(ctx, data.id, gone=True)


@action("file.restore", input=Which)
def restore(ctx: Context, data: Which) -> Attachment:
    return _set_aside(ctx, data.id, gone=False)


def _set_aside(ctx: Context, pk: int, *, gone: bool) -> Attachment:
    found = Attachment.everything.select_for_update(of=("self",)).filter(pk=pk, deleted_at__isnull=gone).first()
    if found is None:
        raise NotFound(str(L("Il file non esiste.", "The file does not exist.")))
    parent = _parent(ctx, found.module, found.record_id, "edit")
    found.deleted_at = ctx.now if gone else None
    found.save(update_fields=["deleted_at"])
    _tell(ctx, "file.removed" if gone else "file.recovered", parent, found)
    return found


def _parent(ctx: Context, module: str, pk: int, verb: str) -> Any:
    if module not in names():
        raise NotFound(module)
    (record,) = fetch(ctx, get(module), pk, verb)
    return record


def _tell(ctx: Context, kind: str, parent: Any, attachment: Attachment) -> None:
    ctx.emit(kind, parent, data={"file": attachment.pk, "name": attachment.name, "size": attachment.size})
