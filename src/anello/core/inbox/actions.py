"""What people do with their notices and with what they watch."""

from __future__ import annotations

from typing import Any, Literal

from django.db.models import Q
from pydantic import BaseModel, ConfigDict

from anello.core.actions import Context, Invalid, NotFound, action
from anello.core.inbox.models import Notice, Watch
from anello.core.inbox.notices import announce
from anello.core.modules import get
from anello.core.modules.registry import names
from anello.core.policies import visible
from anello.kit.text import L


class Read(BaseModel):
    """Notices of one's own to mark as read; none given: all of them."""

    model_config = ConfigDict(extra="forbid")
    ids: list[int] | None = None


@action("notice.read", input=Read)
def read(ctx: Context, data: Read) -> int:
    """Returns how many were unread. A private mark: it changes no record, so it leaves no event."""
    mine = Q(user_id=ctx.actor.id, read_at=None)
    if data.ids is not None:
        mine &= Q(pk__in=data.ids)
    number = Notice.objects.filter(mine).update(read_at=ctx.now)
    if number and ctx.actor.id is not None:
        announce({ctx.actor.id: ""})
    return number


class WatchRecord(BaseModel):
    """Watch a record, or stop watching it."""

    model_config = ConfigDict(extra="forbid")
    module: str
    id: int
    on: bool = True


@action("record.watch", input=WatchRecord)
def watch(ctx: Context, data: WatchRecord) -> bool:
    """Returns whether the person watches the record now; NotFound for what the person may not see."""
    if data.module not in names() or ctx.actor.id is None:
        raise NotFound(data.module)
    module = get(data.module)
    if not module.model._default_manager.filter(pk=data.id).filter(visible(ctx.actor, module)).exists():
        raise NotFound(str(module.names))
    key: dict[str, Any] = {"user_id": ctx.actor.id, "module": data.module, "record_id": data.id}
    if data.on:
        Watch.objects.get_or_create(**key)
    else:
        Watch.objects.filter(**key).delete()
    return data.on


class Preferences(BaseModel):
    """How one's notices also come by mail."""

    model_config = ConfigDict(extra="forbid")
    digest: Literal["off", "daily", "weekly"]


@action("inbox.preferences", input=Preferences)
def preferences(ctx: Context, data: Preferences) -> str:
    if ctx.user is None:
        raise Invalid(L("Serve una persona.", "A person is needed."))
    person: Any = get("user").model._default_manager.select_for_update().get(pk=ctx.user.pk)
    person.preferences = {**person.preferences, "digest": data.digest}
    person.save(update_fields=["preferences"])
    return data.digest
