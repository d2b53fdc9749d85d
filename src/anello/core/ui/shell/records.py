"""Records a person keeps at hand: favourites and those opened last."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from django.db import models
from django.db.models import Value
from django.utils import timezone

from anello.core.modules import Module, all_modules
from anello.core.policies import Actor, can, visible
from anello.core.ui.models import Favourite, RecentRecord
from anello.core.ui.values import record_url

AT_HAND = 12


@dataclass(frozen=True)
class Known:
    """A record by name, with the way to it."""

    module: Module
    id: int
    label: str

    @property
    def icon(self) -> str:
        return self.module.icon

    @property
    def url(self) -> str:
        return record_url(self.module.name, self.id)


def named(actor: Actor, keys: Iterable[tuple[str, int]]) -> list[Known]:
    """The records of (module, id) pairs that the actor may see, in that order; one statement."""
    wanted: dict[str, list[int]] = {}
    keys = list(keys)
    for name, pk in keys:
        wanted.setdefault(name, []).append(pk)
    modules = [m for m in all_modules() if m.name in wanted and m.is_record and can(actor, m)]
    parts = [
        m.model._default_manager.filter(visible(actor, m), pk__in=wanted[m.name])
        .annotate(named_module=Value(m.name, output_field=models.CharField()))
        .order_by()
        .values_list("named_module", "pk", "title")
        for m in modules
    ]
    if not parts:
        return []
    rows: Any = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    titles = {(name, pk): title for name, pk, title in rows}
    by_name = {m.name: m for m in modules}
    return [Known(by_name[key[0]], key[1], titles[key]) for key in keys if key in titles]


_starred: WeakKeyDictionary[Actor, list[tuple[str, int]]] = WeakKeyDictionary()
"""What the actor of a request has starred: the shell and the record page both ask."""


def _stars(actor: Actor) -> list[tuple[str, int]]:
    if actor not in _starred:
        mine = Favourite.objects.filter(user=actor.user).order_by("at")
        _starred[actor] = list(mine.values_list("module", "record_id")[:AT_HAND])
    return _starred[actor]


def favourites(actor: Actor) -> list[Known]:
    """The starred records, in the order they were starred."""
    return named(actor, _stars(actor))


def starred(actor: Actor, module: Module, pk: int) -> bool:
    """Whether the record is among the reader's favourites."""
    stars = _stars(actor)
    if (module.name, pk) in stars or len(stars) < AT_HAND:
        return (module.name, pk) in stars
    return Favourite.objects.filter(user=actor.user, module=module.name, record_id=pk).exists()


def recent(actor: Actor, size: int = AT_HAND) -> list[Known]:
    """The records opened last, newest first."""
    mine = RecentRecord.objects.filter(user=actor.user).order_by("-at")
    return named(actor, mine.values_list("module", "record_id")[:size])


def remember(actor: Actor, module: Module, pk: int) -> None:
    """Note that the person opened a record: record pages call it. No action: looking is no fact about the record.

    What an administrator opens who sees as this person, the person did not.
    """
    if actor.viewer is not None:
        return
    RecentRecord.objects.bulk_create(
        [RecentRecord(user=actor.user, module=module.name, record_id=pk, at=timezone.now())],
        update_conflicts=True,
        unique_fields=["user", "module", "record_id"],
        update_fields=["at"],
    )
