"""Small tasks on the calendar: new, move, edit, complete, cancel, respond, feed, import."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from anello.core.accounts.middleware import gesture
from anello.core.actions import Denied, Invalid, run
from anello.core.modules import get
from anello.core.search import titles
from anello.core.ui import formats
from anello.core.ui.answers import go, told
from anello.core.ui.toasts import toast, trigger
from anello.customers.activities import ical, queries, views
from anello.customers.activities.models import Activity, Feed
from anello.customers.activities.module import CALL, KINDS, MEETING, OUTCOMES, TASK
from anello.kit.text import L

REMINDERS = {
    0: L("All'inizio", "At the start"),
    5: L("5 minuti prima", "5 minutes before"),
    15: L("15 minuti prima", "15 minutes before"),
    30: L("30 minuti prima", "30 minutes before"),
    60: L("1 ora prima", "1 hour before"),
    1440: L("1 giorno prima", "1 day before"),
}
RULES = {
    "FREQ=DAILY": L("Ogni giorno", "Every day"),
    "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR": L("Ogni giorno lavorativo", "Every weekday"),
    "FREQ=WEEKLY": L("Ogni settimana", "Every week"),
    "FREQ=WEEKLY;INTERVAL=2": L("Ogni due settimane", "Every two weeks"),
    "FREQ=MONTHLY": L("Ogni mese", "Every month"),
    "FREQ=YEARLY": L("Ogni anno", "Every year"),
}
FIELDS = (
    "kind", "subject", "start_at", "end_at", "all_day", "due_on", "location", "person", "organisation", "about",
    "recurrence", "reminder", "description", "priority",
)  # fmt: skip


def saved(request: HttpRequest, text: object) -> HttpResponse:
    """Close dialog and panel, refresh the calendar, offer to take it back."""
    told(request, text)
    return trigger(HttpResponse(), dialog_close={}, panel_close={}, refresh={})


def read(request: HttpRequest, names: Iterable[str]) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """Values of the form's fields as the module reads them, and what it could not read."""
    module, values, errors = get("activity"), {}, {}
    for name in names:
        if name not in request.POST and name != "all_day":
            continue
        text = request.POST.get(name, "")
        try:
            values[name] = module.field(name).parse(text, request.LANGUAGE_CODE)  # type: ignore[attr-defined]
        except ValueError as error:
            errors[name] = [str(error)]
    return values, errors


def form(request: HttpRequest, values: dict[str, Any], errors: dict[str, list[str]], **more: Any) -> HttpResponse:
    """The form of an activity; with errors it answers 422 and keeps what was typed."""
    shadow = Activity(person_id=_number(values.get("person")), organisation_id=_number(values.get("organisation")))
    shown = titles(request.actor, get("activity"), [shadow], ["person", "organisation"])  # type: ignore[attr-defined]
    rule = values.get("recurrence") or ""
    rules = {"": L("Non si ripete", "Does not repeat"), **RULES}
    if rule and rule not in rules:
        rules[rule] = L("Personalizzata", "Custom")
    context = {
        "values": values,
        "errors": errors,
        "general": errors.get("", []),
        "kinds": [(o.value, o.label) for o in KINDS],
        "rules": list(rules.items()),
        "reminders": list(REMINDERS.items()),
        "person_title": shown.get(("person", shadow.person_id or 0), ""),
        "organisation_title": shown.get(("organisation", shadow.organisation_id or 0), ""),
        **more,
    }
    return render(request, "activities/form.html", context, status=422 if errors else 200)


def _number(value: Any) -> int | None:
    return int(value) if str(value or "").isdecimal() and len(str(value)) < 19 else None


