"""Looking for duplicates among all customers."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from anello.core.jobs import LONG, job, periodic
from anello.core.modules import Module, get
from anello.customers import duplicates
from anello.customers.models import DuplicatePair, DuplicateScan

BATCH = 1000
FEW = 20_000
"""Up to so many changed records are compared by similar names one by one; more (the first time) by joins only."""
OVERLAP = dt.timedelta(minutes=15)
"""A gesture bears the time of its beginning and may be stored later than that."""


@periodic("15 2 * * *", queue=LONG)
def scan_all(timestamp: int) -> None:
    for module in ("person", "organisation"):
        scan(module)


@job(queue=LONG, lock="duplicates")
def scan_now(module: str) -> None:
    scan(module)


def scan(module_name: str) -> int:
    """Compare what changed since the last scan with everybody; returns the number of pairs that are open."""
    module, now = get(module_name), timezone.now()
    known = DuplicateScan.objects.filter(module=module_name).first()
    changed = _changed(module, known.until - OVERLAP if known else None)
    reach: duplicates.Reach = "similar" if changed[: FEW + 1].count() <= FEW else "blocks"
    last = 0
    while ids := list(changed.filter(pk__gt=last)[:BATCH]):
        _compare(module, ids, reach, now)
        last = ids[-1]
    DuplicateScan.objects.update_or_create(module=module_name, defaults={"until": now})
    return DuplicatePair.objects.filter(module=module_name, status=DuplicatePair.OPEN).count()


def _changed(module: Module, since: dt.datetime | None) -> QuerySet[Any, int]:
    """Ids, deleted records included: their pairs are none any more."""
    records: QuerySet[Any, int] = module.model.everything.order_by("pk").values_list("pk", flat=True)  # type: ignore[attr-defined]
    if since is None:
        return records
    points = get("contact_point").model.everything.filter(updated_at__gte=since)  # type: ignore[attr-defined]
    touched = Q(updated_at__gte=since) | Q(deleted_at__gte=since) | Q(pk__in=points.values(f"{module.name}_id"))
    return records.filter(touched)


@transaction.atomic
def _compare(module: Module, ids: list[int], reach: duplicates.Reach, now: dt.datetime) -> None:
    open_pairs = DuplicatePair.objects.filter(module=module.name, status=DuplicatePair.OPEN)
    open_pairs.filter(Q(first_id__in=ids) | Q(second_id__in=ids)).delete()
    DuplicatePair.objects.bulk_create(
        [
            DuplicatePair(
                module=module.name,
                first_id=first,
                second_id=second,
                score=duplicates.score(module.name, reasons),
                reasons=list(reasons),
                found_at=now,
            )
            for (first, second), reasons in duplicates.among(module, ids, reach).items()
        ],
        ignore_conflicts=True,
    )
