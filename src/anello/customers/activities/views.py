"""The calendar: page, what happens in a window as JSON, one occurrence in the panel."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Collection
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from anello.core.actions import Denied, Invalid
from anello.core.modules import Option, get
from anello.core.policies import can, visible
from anello.core.search import titles
from anello.core.ui import formats
from anello.core.ui.gate import signed_in
from anello.customers.activities import queries
from anello.customers.activities.models import Activity, Attendee
from anello.customers.activities.module import (
    ACTIVE,
    CALL,
    DIRECTIONS,
    KINDS,
    MEETING,
    OUTCOMES,
    PRIORITIES,
    RESPONSES,
    STATUSES,
    TASK,
)
from anello.customers.activities.queries import Occurrence
from anello.kit import recurrence

ARCS = {CALL: "data", MEETING: "decisions", TASK: "activities"}
ICONS = {CALL: "phone", MEETING: "users", TASK: "checkbox"}
VIEWS = ("timeGridDay", "timeGridWeek", "dayGridMonth", "listWeek", "resourceTimeGridDay")
PEOPLE_MAX = 20
"""More columns than this cannot be read."""


def screen(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A view of the calendar: signed in, 404 for whoever has no calendar, 403 for what one may see but not do."""

    @signed_in
    @functools.wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not can(request.actor, "activity"):  # type: ignore[attr-defined]
            raise Http404
        try:
            return view(request, *args, **kwargs)
        except Denied as error:
            raise PermissionDenied(str(error)) from error

    return opened


