"""Files and links for calendars outside, and for guests without an account."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.http import require_GET, require_http_methods

from anello.core.actions import Context, run
from anello.customers.activities import feeds, invitations, views
from anello.customers.activities.module import RESPONSES
from anello.customers.activities.queries import Occurrence
from anello.customers.activities.series import span

CALENDAR = "text/calendar; charset=utf-8"


@login_not_required
@require_GET
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """A person's calendar by its secret address."""
    found = feeds.feed_of(secret)
    if found is None:
        raise Http404
    response = HttpResponse(feeds.personal(found), content_type=CALENDAR)
    response.headers["Cache-Control"] = "private, max-age=300"
    return response


@views.screen
@require_GET
def single(request: HttpRequest, key: str) -> HttpResponse:
    """One activity as a file."""
    one = views.find(request, key)
    response = HttpResponse(feeds.single(one.activity), content_type=CALENDAR)
    response.headers["Content-Disposition"] = f'attachment; filename="anello-{one.activity.pk}.ics"'
    return response


@login_not_required
@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """A guest answers an invitation. Opening the link changes nothing, for mail scanners open links too."""
    attendee = invitations.answering(token)
    if attendee is None:
        raise Http404
    activity = attendee.activity
    options = [option for option in RESPONSES if option.value != "needs_action"]
    if request.method == "POST":
        response = request.POST.get("response", "")
        if response not in {option.value for option in options}:
            raise BadRequest(response)
        run("attendee.update", {"response": response}, Context(via="link"), target=attendee.pk)
        attendee.refresh_from_db()
    language = getattr(attendee.user or attendee.person, "language", "") or translation.get_language()
    with translation.override(language), timezone.override(activity.time_zone):
        return render(
            request,
            "activities/answer.html",
            {
                "attendee": attendee,
                "activity": activity,
                "when": views.when(Occurrence(activity, None, *span(activity))),
                "options": options,
                "answered": request.method == "POST",
                "over": activity.status not in ("planned", "open"),
            },
        )
