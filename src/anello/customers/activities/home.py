"""The calendar's place in the navigation, and what of it people find on their home page."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from anello.core.policies import visible
from anello.core.ui.shell.places import place
from anello.core.ui.shell.widgets import widget
from anello.customers.activities import queries, views
from anello.customers.activities.models import Activity
from anello.customers.activities.module import ACTIVE
from anello.customers.activities.queries import Occurrence
from anello.customers.activities.series import span, wall, zone_of
from anello.kit.text import L

MOST = 12

place("activities", L("Calendario", "Calendar"), "calendar", "/calendar/")


@widget("my_day", L("La mia giornata", "My day"), area="activities", icon="calendar-event", order=10)
def my_day(request: HttpRequest) -> SafeString:
    """What I do today, in order."""
    start = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    end = start + dt.timedelta(days=1)
    window = queries.occurrences(request.actor, start, end, [request.user.pk])  # type: ignore[attr-defined,list-item]
    return _listed(request, window.occurrences, late=False)


@widget("overdue", L("In ritardo", "Overdue"), area="activities", icon="alert-triangle", order=20)
def overdue(request: HttpRequest) -> SafeString:
    """What of mine should have happened by now."""
    mine = Activity.objects.filter(visible(request.actor, "activity"), owner=request.user, status__in=ACTIVE)  # type: ignore[attr-defined,misc]
    late = Q(start_at=None, due_on__lt=timezone.localdate()) | Q(end_at__lt=timezone.now())
    rows = mine.filter(late, recurrence="").order_by("-end_at", "-due_on", "pk")
    return _listed(request, [Occurrence(a, None, *span(a)) for a in rows[: MOST + 1]], late=True)


def _listed(request: HttpRequest, found: list[Occurrence], *, late: bool) -> SafeString:
    items: list[dict[str, Any]] = [
        {"one": o, "icon": views.ICONS[o.activity.kind], "when": _short(o, late=late)} for o in found[:MOST]
    ]
    context = {"items": items, "more": len(found) > MOST, "late": late}
    return SafeString(render_to_string("activities/widget.html", context, request))


def _short(one: Occurrence, *, late: bool) -> str:
    if one.start is None or one.activity.all_day:
        return f"{wall(one.begins, zone_of(one.activity)):%d/%m}" if late else ""
    local = timezone.localtime(one.start)
    return f"{local:%d/%m %H:%M}" if late else f"{local:%H:%M}"
