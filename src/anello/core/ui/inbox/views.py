"""One's notices: the page, in #main or beside what one is doing, and what one does with them."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from anello.core.accounts.middleware import gesture
from anello.core.actions import Invalid, run
from anello.core.inbox import notices
from anello.core.inbox.models import Notice
from anello.core.modules.fields import BIGINT
from anello.core.ui.answers import go
from anello.core.ui.gate import signed_in
from anello.core.ui.toasts import toast
from anello.kit.numbers import whole
from anello.kit.text import L

PAGE = 50
ICONS = {"mention": "at", "assigned": "user-check", "watched": "eye", "reminder": "clock", "info": "bell"}
DIGESTS = [
    ("off", L("Mai", "Never")),
    ("daily", L("Ogni mattina", "Every morning")),
    ("weekly", L("Ogni lunedì", "Every Monday")),
]


@require_GET
@signed_in
def page(request: HttpRequest) -> HttpResponse:
    """`/inbox/`: newest first; `?unread=1` only those not read, `?before=` older ones."""
    before = request.GET.get("before", "")
    only = "unread" in request.GET
    edge = int(before) if before.isdecimal() and len(before) < 19 else None
    found = notices.newest(request.user, PAGE + 1, before=edge, unread_only=only)
    user_preferences = request.user.preferences  # type: ignore[union-attr]
    context = {
        "notices": [(n, ICONS.get(n.kind, "bell")) for n in found[:PAGE]],
        "older": found[PAGE - 1].pk if len(found) > PAGE else None,
        "only_unread": only,
        "unread": notices.unread(request.user),
        "digests": DIGESTS,
        "digest": user_preferences.get("digest", "off"),
    }
    return render(request, "ui/inbox/page.html", context)


@require_POST
@signed_in
def read(request: HttpRequest) -> HttpResponse:
    """`/inbox/read/`: mark the notices `id` as read, or all of them."""
    given = request.POST.getlist("id")
    ids = [pk for one in given if (pk := whole(one)) is not None]
    run("notice.read", {"ids": ids if given else None}, gesture(request))
    return go(request, reverse("ui:inbox"))


@require_GET
@signed_in
def follow(request: HttpRequest, pk: int) -> HttpResponse:
    """`/inbox/{id}/`: to what the notice is about; that reads it."""
    notice = Notice.objects.filter(pk=pk, user_id=request.user.pk or 0).first() if pk <= BIGINT else None
    if notice is None:
        raise Http404(pk)
    if request.actor.viewer is None:  # type: ignore[attr-defined]
        run("notice.read", {"ids": [pk]}, gesture(request))
    return redirect(notice.url or reverse("ui:inbox"))


@require_POST
@signed_in
def preferences(request: HttpRequest) -> HttpResponse:
    """`/inbox/preferences/`: whether notices also come by mail."""
    try:
        run("inbox.preferences", {"digest": request.POST.get("digest", "")}, gesture(request))
    except Invalid as error:
        toast(request, error, kind="danger")
        return HttpResponse(status=422)
    toast(request, _("Saved"))
    return HttpResponse(status=200)
