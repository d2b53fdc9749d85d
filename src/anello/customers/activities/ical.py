"""Activities as iCalendar (RFC 5545): calls and meetings are VEVENTs, tasks VTODOs; and back from a file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import icalendar
from django.conf import settings

from anello.customers.activities import series
from anello.customers.activities.models import Activity, Attendee
from anello.customers.activities.module import CALL, MEETING, TASK
from anello.kit.text import L

PRODUCT = "-//Anello//Anello CRM//IT"
EVENTS_MAX = 2000
BYTES_MAX = 2_000_000

_STATUS = {"planned": "CONFIRMED", "held": "CONFIRMED", "not_held": "CANCELLED", "cancelled": "CANCELLED"}
_TODO_STATUS = {"open": "NEEDS-ACTION", "done": "COMPLETED", "cancelled": "CANCELLED"}
_PRIORITY = {"high": 1, "normal": 5, "low": 9}
_ANSWER = {"needs_action": "NEEDS-ACTION", "accepted": "ACCEPTED", "declined": "DECLINED", "tentative": "TENTATIVE"}


def calendar(
    activities: Iterable[Activity],
    attendees: Mapping[int, list[Attendee]],
    left_out: Mapping[int, list[dt.datetime]],
    *,
    method: str = "",
    name: str = "",
) -> bytes:
    """A calendar of these activities with their time zones.

    `attendees` are by activity; `left_out` are, by series, the moments that must not show (EXDATE).
    `method` makes it a message (RFC 5546): `REQUEST` or `CANCEL`.
    """
    made = icalendar.Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    if method:
        made.add("method", method)
    if name:
        made.add("x-wr-calname", name)
    for activity in activities:
        invited = attendees.get(activity.pk, []) if method or activity.kind != TASK else []
        made.add_component(_component(activity, invited, left_out.get(activity.pk, []), method))
    # Only the years around now: clients know the rest, and the tables of a century would weigh more than the events.
    this_year = dt.datetime.now(dt.UTC).year
    made.add_missing_timezones(first_date=dt.date(this_year - 1, 1, 1), last_date=dt.date(this_year + 5, 1, 1))
    return made.to_ical()


def _component(activity: Activity, invited: list[Attendee], left_out: list[dt.datetime], method: str) -> Any:
    todo = activity.kind == TASK
    made = icalendar.Todo() if todo else icalendar.Event()
    made.add("uid", activity.uid)
    made.add("sequence", activity.sequence)
    made.add("dtstamp", activity.updated_at.astimezone(dt.UTC))
    made.add("created", activity.created_at.astimezone(dt.UTC))
    made.add("last-modified", activity.updated_at.astimezone(dt.UTC))
    made.add("summary", activity.subject)
    for key, value in (("description", activity.description), ("location", activity.location)):
        if value:
            made.add(key, value)
    made.add("priority", _PRIORITY[activity.priority])
    cancelled = method == "CANCEL"
    made.add("status", "CANCELLED" if cancelled else (_TODO_STATUS if todo else _STATUS)[activity.status])
    if not todo:
        made.add("transp", "TRANSPARENT" if activity.free else "OPAQUE")
    _when(made, activity, todo)
    _repeats(made, activity, left_out)
    made.add("url", f"{settings.BASE_URL}/activities/{activity.pk}/")
    made.add("categories", [activity.kind])
    if activity.done_at and todo and activity.status == "done":
        made.add("completed", activity.done_at.astimezone(dt.UTC))
    if invited and activity.owner is not None:
        made.add("organizer", _address(activity.owner.email, str(activity.owner)))
        for attendee in invited:
            made.add("attendee", _attendee(attendee), encode=False)
    if activity.reminder is not None and not method:
        made.add_component(_alarm(activity))
    return made


def _when(made: Any, activity: Activity, todo: bool) -> None:
    zone = series.zone_of(activity)
    if activity.start_at is not None and activity.end_at is not None:
        start, end = activity.start_at.astimezone(zone), activity.end_at.astimezone(zone)
        made.add("dtstart", start.date() if activity.all_day else start)
        if not todo:
            made.add("dtend", end.date() if activity.all_day else end)
    if todo and activity.due_on is not None:
        if activity.start_at is not None and not activity.all_day:
            # Start and due must be of one type (RFC 5545 §3.8.2.3).
            made.add("due", dt.datetime.combine(activity.due_on, dt.time(23, 59), zone))
        else:
            if activity.recurrence and activity.start_at is None:
                made.add("dtstart", activity.due_on)
            made.add("due", activity.due_on + dt.timedelta(days=1 if activity.recurrence else 0))


def _repeats(made: Any, activity: Activity, left_out: list[dt.datetime]) -> None:
    zone, days = series.zone_of(activity), activity.all_day or activity.start_at is None
    if activity.recurrence:
        made.add("rrule", icalendar.vRecur.from_ical(_rule(activity, zone, days)))
        shown = [series.wall(m, zone).date() if days else m.astimezone(zone) for m in sorted(left_out)]
        if shown:
            made.add("exdate", shown, parameters={"VALUE": "DATE"} if days else None)
    if activity.recurrence_id is not None:
        # Of the series' own type: an occurrence of whole days is named by its day.
        whole = activity.series is not None and (activity.series.all_day or activity.series.start_at is None)
        local = activity.recurrence_id.astimezone(zone)
        made.add("recurrence-id", local.date() if whole else local)


def _rule(activity: Activity, zone: ZoneInfo, days: bool) -> str:
    """The rule as the world writes it: UNTIL in UTC where ours is the time on the wall (RFC 5545 §3.3.10)."""
    parts = dict(part.partition("=")[::2] for part in activity.recurrence.split(";"))
    if "UNTIL" in parts:
        text = parts["UNTIL"]
        local = dt.datetime.strptime(text if "T" in text else f"{text}T235959", "%Y%m%dT%H%M%S")  # noqa: DTZ007
        parts["UNTIL"] = f"{local:%Y%m%d}" if days else f"{series.lived(local, zone):%Y%m%dT%H%M%SZ}"
    return ";".join(f"{name}={value}" for name, value in parts.items())


def _address(email: str, name: str) -> Any:
    address = icalendar.vCalAddress(f"mailto:{email}")
    # A quote cannot be written in a parameter's value (RFC 5545 §3.2).
    address.params["CN"] = icalendar.vText(name.replace('"', "'"))
    return address


def _attendee(attendee: Attendee) -> Any:
    address = _address(attendee.email, attendee.name or attendee.email)
    address.params["PARTSTAT"] = icalendar.vText(_ANSWER[attendee.response])
    address.params["ROLE"] = icalendar.vText("REQ-PARTICIPANT")
    address.params["RSVP"] = icalendar.vText("TRUE" if attendee.response == "needs_action" else "FALSE")
    return address


def _alarm(activity: Activity) -> Any:
    alarm = icalendar.Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", activity.subject)
    alarm.add("trigger", -dt.timedelta(minutes=activity.reminder or 0))
    return alarm


# Reading


@dataclass
class Read:
    """What a file says of one activity: values for the module's fields, its zone, its exceptions."""

    uid: str
    values: dict[str, Any]
    zone: str | None
    left_out: list[dt.datetime] = field(default_factory=list)
    recurrence_id: dt.datetime | None = None
    cancelled: bool = False


