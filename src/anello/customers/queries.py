"""Reading customers: their timeline and what belongs to them, with permission."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Max, Q, Value

from anello.core.modules import L, Module, Record, all_modules, by_model, get
from anello.core.policies import Actor, can, visible
from anello.customers.figures import figure
from anello.customers.models import (
    Address,
    Consent,
    ContactPoint,
    DuplicatePair,
    Interaction,
    MergeRecord,
    Organisation,
    Person,
    Relation,
)
from anello.customers.module import INTERACTION, PURPOSES, RELATION_KINDS

PAGE = 20
MOST = 50
"""Details shown at once; nobody has more, and a page must not grow with those who do."""


@dataclass(frozen=True)
class Moment:
    """An entry of the timeline; `about` is the title of the record it is about, if there is one the actor may see."""

    interaction: Interaction
    about: str = ""


def timeline(
    actor: Actor,
    record: Record,
    channels: Sequence[str] | None = None,
    before: tuple[dt.datetime, int] | dt.datetime | None = None,
    size: int = PAGE,
) -> list[Moment]:
    """The newest `size` entries of a record the actor was found to see, of some channels or of all: of a customer, or
    of a record that is talked about (`Timeline.said`).

    `before` is a moment (entries at it or earlier) or the (at, id) of the last entry seen (entries after it in order).
    What happened to a record that the actor may not see is left out.
    """
    here = _of(actor, by_model(type(record)), record.pk).defer("search_text")
    if channels is not None:
        here = here.filter(channel__in=channels)
    seen = [m.name for m in all_modules() if m.is_record and can(actor, m)]
    here = here.filter(~Q(channel="system") | Q(about_module__in=seen)).select_related("owner")
    here = here.order_by("-at", "-id")
    moments: list[Moment] = []
    while len(moments) < size:
        chunk = list(_from(here, before)[:size])
        titles = _titles(actor, [(i.about_module, i.about_id) for i in chunk if i.about_id and i.about_module in seen])
        for one in chunk:
            about = titles.get((one.about_module, one.about_id or 0), "")
            if about or one.channel != "system":
                moments.append(Moment(one, about))
        if len(chunk) < size:
            break
        before = (chunk[-1].at, chunk[-1].pk)
    return moments[:size]


def _of(actor: Actor, module: Module, pk: int) -> models.QuerySet[Interaction]:
    if INTERACTION.has(module.name):
        return Interaction.objects.filter(**{module.name: pk})
    # Of a deal one may see, but not its customer, one reads what was said about the deal alone.
    return Interaction.objects.filter(visible(actor, INTERACTION), about_module=module.name, about_id=pk)


def _from(
    rows: models.QuerySet[Interaction], before: tuple[dt.datetime, int] | dt.datetime | None
) -> models.QuerySet[Interaction]:
    if before is None:
        return rows
    if isinstance(before, dt.datetime):
        return rows.filter(at__lte=before)
    at, pk = before
    return rows.filter(at__lte=at).filter(Q(at__lt=at) | Q(pk__lt=pk))


def _titles(actor: Actor, pairs: Iterable[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """{(module, id): title} of the records that the actor may see, in one statement."""
    wanted: dict[str, set[int]] = {}
    for module, pk in pairs:
        wanted.setdefault(module, set()).add(pk)
    parts = [
        get(name)
        .model._default_manager.filter(visible(actor, name), pk__in=ids)
        .order_by()
        .annotate(which=Value(name, output_field=models.CharField()))
        .values_list("which", "pk", "title")
        for name, ids in wanted.items()
    ]
    if not parts:
        return {}
    rows = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    return {(name, pk): title for name, pk, title in rows}


def contact_points(record: Person | Organisation) -> list[ContactPoint]:
    """Further ways to reach a customer, by kind."""
    here = ContactPoint.objects.filter(**{by_model(type(record)).name: record.pk})
    return list(here.defer("search_text").order_by("kind", "id")[:MOST])


def addresses(record: Person | Organisation) -> list[Address]:
    """Postal addresses besides the main one."""
    here = Address.objects.filter(**{by_model(type(record)).name: record.pk})
    return list(here.defer("search_text").order_by("kind", "id")[:MOST])


@dataclass(frozen=True)
class Permission:
    """What a customer says now to one purpose; `last` is None when nobody asked."""

    purpose: str
    label: L
    last: Consent | None

    @property
    def given(self) -> bool:
        return self.last is not None and self.last.status == "given"


def consents(record: Person | Organisation) -> list[Permission]:
    """The last word on every purpose."""
    here = Consent.objects.filter(**{by_model(type(record)).name: record.pk}).defer("search_text")
    last = {c.purpose: c for c in here.order_by("purpose", "-at", "-id").distinct("purpose")}
    return [Permission(option.value, option.label, last.get(option.value)) for option in PURPOSES]


def agreeing(module: str, purpose: str) -> models.QuerySet[Any, Any]:
    """The ids of all customers who agree to a purpose now, for use within another query."""
    asked = Consent.objects.filter(**{f"{module}__isnull": False}, purpose=purpose)
    last = asked.order_by(f"{module}_id", "-at", "-id").distinct(f"{module}_id")
    return Consent.objects.filter(pk__in=last.values("pk"), status="given").values(f"{module}_id")


def allowed(module: str, ids: Sequence[int], purpose: str) -> set[int]:
    """Which of the customers agree to a purpose now: for every mailing and call list."""
    last = Consent.objects.filter(**{f"{module}__in": ids}, purpose=purpose).order_by(f"{module}_id", "-at", "-id")
    rows = last.distinct(f"{module}_id").values_list(f"{module}_id", "status")
    return {pk for pk, status in rows if status == "given"}


@dataclass(frozen=True)
class Tie:
    """A relation seen from one end: what this one is to the `other`."""

    relation: Relation
    label: L
    other: Person | Organisation


def relations(actor: Actor, record: Person | Organisation) -> list[Tie]:
    """Relations of a customer, from whichever end, with others the actor may see; those that are over come last."""
    name = by_model(type(record)).name
    ends = Q(**{name: record.pk}) | Q(**{f"other_{name}": record.pk})
    found = Relation.objects.filter(ends).filter(visible(actor, "relation")).defer("search_text")
    links = ("person", "organisation", "other_person", "other_organisation")
    ties = []
    for relation in found.select_related(*links).order_by("until", "id")[:MOST]:
        kind = RELATION_KINDS[relation.kind]
        if getattr(relation, f"{name}_id") == record.pk:
            ties.append(Tie(relation, kind.label, relation.other_person or relation.other_organisation))  # type: ignore[arg-type]
        else:
            ties.append(Tie(relation, kind.inverse, relation.person or relation.organisation))  # type: ignore[arg-type]
    return ties


def kept_apart(module: str) -> set[tuple[int, int]]:
    """Pairs (lower id first) of whom somebody said that they are two; the merged count as who they are now."""
    dismissed = DuplicatePair.objects.filter(module=module, status=DuplicatePair.DISMISSED)
    pairs = list(dismissed.values_list("first_id", "second_id"))
    into: dict[int, int] = {}
    asked = {pk for pair in pairs for pk in pair}
    while asked:
        merged = get(module).model._base_manager.filter(pk__in=asked, merged_into__isnull=False)
        step = dict(merged.values_list("pk", "merged_into_id"))
        asked = set(step.values()) - into.keys()
        into |= step
    now = [(_through(into, first), _through(into, second)) for first, second in pairs]
    return {(min(pair), max(pair)) for pair in now if pair[0] != pair[1]}


def _through(into: Mapping[int, int], pk: int) -> int:
    while pk in into:
        pk = into[pk]
    return pk


def merge_stands(module: str, merge: int) -> bool:
    """Whether a merge was made and not taken back."""
    return MergeRecord.objects.filter(module=module, pk=merge, undone_at=None).exists()


@figure("last_contact", L("Ultimo contatto", "Last contact"), kind="date", order=10)
def last_contact(actor: Actor, module: str, ids: Sequence[int]) -> Mapping[int, dt.datetime]:
    """When somebody last spoke or wrote with the customer."""
    said = Interaction.objects.filter(**{f"{module}__in": ids}).exclude(channel__in=("system", "note"))
    return dict(said.values_list(module).annotate(Max("at")))
