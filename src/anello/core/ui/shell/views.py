"""Home, search, preferences, favourites, undo."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from anello.core.accounts.middleware import gesture
from anello.core.actions import Conflict, Invalid, NotFound, run
from anello.core.modules import get
from anello.core.search import suggest
from anello.core.ui.answers import is_part
from anello.core.ui.gate import signed_in
from anello.core.ui.shell import commands, places, records, widgets
from anello.core.ui.toasts import toast
from anello.core.ui.values import record_url
from anello.kit.text import L


@signed_in
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The person's own page: widgets, each loaded by itself."""
    actor: Any = request.actor  # type: ignore[attr-defined]
    return render(
        request, "ui/shell/home.html", {"widgets": widgets.offered(actor), "first_place": places.navigation(actor)}
    )


@signed_in
@require_GET
def widget(request: HttpRequest, name: str) -> HttpResponse:
    """The content of one widget."""
    actor: Any = request.actor  # type: ignore[attr-defined]
    found = next((w for w in widgets.offered(actor) if w.name == name), None)
    if found is None:
        raise Http404(name)
    return render(request, "ui/shell/widget.html", {"widget": found, "content": found.render(request)})


@widgets.widget("recent", L("Aperti di recente", "Opened recently"), icon="history", order=90)
def recent_records(request: HttpRequest) -> SafeString | None:
    """The records opened last."""
    found = records.recent(request.actor, 8)  # type: ignore[attr-defined]
    return _known(request, found)


@widgets.widget("favourites", L("Preferiti", "Favourites"), icon="star", order=80)
def favourite_records(request: HttpRequest) -> SafeString | None:
    """The starred records."""
    return _known(request, records.favourites(request.actor))  # type: ignore[attr-defined]


def _known(request: HttpRequest, found: list[records.Known]) -> SafeString | None:
    from django.template.loader import render_to_string

    return SafeString(render_to_string("ui/shell/known.html", {"records": found}, request)) if found else None


@signed_in
@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Results over all modules, a section each."""
    text = request.GET.get("q", "")
    return render(request, "ui/shell/search.html", {"q": text, "sections": _sections(request, text, 8)})


@signed_in
@require_GET
def suggest_view(request: HttpRequest) -> HttpResponse:
    """The palette's results as the person types: records, then commands; before that, what was opened last."""
    actor: Any = request.actor  # type: ignore[attr-defined]
    text = request.GET.get("q", "")
    blank = not text.strip()
    return render(
        request,
        "ui/shell/suggest.html",
        {
            "q": text,
            "sections": [] if blank else _sections(request, text, 5),
            "recent": records.recent(actor, 6) if blank else [],
            "commands": commands.commands(request, text)[: 12 if blank else 8],
        },
    )


def _sections(request: HttpRequest, text: str, size: int) -> list[dict[str, Any]]:
    hits = suggest(request.actor, text, size=size)  # type: ignore[attr-defined]
    sections: dict[str, dict[str, Any]] = {}
    for hit in hits:
        section = sections.setdefault(hit.module.name, {"module": hit.module, "hits": []})
        section["hits"].append({"hit": hit, "url": record_url(hit.module.name, hit.id)})
    return list(sections.values())


@signed_in
@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Remember theme, density, sidebar, keys or language."""
    given = {name: value for name, value in request.POST.items() if name not in ("csrfmiddlewaretoken", "next")}
    try:
        run("preferences.update", given, gesture(request))
    except Invalid as invalid:
        return JsonResponse({"errors": invalid.errors}, status=422)
    return HttpResponse(status=204) if is_part(request) else redirect(_back(request))


@signed_in
@require_http_methods(["GET", "POST"])
def arrange(request: HttpRequest) -> HttpResponse:
    """The dialog in which one orders and hides places of the navigation; `reset` forgets it all."""
    actor: Any = request.actor  # type: ignore[attr-defined]
    groups = places.navigation(actor)
    if request.method == "POST":
        order = request.POST.getlist("order")
        shown = set(request.POST.getlist("shown"))
        liked = {"order": order, "hidden": [url for url in order if url not in shown]}
        run("preferences.update", {"places": {} if "reset" in request.POST else liked}, gesture(request))
        return HttpResponse(headers={"HX-Refresh": "true"}) if is_part(request) else redirect(_back(request))
    liked = request.user.preferences.get("places") or {}  # type: ignore[union-attr]
    every = places.arranged(groups, {"order": liked.get("order", ())})
    context = {"groups": every, "hidden": set(liked.get("hidden", ())), "changed": any(liked.values())}
    return render(request, "ui/shell/arrange.html", context)


def _back(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.headers.get("Referer", "")
    safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()})
    return wanted if safe else reverse("ui:home")


@signed_in
@require_POST
def toggle_favourite(request: HttpRequest) -> HttpResponse:
    """Star or unstar a record; answers with its button and the shell's favourites."""
    data = {"module": request.POST.get("module", ""), "id": request.POST.get("id", "")}
    try:
        starred = run("favourite.toggle", data, gesture(request))
    except Invalid as invalid:
        raise Http404(str(invalid)) from invalid
    if not is_part(request):
        return redirect(_back(request))
    context = {"module": get(data["module"]), "pk": data["id"], "starred": starred, "fresh": True}
    return render(request, "ui/shell/star_answer.html", context)


@signed_in
@require_POST
def undo(request: HttpRequest, batch: Any) -> HttpResponse:
    """Take a gesture back, and say whether that worked."""
    try:
        run("undo", {"batch": batch}, gesture(request))
    except Conflict as conflict:
        toast(request, conflict, kind="warning")
    except NotFound as missing:
        toast(request, missing, kind="warning")
    except Invalid as invalid:
        toast(request, invalid.words, kind="warning")
    else:
        toast(request, _("As it was before"), kind="info")
    return HttpResponse(status=200) if is_part(request) else redirect(_back(request))