@views.screen
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Plan something, from a slot of the calendar (`start`, `end`, `allDay`) or from a record (`person`, `about`…)."""
    if request.method == "GET":
        return form(request, _proposed(request), {}, url=request.get_full_path(), new=True)
    values, errors = read(request, FIELDS)
    if values.get("kind") == TASK and values.get("all_day"):
        # A task of a day is due that day.
        values["due_on"] = values.get("due_on") or _date(values.pop("start_at", None))
        values = {name: value for name, value in values.items() if name not in ("start_at", "end_at", "all_day")}
    invited = {
        "users": _ids(request, "users"),
        "people": _ids(request, "people"),
        "emails": request.POST.getlist("emails"),
    }
    if not errors:
        try:
            with transaction.atomic():
                given = {name: value for name, value in values.items() if value not in (None, "")}
                activity = run("activity.create", given, gesture(request))
                if any(invited.values()):
                    run("activity.invite", invited, gesture(request), target=activity.pk)
            return saved(request, _("Planned: %(title)s") % {"title": activity.title})
        except Invalid as error:
            errors = error.errors
    return form(request, {**request.POST.dict(), **values}, errors, url=request.get_full_path(), new=True)


def _ids(request: HttpRequest, name: str) -> list[int]:
    return [pk for text in request.POST.getlist(name) if (pk := _number(text)) is not None]


def _date(moment: dt.datetime | None) -> dt.date | None:
    return timezone.localtime(moment).date() if moment else None


def _proposed(request: HttpRequest) -> dict[str, Any]:
    kind = request.GET.get("kind", MEETING)
    values: dict[str, Any] = {
        name: request.GET[name] for name in ("person", "organisation", "about") if name in request.GET
    }
    values["kind"] = kind if kind in (CALL, MEETING, TASK) else MEETING
    values["all_day"] = request.GET.get("allDay") == "true"
    soon = timezone.localtime().replace(minute=0, second=0, microsecond=0) + dt.timedelta(hours=1)
    for name, short, otherwise in (("start_at", "start", soon), ("end_at", "end", soon + dt.timedelta(hours=1))):
        try:
            values[name] = dt.datetime.fromisoformat(request.GET[short][:19])
        except (KeyError, ValueError):
            values[name] = otherwise
    values["reminder"] = 15
    return values


@views.screen
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, key: str) -> HttpResponse:
    """Change it; of a series, this occurrence, this and the following, or all."""
    one = views.find(request, key)
    more = {"url": reverse("calendar:edit", args=[key]), "occurrence": one.moment, "activity": one.activity}
    if request.method == "GET":
        activity = one.activity
        values = {name: get("activity").field(name).get(activity) for name in FIELDS}
        values |= {"start_at": one.start, "end_at": one.end, "due_on": one.due}
        if activity.all_day and one.end is not None:
            # People name the last day, calendars the midnight after it.
            values["end_at"] = one.end - dt.timedelta(minutes=1)
        return form(request, values, {}, **more)
    values, errors = read(request, FIELDS)
    scope = request.POST.get("scope", "this")
    if one.moment is not None and scope == "this":
        values.pop("recurrence", None)
    if not errors:
        try:
            done = _edited(request, one, scope, values)
            return saved(request, _("Saved: %(title)s") % {"title": done.title})
        except Invalid as error:
            errors = error.errors
    return form(request, {**request.POST.dict(), **values}, errors, scope=scope, **more)


def _edited(request: HttpRequest, one: queries.Occurrence, scope: str, values: dict[str, Any]) -> Activity:
    times: dict[str, Any] = {
        name: values.pop(name) for name in ("start_at", "end_at", "all_day", "due_on") if name in values
    }
    which = {"occurrence": one.moment, "scope": scope} if one.moment else {}
    with transaction.atomic():
        if times.get("start_at", one.start) != one.start or times.get("end_at", one.end) != one.end:
            moved = {name: value for name, value in times.items() if value is not None}
            done = run("activity.reschedule", {**which, **moved}, gesture(request), target=one.activity.pk)
            if scope != "all":
                which = {}
        else:
            done = one.activity
            values |= {name: times[name] for name in ("all_day", "due_on") if name in times}
        given = {name: value for name, value in values.items() if value is not None or name in request.POST}
        return run("activity.edit", {**which, "values": given}, gesture(request), target=done.pk)


@views.screen
@require_http_methods(["GET", "POST"])
def move(request: HttpRequest) -> HttpResponse:
    """Drag and resize: `id`, `start`, `end`, `allDay`. Of a series, GET asks which occurrences."""
    data = request.POST if request.method == "POST" else request.GET
    one = views.find(request, data.get("id", ""))
    if request.method == "GET":
        names = ("id", "start", "end", "allDay")
        return render(
            request, "activities/scope.html", {"one": one, "given": {name: data.get(name, "") for name in names}}
        )
    try:
        run("activity.reschedule", _moved(one, data), gesture(request), target=one.activity.pk)
    except Denied:
        toast(request, _("You may not move this."), kind="warning")
        return HttpResponse(status=403)
    except (Invalid, ValueError, OverflowError) as error:
        toast(request, str(error) if isinstance(error, Invalid) else _("That time makes no sense."), kind="warning")
        return HttpResponse(status=422)
    return saved(request, _("Moved: %(title)s") % {"title": one.activity.title})


def _moved(one: queries.Occurrence, data: Any) -> dict[str, Any]:
    zone = timezone.get_current_timezone()
    start = dt.datetime.fromisoformat(data.get("start", "")[:19])
    which = {"occurrence": one.moment, "scope": data.get("scope", "this")} if one.moment else {}
    if one.start is None and data.get("allDay") == "true":
        return which | {"due_on": start.date()}
    moved = which | {"start_at": start.replace(tzinfo=zone), "all_day": data.get("allDay") == "true"}
    if data.get("end"):
        moved["end_at"] = dt.datetime.fromisoformat(data["end"][:19]).replace(tzinfo=zone)
    return moved


@views.screen
@require_http_methods(["GET", "POST"])
def complete(request: HttpRequest, key: str) -> HttpResponse:
    """How it went, and the next step."""
    one = views.find(request, key)
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        given: dict[str, Any] = {"held": request.POST.get("held", "true") == "true"}
        given |= {name: request.POST[name] for name in ("outcome", "notes") if request.POST.get(name)}
        if one.moment:
            given["occurrence"] = one.moment
        follow_up, errors = _follow_up(request)
        if follow_up:
            given["follow_up"] = follow_up
        if not errors:
            try:
                run("activity.complete", given, gesture(request), target=one.activity.pk)
                return saved(request, _("Done: %(title)s") % {"title": one.activity.title})
            except Invalid as error:
                errors = error.errors
    context = {
        "one": one,
        "activity": one.activity,
        "errors": errors,
        "values": request.POST.dict(),
        "general": [w for name, words in errors.items() if name not in ("outcome", "notes") for w in words],
        "outcomes": [(o.value, o.label) for o in OUTCOMES] if one.activity.kind == CALL else [],
        "kinds": [(o.value, o.label) for o in KINDS],
        "url": reverse("calendar:complete", args=[key]),
    }
    return render(request, "activities/complete.html", context, status=422 if errors else 200)


def _follow_up(request: HttpRequest) -> tuple[dict[str, Any], dict[str, list[str]]]:
    subject, kind = request.POST.get("next_subject", "").strip(), request.POST.get("next_kind", CALL)
    if not subject:
        return {}, {}
    field = get("activity").field("start_at")
    try:
        start = field.parse(request.POST.get("next_at", ""))
    except ValueError as error:
        return {}, {"next_at": [str(error)]}
    values: dict[str, Any] = {"kind": kind, "subject": subject}
    if start is not None:
        values |= {"due_on": _date(start)} if kind == TASK else {"start_at": start, "reminder": 15}
    return values, {}


@views.screen
@require_http_methods(["GET", "POST"])
def cancel(request: HttpRequest, key: str) -> HttpResponse:
    """Call it off; of a series this occurrence, this and the following, or all."""
    one = views.find(request, key)
    if request.method == "POST":
        given: dict[str, Any] = {"reason": request.POST.get("reason", "")}
        if one.moment:
            given |= {"occurrence": one.moment, "scope": request.POST.get("scope", "this")}
        run("activity.cancel", given, gesture(request), target=one.activity.pk)
        return saved(request, _("Cancelled: %(title)s") % {"title": one.activity.title})
    return render(request, "activities/cancel.html", {"one": one, "url": reverse("calendar:cancel", args=[key])})


@views.screen
@require_POST
def respond(request: HttpRequest, key: str) -> HttpResponse:
    """My answer to an invitation."""
    one = views.find(request, key)
    given: dict[str, Any] = {"response": request.POST.get("response", "")}
    if one.moment and request.POST.get("scope") == "this":
        given["occurrence"] = one.moment
    run("activity.respond", given, gesture(request), target=one.activity.pk)
    return saved(request, _("Your answer was sent"))


@views.screen
@require_http_methods(["GET", "POST"])
def feed(request: HttpRequest) -> HttpResponse:
    """My calendar's secret address: make a new one, or revoke it. It is shown once."""
    address = ""
    if request.POST.get("do") == "publish":
        secret = run("calendar.publish", {}, gesture(request))
        address = settings.BASE_URL + reverse("calendar:feed_file", args=[secret])
    elif request.POST.get("do") == "unpublish":
        run("calendar.unpublish", {}, gesture(request))
    made = Feed.objects.filter(user_id=request.user.pk or 0).first()
    return render(request, "activities/feed.html", {"made": made, "address": address})