@dataclass
class File:
    """The activities of a file, and in words what of it could not be read."""

    read: list[Read]
    wrong: list[str]


def parse(text: str, zone: ZoneInfo) -> File:
    """Read a calendar; times without a zone are in `zone`. ValueError if it is not a calendar at all."""
    parsed = icalendar.Calendar.from_ical(text, multiple=True)
    found = File([], [])
    components = [c for made in parsed for c in made.walk() if c.name in ("VEVENT", "VTODO")]
    if not components:
        raise ValueError("no events")
    for component in components[:EVENTS_MAX]:
        try:
            found.read.append(_read(component, zone))
        except (ValueError, TypeError, AttributeError, KeyError, OverflowError) as error:
            # A file is a stranger's: one broken event must not cost the others, and the person is told which it was.
            title = str(component.get("SUMMARY", "?"))[:100]
            found.wrong.append(f"{title}: {error}" if str(error) else title)
    if len(components) > EVENTS_MAX:
        found.wrong.append(str(L(f"Solo i primi {EVENTS_MAX} eventi.", f"Only the first {EVENTS_MAX} events.")))
    return found


def _read(component: Any, zone: ZoneInfo) -> Read:
    todo = component.name == "VTODO"
    start = _value(component, "DTSTART")
    ours = _zone(start)
    values: dict[str, Any] = {
        "kind": TASK if todo else CALL if "call" in _categories(component) else MEETING,
        "subject": (str(component.get("SUMMARY", "")).strip() or str(L("Senza titolo", "Untitled")))[:200],
        "description": str(component.get("DESCRIPTION", ""))[:20_000],
        "location": str(component.get("LOCATION", "")).strip()[:200],
        "free": str(component.get("TRANSP", "OPAQUE")).upper() == "TRANSPARENT",
    }
    if "RRULE" in component:
        rule = component["RRULE"]
        if isinstance(rule, list):
            raise ValueError(L("più di una regola di ripetizione", "more than one recurrence rule"))
        values["recurrence"] = rule.to_ical().decode()
    local = ZoneInfo(ours) if ours else zone
    if todo:
        values |= _task_times(component, start, local)
    else:
        values |= _event_times(component, start, local)
    status = str(component.get("STATUS", "")).upper()
    if todo and status == "COMPLETED":
        values["status"] = "done"
    exdates = component.get("EXDATE", [])
    lists = exdates if isinstance(exdates, list) else [exdates]
    left_out = [_moment(day.dt, local) for many in lists for day in many.dts]
    place = _value(component, "RECURRENCE-ID")
    return Read(
        uid=str(component.get("UID", ""))[:255],
        values=values,
        zone=ours,
        left_out=left_out,
        recurrence_id=_moment(place, local) if place is not None else None,
        cancelled=status == "CANCELLED",
    )