@screen
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Day, week, month, agenda and team; `who` are the people shown, `kind` the kinds, `view` and `date` the place."""
    people, kinds = _people(request), _kinds(request)
    chosen = {p.pk for p in people}
    me: Any = request.user
    colleagues = _colleagues(request)
    team = [p for p in colleagues if me.team_id and p.team_id == me.team_id][:PEOPLE_MAX]
    view = request.GET.get("view", "")
    day = _day(request.GET.get("date", "")) or timezone.localdate()
    return render(
        request,
        "activities/calendar.html",
        {
            "view": view if view in VIEWS else "timeGridWeek",
            "date": day.isoformat(),
            "hours": _hours(me),
            "resources": [{"id": p.pk, "title": str(p)} for p in people],
            "query": _query(chosen, kinds),
            "kinds": [
                {
                    "label": option.label,
                    "icon": ICONS[option.value],
                    "arc": ARCS[option.value],
                    "on": option.value in kinds,
                    "query": _query(chosen, kinds ^ {option.value} or {option.value}),
                }
                for option in KINDS
            ],
            "people": [
                {"name": str(p), "on": p.pk in chosen, "query": _query(chosen ^ {p.pk} or {me.pk}, kinds)}
                for p in colleagues
            ],
            "only_me": chosen == {me.pk},
            "mine_query": _query({me.pk}, kinds),
            "team_query": _query({p.pk for p in team}, kinds) if len(team) > 1 else "",
            "whole_team": len(team) > 1 and chosen == {p.pk for p in team},
            "chosen": len(chosen),
            "agenda": _agenda(request, chosen, kinds, day),
            "may_create": can(request.actor, "activity", "create"),  # type: ignore[attr-defined]
        },
    )


def _hours(person: Any) -> str:
    """For the island: `0123 09:00 18:00`, days from Monday."""
    days, opens, closes = queries.working_hours(person)
    return f"{''.join(map(str, sorted(days)))} {opens:%H:%M} {closes:%H:%M}"


def _agenda(request: HttpRequest, people: Collection[int], kinds: set[str], day: dt.date) -> list[dict[str, Any]]:
    """A week as a plain list, for whoever reads better than they look (and where scripts do not run)."""
    zone = timezone.get_current_timezone()
    start = dt.datetime.combine(day, dt.time(), zone)
    window = queries.occurrences(request.actor, start, start + dt.timedelta(days=7), people, kinds=kinds)  # type: ignore[attr-defined]
    return [{"occurrence": o, "icon": ICONS[o.activity.kind], "when": when(o)} for o in window.occurrences]


def _day(text: str) -> dt.date | None:
    try:
        found = dt.date.fromisoformat(text[:10])
    except ValueError:
        return None
    return found if 1900 <= found.year <= 2900 else None


def _colleagues(request: HttpRequest) -> list[Any]:
    users = get("user").model._default_manager.filter(visible(request.actor, "user"), is_active=True)  # type: ignore[attr-defined]
    return list(users.exclude(roles=None).distinct().order_by("first_name", "last_name")[:200])


def _people(request: HttpRequest) -> list[Any]:
    wanted = {int(pk) for pk in request.GET.getlist("who")[:PEOPLE_MAX] if pk.isdecimal() and len(pk) < 19}
    if not wanted:
        return [request.user]
    users = get("user").model._default_manager.filter(visible(request.actor, "user"), pk__in=wanted)  # type: ignore[attr-defined]
    return list(users.order_by("first_name", "last_name")) or [request.user]


def _kinds(request: HttpRequest) -> set[str]:
    known = {option.value for option in KINDS}
    return set(request.GET.getlist("kind")) & known or known


def _query(people: Collection[int], kinds: Collection[str]) -> str:
    parts = [f"who={pk}" for pk in sorted(people)]
    if len(kinds) < len(KINDS):
        parts += [f"kind={kind}" for kind in sorted(kinds)]
    return "&".join(parts)


@screen
@require_GET
def events(request: HttpRequest) -> JsonResponse:
    """What the chosen people do between `start` and `end`, as far as one may see it; the rest only as busy.

    Times are those on the reader's wall, without an offset. 400 with words if the window makes no sense.
    """
    zone = timezone.get_current_timezone()
    try:
        start, end = (_wall(request.GET.get(name, ""), zone) for name in ("start", "end"))
        people = [p.pk for p in _people(request)]
        actor = request.actor  # type: ignore[attr-defined]
        window = queries.occurrences(actor, start, end, people, kinds=_kinds(request))
        busy = queries.busy_elsewhere(actor, [pk for pk in people if pk != actor.id], start, end)
    except (ValueError, OverflowError):
        return JsonResponse({"title": _("The window makes no sense.")}, status=400)
    except Invalid as error:
        return JsonResponse({"title": str(error)}, status=400)
    ids = {o.activity.pk for o in window.occurrences}
    editable = set(Activity.objects.filter(visible(actor, "activity", "edit"), pk__in=ids).values_list("pk", flat=True))
    part = queries.participants([o.activity for o in window.occurrences])
    found = [_event(o, zone, editable, part[o.activity.pk].intersection(people)) for o in window.occurrences]
    for user, blocks in busy.items():
        found += [_block(user, block, zone) for block in blocks]
    response = JsonResponse(found, safe=False)
    if window.more:
        response.headers["X-More"] = "true"
    return response


def _wall(text: str, zone: dt.tzinfo) -> dt.datetime:
    moment = dt.datetime.fromisoformat(text[:32])
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(dt.UTC)


def _event(one: Occurrence, zone: dt.tzinfo, editable: set[int], people: set[int]) -> dict[str, Any]:
    activity = one.activity
    whole = one.start is None or activity.all_day
    local = ZoneInfo(activity.time_zone) if activity.all_day else zone
    if one.start is not None and one.end is not None:
        start, end = (moment.astimezone(local).replace(tzinfo=None).isoformat() for moment in (one.start, one.end))
    else:
        assert one.due is not None, "what a window holds has a time or a day"
        start, end = f"{one.due}T00:00:00", f"{one.due + dt.timedelta(days=1)}T00:00:00"
    return {
        "id": one.key,
        "title": activity.title,
        "start": start,
        "end": end,
        "allDay": whole,
        "arc": ARCS[activity.kind],
        "state": "open" if activity.status in ACTIVE else activity.status,
        "url": reverse("calendar:occurrence", args=[one.key]),
        "editable": activity.pk in editable and activity.status in ACTIVE,
        "repeats": one.moment is not None,
        "resourceIds": sorted(people),
    }


def _block(user: int, block: Any, zone: dt.tzinfo) -> dict[str, Any]:
    start, end = (moment.astimezone(zone).replace(tzinfo=None).isoformat() for moment in block)
    return {
        "id": f"busy-{user}-{start}",
        "title": _("Busy"),
        "start": start,
        "end": end,
        "allDay": False,
        "arc": "data",
        "state": "busy",
        "editable": False,
        "resourceIds": [user],
    }


def when(one: Occurrence) -> str:
    """Day and hours in words, in the reader's language and time zone."""
    if one.start is None or one.end is None:
        return formats.full(one.due) if one.due else ""
    if one.activity.all_day:
        zone = ZoneInfo(one.activity.time_zone)
        first = one.start.astimezone(zone).date()
        last = one.end.astimezone(zone).date() - dt.timedelta(days=1)
        return formats.full(first) if first >= last else f"{formats.day(first)} – {formats.day(last)}"
    start, end = timezone.localtime(one.start), timezone.localtime(one.end)
    ends = f"{end:%H:%M}" if end.date() == start.date() else formats.moment(end)
    return f"{formats.full(one.start)} – {ends}"


