"""The verbs of activities. Those on a series say which of it: this occurrence, this and the following ones, or all."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from anello.core.actions import Context, Denied, Invalid, NotFound, action, engine
from anello.core.modules import get
from anello.core.policies import can, visible
from anello.customers.activities import feeds, ical, imports, rules, series
from anello.customers.activities.exceptions import end_before, resolve
from anello.customers.activities.models import Activity, Attendee, Feed
from anello.customers.activities.module import ACTIVE, TASK
from anello.kit.text import L

__all__ = ["rules"]

Scope = Literal["this", "following", "all"]
_EARLIEST, _LATEST = dt.datetime(1800, 1, 1, tzinfo=dt.UTC), dt.datetime(2999, 1, 1, tzinfo=dt.UTC)
Moment = Annotated[AwareDatetime, Field(ge=_EARLIEST, le=_LATEST)]


class Which(BaseModel):
    """Which occurrences of a series; a single activity takes neither."""

    model_config = ConfigDict(extra="forbid")
    occurrence: Moment | None = None
    """The moment at which the series places the occurrence meant; without it, the whole series."""
    scope: Scope = "this"


class Edit(Which):
    """New values of fields."""

    values: dict[str, Any]


@action("activity.edit", module="activity", input=Edit)
def edit(ctx: Context, activity: Activity, data: Edit) -> Activity:
    """Change an activity, an occurrence of it, or the series from an occurrence on."""
    meant = resolve(ctx, activity, data.occurrence, data.scope)
    return engine.update(ctx, get("activity"), [(meant, data.values)], checked=True)[0]


class Reschedule(Which):
    """A new time: `start_at` with `end_at` (else as long as before), or `due_on` for tasks of a day."""

    start_at: Moment | None = None
    end_at: Moment | None = None
    all_day: bool | None = None
    due_on: dt.date | None = None


@action("activity.reschedule", module="activity", input=Reschedule, when=lambda a: a.status in ACTIVE)
def reschedule(ctx: Context, activity: Activity, data: Reschedule) -> Activity:
    """Move or resize; reminders move along, invited people are told."""
    if data.start_at is None and data.due_on is None:
        raise Invalid({"start_at": [L("Indica il nuovo momento.", "Give the new time.")]})
    whole = data.occurrence is not None and data.scope == "all"
    moved = data.model_dump(include={"start_at", "end_at", "all_day", "due_on"}, exclude_none=True)
    if whole:
        moved = _as_first(activity, data, moved)
    meant = resolve(ctx, activity, data.occurrence, data.scope)
    if "start_at" in moved and "end_at" not in moved:
        moved["duration"] = meant.duration
    return ctx.update(meant, moved)


def _as_first(activity: Activity, data: Reschedule, moved: dict[str, Any]) -> dict[str, Any]:
    """What moving one occurrence and all others with it does to the first."""
    assert data.occurrence is not None
    first = series.anchor(activity)
    zone = series.zone_of(activity)
    if first is None or not activity.recurrence:
        return moved
    to = series.wall(data.start_at, zone) if data.start_at else dt.datetime.combine(data.due_on or first, dt.time())
    start = first + (to - series.wall(data.occurrence, zone))
    if data.start_at is None:
        return moved | {"due_on": start.date()}
    length = data.end_at - data.start_at if data.end_at else dt.timedelta(minutes=activity.duration or 0)
    begin = series.lived(start, zone)
    return moved | {"start_at": begin, "end_at": begin + length}


class FollowUp(BaseModel):
    """The next step, with the same customer."""

    model_config = ConfigDict(extra="forbid")
    kind: Literal["call", "meeting", "task"] = "call"
    subject: Annotated[str, Field(min_length=1, max_length=200)]
    start_at: Moment | None = None
    due_on: dt.date | None = None
    reminder: int | None = None


class Complete(BaseModel):
    """How it went."""

    model_config = ConfigDict(extra="forbid")
    occurrence: Moment | None = None
    held: bool = True
    """False: the call or meeting did not take place."""
    outcome: str = ""
    notes: Annotated[str, Field(max_length=20_000)] = ""
    follow_up: FollowUp | None = None


@action(
    "activity.complete",
    module="activity",
    input=Complete,
    label=L("Concludi", "Complete"),
    icon="circle-check",
    when=lambda a: a.status in ACTIVE,
    shown=False,  # asked for by the calendar's own dialog
)
def complete(ctx: Context, activity: Activity, data: Complete) -> Activity:
    """Close it with what came of it, and plan the next step in the same gesture."""
    if activity.recurrence and data.occurrence is None:
        raise Invalid({"occurrence": [L("Quale volta della serie?", "Which occurrence of the series?")]})
    meant = resolve(ctx, activity, data.occurrence)
    if meant.kind == TASK:
        if not data.held:
            raise Invalid({"held": [L("Un compito si annulla.", "A task is cancelled instead.")]})
        values: dict[str, Any] = {"status": "done"}
    else:
        values = {"status": "held" if data.held else "not_held"}
    if data.outcome:
        values["outcome"] = data.outcome
    if data.notes:
        values["description"] = f"{meant.description}\n\n{data.notes}".strip()
    done = ctx.update(meant, values)
    if data.follow_up is not None:
        carried = {name: getattr(meant, f"{name}_id") for name in ("person", "organisation", "owner")}
        carried["about"] = get("activity").field("about").get(meant)
        ctx.create("activity", {**carried, **data.follow_up.model_dump(exclude_none=True)})
    return done


class Cancel(Which):
    """Why; it is added to the description."""

    reason: Annotated[str, Field(max_length=2000)] = ""


@action(
    "activity.cancel",
    module="activity",
    input=Cancel,
    label=L("Annulla", "Cancel"),
    icon="circle-x",
    when=lambda a: a.status in ACTIVE,
    shown=False,
)
def cancel(ctx: Context, activity: Activity, data: Cancel) -> Activity:
    """Call it off; invited people are told. From an occurrence on, the series simply ends before it."""
    if data.occurrence is not None and data.scope == "following" and activity.recurrence:
        return end_before(ctx, activity, data.occurrence)
    meant = resolve(ctx, activity, data.occurrence, data.scope)
    notes = {"description": f"{meant.description}\n\n{data.reason}".strip()} if data.reason else {}
    return ctx.update(meant, {"status": "cancelled", **notes})


class Respond(BaseModel):
    """My answer to an invitation."""

    model_config = ConfigDict(extra="forbid")
    response: Literal["accepted", "declined", "tentative"]
    occurrence: Moment | None = None


@action("activity.respond", module="activity", verb="view", input=Respond)
def respond(ctx: Context, activity: Activity, data: Respond) -> Attendee:
    """Answer for oneself."""
    if not Attendee.objects.filter(activity=activity, user_id=ctx.actor.id).exists():
        raise Denied(str(L("Non sei tra gli invitati.", "You are not invited.")))
    meant = resolve(ctx, activity, data.occurrence)
    mine = Attendee.objects.select_for_update().get(activity=meant, user_id=ctx.actor.id)
    return ctx.update(mine, {"response": data.response})


class Invite(BaseModel):
    """Whom to invite; `notify` sends them the invitation by e-mail."""

    model_config = ConfigDict(extra="forbid")
    users: Annotated[list[int], Field(max_length=200)] = []
    people: Annotated[list[int], Field(max_length=200)] = []
    emails: Annotated[list[str], Field(max_length=200)] = []
    notify: bool = True


@action("activity.invite", module="activity", input=Invite, label=L("Invita", "Invite"), icon="user-plus", shown=False)
def invite(ctx: Context, activity: Activity, data: Invite) -> list[Attendee]:
    """Add attendees; who already is one stays as they are."""
    if activity.kind == TASK:
        raise Invalid(L("A un compito non si invita nessuno.", "Nobody is invited to a task."))
    for name, ids in (("user", data.users), ("person", data.people)):
        module = get(name if name == "user" else "person")
        seen = module.model._default_manager.filter(pk__in=ids).filter(visible(ctx.actor, module)).count()
        if seen != len(set(ids)):
            raise NotFound(str(module.names))
    known = set(Attendee.objects.filter(activity=activity).values_list("user_id", "person_id", "email"))
    users, people, emails = ({row[i] for row in known} for i in range(3))
    rows: list[dict[str, Any]] = [{"user": pk} for pk in dict.fromkeys(data.users) if pk not in users]
    rows += [{"person": pk} for pk in dict.fromkeys(data.people) if pk not in people]
    rows += [{"email": address} for address in dict.fromkeys(data.emails) if address not in emails]
    rows = [{**row, "activity": activity.pk, "notify": data.notify} for row in rows]
    return ctx.create_many("attendee", rows) if rows else []


class NoInput(BaseModel):
    """Nothing to say."""

    model_config = ConfigDict(extra="forbid")


@action("calendar.publish", input=NoInput)
def publish(ctx: Context, data: NoInput) -> str:
    """Make my calendar's secret address, and the one before it useless; returns the secret, which is not kept."""
    if not can(ctx.actor, "activity"):
        raise NotFound(str(get("activity").plural))
    secret = secrets.token_urlsafe(32)
    values = {"digest": feeds.digest_of(secret), "created_at": ctx.now}
    Feed.objects.update_or_create(user=ctx.user, defaults=values)
    return secret


@action("calendar.unpublish", input=NoInput)
def unpublish(ctx: Context, data: NoInput) -> None:
    """Revoke my calendar's secret address."""
    Feed.objects.filter(user=ctx.user).delete()


class ImportCalendar(BaseModel):
    """The text of an .ics file."""

    model_config = ConfigDict(extra="forbid")
    text: Annotated[str, Field(max_length=ical.BYTES_MAX)]


@action("activity.import_calendar", module="activity", verb="create", input=ImportCalendar)
def import_calendar(ctx: Context, data: ImportCalendar) -> dict[str, Any]:
    """Take in a calendar file: new activities of mine, changed ones by their UID; invites nobody.

    Returns {"created": n, "updated": n, "wrong": [words per event that could not be read]}.
    """
    return imports.take_in(ctx, data.text)