def _event_times(component: Any, start: Any, zone: ZoneInfo) -> dict[str, Any]:
    if start is None:
        raise ValueError(L("manca l'inizio", "it has no start"))
    end, length = _value(component, "DTEND"), _value(component, "DURATION")
    if end is None and length is not None:
        end = start + length
    all_day = not isinstance(start, dt.datetime)
    times: dict[str, Any] = {"start_at": _moment(start, zone), "all_day": all_day}
    if end is not None:
        times["end_at"] = _moment(end, zone)
    elif not all_day:
        times["duration"] = 0
    return times


def _task_times(component: Any, start: Any, zone: ZoneInfo) -> dict[str, Any]:
    due = _value(component, "DUE")
    times: dict[str, Any] = {}
    if due is not None:
        day = series.wall(_moment(due, zone), zone).date()
        # Repeating tasks of ours carry their day as the start.
        times["due_on"] = start if isinstance(start, dt.date) and not isinstance(start, dt.datetime) else day
    elif start is not None:
        times["due_on"] = series.wall(_moment(start, zone), zone).date()
    return times


def _value(component: Any, name: str) -> Any:
    value = component.get(name)
    if isinstance(value, list):
        raise ValueError(name)
    return None if value is None else value.dt


def _categories(component: Any) -> str:
    found = component.get("CATEGORIES")
    return "" if found is None or isinstance(found, list) else found.to_ical().decode().lower()


def _zone(value: Any) -> str | None:
    key = getattr(getattr(value, "tzinfo", None), "key", None)
    return key if key in available_timezones() and key != "UTC" else None


def _moment(value: dt.date, zone: ZoneInfo) -> dt.datetime:
    if not isinstance(value, dt.datetime):
        return series.lived(dt.datetime.combine(value, dt.time()), zone)
    return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(dt.UTC)
