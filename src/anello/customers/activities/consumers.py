"""What follows from what happened to activities."""

from __future__ import annotations

from django.utils import timezone

from anello.core.events import consumer
from anello.core.events.models import Event
from anello.core.inbox import notify
from anello.core.jobs import enqueue
from anello.customers.activities import invitations
from anello.customers.activities.jobs import mail_invitation
from anello.customers.activities.models import Activity, Attendee
from anello.kit.text import L

_ANSWERS = {
    "accepted": L("partecipa", "accepted"),
    "declined": L("non partecipa", "declined"),
    "tentative": L("forse partecipa", "may come"),
}


@consumer("invitations", kinds=["attendee.*", "activity.updated"])
def invite(events: list[Event]) -> None:
    """Mail invited people what they must know; tell the owner what they answered."""
    fresh = [e for e in events if e.via != "import"]
    for attendee, method in invitations.told_of(fresh, timezone.now()).items():
        enqueue(mail_invitation, attendee=attendee, method=method)
    for event in fresh:
        answer = event.changes.get("response", [None, None])
        if event.kind == "attendee.updated" and answer[1] in _ANSWERS:
            _tell_owner(event, _ANSWERS[answer[1]])


def _tell_owner(event: Event, answer: L) -> None:
    attendee = Attendee.everything.select_related("activity").get(pk=event.record_id or 0)
    activity: Activity = attendee.activity
    if activity.owner_id is not None and activity.owner_id != event.actor_id:
        words = L(f"{attendee.title} {answer.it}: {activity.title}", f"{attendee.title} {answer.en}: {activity.title}")
        notify([activity.owner_id], words, kind="response", url=f"/activities/{activity.pk}/")