def find(request: HttpRequest, key: str) -> Occurrence:
    """The occurrence, or 404."""
    found = queries.occurrence(request.actor, key)  # type: ignore[attr-defined]
    if found is None:
        raise Http404(key)
    return found


@screen
@require_GET
def occurrence(request: HttpRequest, key: str) -> HttpResponse:
    """One occurrence: what, when, with whom, and what to do with it."""
    one = find(request, key)
    activity = one.activity
    actor = request.actor  # type: ignore[attr-defined]
    attendees = list(Attendee.objects.filter(activity=activity).order_by("title_key", "pk"))
    answers = {option.value: option for option in RESPONSES}
    rule = activity.recurrence or (activity.series.recurrence if activity.series else "")
    return render(
        request,
        "activities/occurrence.html",
        {
            "one": one,
            "activity": activity,
            "when": when(one),
            "icon": ICONS[activity.kind],
            "pills": _pills(activity),
            "repeats": recurrence.describe_rule(rule) if rule else "",
            "linked": _linked(request, activity),
            "attendees": [{"attendee": a, "answer": answers.get(a.response)} for a in attendees],
            "invited": any(a.user_id == actor.id for a in attendees),
            "may_edit": Activity.objects.filter(visible(actor, "activity", "edit"), pk=activity.pk).exists(),
            "active": activity.status in ACTIVE,
        },
    )


def _pills(activity: Activity) -> list[Option]:
    shown = {"kind": KINDS, "status": STATUSES, "priority": PRIORITIES, "outcome": OUTCOMES, "direction": DIRECTIONS}
    return [o for name, options in shown.items() for o in options if o.value == getattr(activity, name) != "normal"]


def _linked(request: HttpRequest, activity: Activity) -> list[dict[str, str]]:
    """The records it is about that one may see, as links."""
    actor = request.actor  # type: ignore[attr-defined]
    module = get("activity")
    found = titles(actor, module, [activity], ["person", "organisation"])
    links = []
    for name in ("person", "organisation"):
        pk = getattr(activity, f"{name}_id")
        if (name, pk) in found:
            links.append(
                {"label": str(module.field(name).label), "title": found[name, pk], "url": f"/{get(name).slug}/{pk}/"}
            )
    if activity.about_module and can(actor, activity.about_module):
        about = get(activity.about_module)
        record = about.model._default_manager.filter(visible(actor, about), pk=activity.about_id).first()
        if record is not None:
            title, url = about.title_of(record), f"/{about.slug}/{record.pk}/"
            links.append({"label": str(about.names), "title": title, "url": url})
    return links


@screen
@require_GET
def slots(request: HttpRequest) -> HttpResponse:
    """The first times at which the chosen colleagues and I are free, as buttons that fill the form."""
    actor = request.actor  # type: ignore[attr-defined]
    users = {actor.id} | {
        int(pk) for pk in request.GET.getlist("users")[:PEOPLE_MAX] if pk.isdecimal() and len(pk) < 19
    }
    minutes = request.GET.get("duration", "")
    length = dt.timedelta(minutes=int(minutes) if minutes.isdecimal() and len(minutes) < 5 else 60)
    start = max(timezone.now(), _slot_start(request))
    try:
        found = queries.free_slots(actor, users, length, start, start + dt.timedelta(days=21))
    except Invalid as error:
        return render(request, "activities/slots.html", {"error": str(error)}, status=422)
    return render(request, "activities/slots.html", {"slots": found})


def _slot_start(request: HttpRequest) -> dt.datetime:
    try:
        return _wall(request.GET.get("start_at", ""), timezone.get_current_timezone())
    except (ValueError, OverflowError):
        return timezone.now()
