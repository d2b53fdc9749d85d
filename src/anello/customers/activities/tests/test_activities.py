"""Calls, meetings and tasks: what they may be, who sees them, what completing does."""

import datetime as dt

import pytest

from anello.core.actions import Denied, Invalid, NotFound, run
from anello.core.events.models import Event
from anello.core.modules import get
from anello.core.search import RecordQuery

pytestmark = pytest.mark.django_db
AT = "2026-03-16T10:00:00+01:00"


def create(cast, who="carla", **values):
    return run("activity.create", {"kind": "call", "subject": "Sentire Rossi", "start_at": AT, **values}, cast.ctx(who))


def test_status_and_length_follow_from_the_kind(cast):
    call, meeting = create(cast), create(cast, kind="meeting")
    task = create(cast, kind="task", start_at=None, due_on="2026-03-20")
    assert [a.status for a in (call, meeting, task)] == ["planned", "planned", "open"]
    assert [a.duration for a in (call, meeting, task)] == [15, 60, None]
    assert call.end_at - call.start_at == dt.timedelta(minutes=15)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"kind": "party"}, "kind"),
        ({"status": "done"}, "status"),
        ({"kind": "task", "status": "held"}, "status"),
        ({"start_at": None}, "start_at"),
        ({"end_at": "2026-03-16T09:00:00+01:00"}, "end_at"),
        ({"end_at": "2027-03-16T09:00:00+01:00"}, "end_at"),
        ({"kind": "meeting", "outcome": "busy"}, "outcome"),
        ({"kind": "task", "direction": "inbound"}, "direction"),
        ({"reminder": -1}, "reminder"),
        ({"duration": 10**9}, "duration"),
        ({"about": "opportunity"}, "about"),
        ({"about": "nothing:1"}, "about"),
        ({"subject": "x" * 201}, "subject"),
        ({"subject": "\x00"}, "subject"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(cast, values, field):
    with pytest.raises(Invalid) as refused:
        create(cast, **values)
    assert set(refused.value.errors) == {field}
    assert not get("activity").model.objects.exists()


def test_moving_the_start_keeps_the_length_and_a_length_sets_the_end(cast):
    call = create(cast, duration=45)
    moved = run("activity.update", {"start_at": "2026-03-17T10:00:00+01:00"}, cast.ctx("carla"), target=call.pk)
    assert moved.end_at - moved.start_at == dt.timedelta(minutes=45)
    longer = run("activity.update", {"duration": 90}, cast.ctx("carla"), target=call.pk)
    assert longer.end_at - longer.start_at == dt.timedelta(minutes=90)


def test_completing_tells_the_outcome_and_plans_the_next_step(cast):
    person = run("person.create", {"last_name": "Rossi"}, cast.ctx("carla"))
    call = create(cast, person=person.pk, about=f"person:{person.pk}")
    done = run(
        "activity.complete",
        {
            "outcome": "interested",
            "notes": "Vuole un preventivo",
            "follow_up": {"kind": "task", "subject": "Preventivo", "due_on": "2026-03-20"},
        },
        cast.ctx("carla"),
        target=call.pk,
    )  # fmt: skip
    assert (done.status, done.outcome, done.description) == ("held", "interested", "Vuole un preventivo")
    assert done.done_at
    follow_up = get("activity").model.objects.get(subject="Preventivo")
    assert (follow_up.person, follow_up.owner, follow_up.about_id) == (person, cast.carla, person.pk)
    told = Event.objects.get(kind="activity.completed")
    assert (told.record_id, told.data["outcome"]) == (call.pk, "interested")
    with pytest.raises(Invalid):
        run("activity.complete", {}, cast.ctx("carla"), target=call.pk)


def test_dragging_to_done_on_the_board_completes_too_and_back_reopens(cast):
    call = create(cast)
    run("activity.update", {"status": "held"}, cast.ctx("carla"), target=call.pk)
    reopened = run("activity.update", {"status": "planned"}, cast.ctx("carla"), target=call.pk)
    assert reopened.done_at is None
    kinds = Event.objects.filter(module="activity").order_by("id").values_list("kind", flat=True)
    assert [k for k in kinds if k in ("activity.completed", "activity.reopened")] == [
        "activity.completed",
        "activity.reopened",
    ]


def test_a_wrong_follow_up_leaves_the_activity_open(cast):
    call = create(cast)
    with pytest.raises(Invalid) as refused:
        run("activity.complete", {"follow_up": {"kind": "call", "subject": "Poi"}}, cast.ctx("carla"), target=call.pk)
    assert "start_at" in refused.value.errors
    call.refresh_from_db()
    assert call.status == "planned"


def test_the_invited_see_what_others_of_their_team_do_not(cast):
    meeting = create(cast, kind="meeting")
    run("activity.invite", {"users": [cast.elena.pk]}, cast.ctx("carla"), target=meeting.pk)
    seen = {name: RecordQuery(cast.actor(name), get("activity")).page().records for name in ("elena", "dario", "marta")}
    assert seen == {"elena": [meeting], "dario": [], "marta": []}
    with pytest.raises(NotFound):
        run("activity.complete", {}, cast.ctx("dario"), target=meeting.pk)
    with pytest.raises(Denied):
        run("activity.complete", {}, cast.ctx("elena"), target=meeting.pk)


def test_an_outsider_sees_nothing_even_if_invited(cast):
    meeting = create(cast, kind="meeting")
    run("attendee.create", {"activity": meeting.pk, "user": cast.marta.pk}, cast.ctx("carla"))
    assert RecordQuery(cast.actor("marta"), get("activity")).page().records == []


def test_the_invited_answer_for_themselves_only(cast):
    meeting = create(cast, kind="meeting")
    run("activity.invite", {"users": [cast.elena.pk]}, cast.ctx("carla"), target=meeting.pk)
    mine = run("activity.respond", {"response": "accepted"}, cast.ctx("elena"), target=meeting.pk)
    assert (mine.response, mine.responded_at is not None) == ("accepted", True)
    with pytest.raises(Denied):
        run("activity.respond", {"response": "accepted"}, cast.ctx("bruno"), target=meeting.pk)
    with pytest.raises(Invalid):
        run("activity.respond", {"response": "needs_action"}, cast.ctx("elena"), target=meeting.pk)


def test_nobody_is_invited_twice_and_foreign_people_not_at_all(cast):
    meeting = create(cast, kind="meeting")
    for _ in range(2):
        run(
            "activity.invite",
            {"users": [cast.elena.pk], "emails": ["a@example.com"]},
            cast.ctx("carla"),
            target=meeting.pk,
        )
    assert meeting.attendees.count() == 2
    with pytest.raises(Invalid):
        run("attendee.create", {"activity": meeting.pk, "email": "a@example.com"}, cast.ctx("carla"))
    foreign = run("person.create", {"last_name": "Altrui"}, cast.ctx("dario"))
    with pytest.raises(NotFound):
        run("activity.invite", {"people": [foreign.pk]}, cast.ctx("carla"), target=meeting.pk)
