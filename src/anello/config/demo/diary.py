"""Calendars: what was done in the last weeks, what this week holds, what is planned, what is overdue."""

from __future__ import annotations

import datetime as dt
from typing import Any

from anello.config.demo import texts
from anello.config.demo.deals import Desk
from anello.config.demo.market import SELLERS, Customer
from anello.config.demo.story import ROME, Thread

SLOTS = ["09:00", "10:00", "11:15", "12:00", "14:30", "15:30", "16:30", "17:15"]
BEFORE, AFTER = 45, 18
"""Days around today for which the calendars are kept."""


def plan(desk: Desk) -> None:
    """Begin the threads of everybody's diary."""
    story, chance = desk.story, desk.story.chance
    today = story.end.astimezone(ROME).date()
    monday = today - dt.timedelta(days=today.weekday())
    for who in SELLERS:
        customers = desk.market.of(who)
        if not customers:  # in a very small company
            continue
        for offset in range(-BEFORE, AFTER):
            day = today + dt.timedelta(days=offset)
            if day.weekday() > 4:
                continue
            near = monday <= day < monday + dt.timedelta(days=14)
            number = chance.randint(3, 5) if who == "carla" and near else chance.choice((0, 0, 1, 2))
            for time in chance.sample(SLOTS, k=number):
                start = story.at(day, time)
                story.begin(appointment(desk, who, chance.choice(customers), start), _planned(desk, start))
        for _ in range(chance.randint(4, 8)):
            due = today + dt.timedelta(days=chance.randint(-9, 12))
            story.begin(task(desk, who, chance.choice(customers), due), story.days_ago(chance.uniform(1, 16)))
    for who in ("giulia", "elena"):
        private = [c for c in desk.market.customers if c.seller == who]
        for offset in range(-20, 10):
            start = story.at(today + dt.timedelta(days=offset), chance.choice(SLOTS))
            if start.weekday() < 5 and private:
                story.begin(appointment(desk, who, chance.choice(private), start, "call"), _planned(desk, start))
    story.begin(team_meeting(desk, monday - dt.timedelta(weeks=8)), story.at(monday - dt.timedelta(weeks=9), "16:40"))


def _planned(desk: Desk, start: dt.datetime) -> dt.datetime:
    """When the appointment was put into the calendar: some days before, at the latest lately."""
    chance, story = desk.story.chance, desk.story
    planned = start - dt.timedelta(days=chance.uniform(1, 8))
    return planned if planned <= story.end else story.days_ago(chance.uniform(0.2, 4))


def appointment(desk: Desk, who: str, customer: Customer, start: dt.datetime, kind: str = "") -> Thread:
    """A call or a meeting; when its time has come it is held, or not."""
    story, chance = desk.story, desk.story.chance
    kind = kind or chance.choice(("call", "call", "meeting"))
    subject = chance.choice(texts.CALL_SUBJECTS if kind == "call" else texts.MEETING_SUBJECTS)
    minutes = chance.choice((15, 15, 30)) if kind == "call" else chance.choice((45, 60, 60))
    values: dict[str, Any] = {
        "kind": kind, "subject": subject.format(customer.name)[:200], "start_at": start, "duration": minutes,
        "reminder": chance.choice((None, 10, 30)), **customer.link(story),
    }  # fmt: skip
    if kind == "call":
        values["direction"] = "outbound"
    elif customer.organisation:
        made = customer.organisation
        at_theirs = f"{made.street}, {made.city}"
        values["location"] = "Showroom Aurora Arredi, Seregno" if "showroom" in subject else at_theirs
    made = story.act(who, "activity.create", values)
    if kind == "meeting" and customer.people and chance.random() < 0.6:
        guests = {"people": [customer.people[0].pk], "notify": False}
        if chance.random() < 0.4:
            guests["users"] = [story.id("bruno")]
        story.act(who, "activity.invite", guests, made)
        if "users" in guests and chance.random() < 0.8:
            yield dt.timedelta(hours=chance.randint(1, 20))
            answer = chance.choice(("accepted", "accepted", "tentative"))
            story.act("bruno", "activity.respond", {"response": answer}, made)
    yield start + dt.timedelta(minutes=minutes + chance.randint(1, 25))
    held = chance.random() < 0.9
    ended: dict[str, Any] = {"held": held}
    if kind == "call":
        ended["outcome"] = chance.choice(texts.OUTCOMES) if held else "no_answer"
    if held:
        ended["notes"] = chance.choice(texts.CALLS if kind == "call" else texts.VISITS)[1]
    story.act(who, "activity.complete", ended, made)


def task(desk: Desk, who: str, customer: Customer, due: dt.date) -> Thread:
    """Something to do by a day; a third of it is late."""
    story, chance = desk.story, desk.story.chance
    values = {"kind": "task", "subject": chance.choice(texts.TASKS).format(customer.name)[:200], "due_on": due}
    values |= {"priority": chance.choice(("low", "normal", "normal", "high")), **customer.link(story)}
    made = story.act(who, "activity.create", values)
    if chance.random() < 0.35:
        return
    yield max(story.at(due, "17:00"), story.now + dt.timedelta(hours=2))
    story.act(who, "activity.complete", {}, made)


def team_meeting(desk: Desk, first: dt.date) -> Thread:
    """The sales meeting of every Monday, with everybody who sells."""
    story = desk.story
    made = story.act("bruno", "activity.create", {
        "kind": "meeting", "subject": "Riunione vendite", "start_at": story.at(first, "08:45"), "duration": 45,
        "recurrence": "FREQ=WEEKLY;BYDAY=MO", "location": "Sala Alba", "reminder": 10,
        "description": "Avanzamento trattative, preventivi da approvare, consegne della settimana.",
    })  # fmt: skip
    story.act("bruno", "activity.invite", {"users": [story.id(who) for who in SELLERS], "notify": False}, made)
    for who in SELLERS:
        yield dt.timedelta(minutes=story.chance.randint(5, 300))
        story.act(who, "activity.respond", {"response": "accepted"}, made)