@views.screen
@require_http_methods(["GET", "POST"])
def hours(request: HttpRequest) -> HttpResponse:
    """When I work: free times are looked for within it, and the calendar shades the rest."""
    errors: list[str] = []
    days, opens, closes = queries.working_hours(request.user)
    given: dict[str, Any] = {"days": sorted(days), "opens": f"{opens:%H:%M}", "closes": f"{closes:%H:%M}"}
    if request.method == "POST":
        given = {name: request.POST.get(name, "") for name in ("opens", "closes")}
        given["days"] = [int(day) for day in request.POST.getlist("days") if day in set("0123456")]
        try:
            run("preferences.update", {"hours": given}, gesture(request))
            toast(request, _("Working hours saved"))
            return go(request, reverse("calendar:page"))
        except Invalid as error:
            errors = error.messages
    names = [(day, formats.weekday(day)) for day in range(7)]
    context = {"given": given, "days": names, "errors": errors}
    return render(request, "activities/hours.html", context, status=422 if errors else 200)


@views.screen
@require_http_methods(["GET", "POST"])
def import_file(request: HttpRequest) -> HttpResponse:
    """Take in an .ics file."""
    errors, done = [], None
    if request.method == "POST":
        file = request.FILES.get("file")
        if file is None or file.size is None or file.size > ical.BYTES_MAX:
            errors = [_("Choose an .ics file of at most 2 MB.")]
        else:
            try:
                done = run("activity.import_calendar", {"text": _decoded(file.read())}, gesture(request))
            except Invalid as error:
                errors = error.messages
    response = render(
        request, "activities/import.html", {"errors": errors, "done": done}, status=422 if errors else 200
    )
    return trigger(response, refresh={}) if done else response


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # RFC 5545 is UTF-8; old programs write Latin 1, which reads every byte.
        return content.decode("latin-1")
