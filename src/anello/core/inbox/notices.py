"""Writing notices and reading one's own."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.db import connection, transaction
from django.db.models import Count

from anello.core.inbox.models import Notice, Watch
from anello.core.modules import Module, get
from anello.core.policies import Actor, visible
from anello.kit.text import L

CHANNEL = "anello_notice"
"""The notification that a notice was written: JSON `{user, count, text}`."""
CAP = 99


def deliver(users: Iterable[Any], text: L | str, *, kind: str, url: str) -> None:
    """See `anello.core.inbox.notify`."""
    ids = {getattr(user, "pk", user) for user in users} - {None}
    people: list[Any] = list(get("user").model._default_manager.filter(pk__in=ids, is_active=True))
    with transaction.atomic():
        notices = [Notice(user=p, kind=kind, text=_in_language(text, p.language)[:300], url=url[:300]) for p in people]
        Notice.objects.bulk_create(notices)
        announce({notice.user_id: notice.text for notice in notices})


def _in_language(text: L | str, language: str) -> str:
    if isinstance(text, L):
        return text.en if language.startswith("en") else text.it
    return text


def announce(texts: dict[int, str]) -> None:
    """Tell the open pages of these people how many notices are unread, and the newest text ("" for none)."""
    if not texts:
        return
    counts = dict(
        Notice.objects.filter(user_id__in=texts, read_at=None).values_list("user_id").annotate(number=Count("pk"))
    )
    payloads = [json.dumps({"user": u, "count": counts.get(u, 0), "text": text}) for u, text in texts.items()]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, payload) FROM unnest(%s::text[]) AS payload", [CHANNEL, payloads])


def unread(user: Any) -> int:
    """How many notices the person has not read, counted up to 99."""
    return Notice.objects.filter(user=user, read_at=None)[:CAP].count()


def newest(user: Any, size: int, *, before: int | None = None, unread_only: bool = False) -> list[Notice]:
    """The person's notices, newest first, older than the notice `before`."""
    notices = Notice.objects.filter(user=user)
    if before is not None:
        notices = notices.filter(pk__lt=before)
    if unread_only:
        notices = notices.filter(read_at=None)
    return list(notices.order_by("-pk")[:size])


def watchers(module: Module, record_id: int) -> list[Any]:
    """The people who watch a record, by name."""
    ids = Watch.objects.filter(module=module.name, record_id=record_id).values("user_id")
    people = get("user").model._default_manager.filter(pk__in=ids, is_active=True)
    return list(people.order_by("first_name", "last_name"))


def who_may_see(users: Iterable[Any], module: Module, record_ids: Iterable[int]) -> dict[int, set[int]]:
    """{user id: the records among `record_ids` that the person may see}."""
    wanted = list(record_ids)
    return {
        user.pk: set(
            module.model._default_manager.filter(pk__in=wanted)
            .filter(visible(Actor.of(user), module))
            .values_list("pk", flat=True)
        )
        for user in users
    }
