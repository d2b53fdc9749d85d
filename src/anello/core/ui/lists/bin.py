"""What was deleted: the bin of a module, for those who may delete there; one or many come back.

Nothing is ever swept from it: links, history and undo go on naming deleted records. What must be forgotten is erased
(`customers/privacy`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from anello.core.accounts.middleware import gesture
from anello.core.actions import Invalid, run
from anello.core.events.models import Event
from anello.core.modules import Module
from anello.core.policies import Actor, can, visible
from anello.core.ui import formats
from anello.core.ui.answers import go, told
from anello.core.ui.gate import module_view
from anello.core.ui.toasts import toast
from anello.kit.numbers import whole

PAGE_SIZE = 50


@dataclass(frozen=True)
class Gone:
    """A deleted record and who deleted it (None: the product)."""

    record: Any
    title: str
    by: Any


@module_view
@require_http_methods(["GET", "POST"])
def page(request: HttpRequest, module: Module) -> HttpResponse:
    """`/{slug}/deleted/`: newest first; POST brings back those of the ids."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if not module.is_record:
        raise Http404(module.slug)
    if not can(actor, module, "delete"):
        raise PermissionDenied(str(module.plural))
    if request.method == "POST":
        return _restore(request, module)
    records = list(_after(deleted(actor, module), request.GET.get("after", ""))[: PAGE_SIZE + 1])
    shown = records[:PAGE_SIZE]
    context = {
        "module": module,
        "rows": _named(module, shown),
        "next": f"?after={_cursor(shown[-1])}" if len(records) > PAGE_SIZE else "",
        "first": "?" if request.GET.get("after") else "",
    }
    return render(request, "ui/lists/bin.html", context)


def deleted(actor: Actor, module: Module) -> Any:
    """The deleted records that the actor may bring back by themselves, newest first.

    What went along with another record comes back with that.
    """
    found = module.model.everything.filter(visible(actor, module, "delete"), deleted_at__isnull=False)  # type: ignore[attr-defined]
    for name in module.along:
        found = found.filter(**{f"{name}__deleted_at__isnull": True})
    return found.defer("search_text").order_by("-deleted_at", "-pk")


def _cursor(record: Any) -> str:
    return f"{record.deleted_at:%Y%m%dT%H%M%S.%fZ}-{record.pk}"


def _after(found: Any, cursor: str) -> Any:
    if not cursor:
        return found
    text, _dash, pk = cursor.partition("-")
    try:
        moment, number = parse_datetime(text), whole(pk)
    except ValueError:
        moment = number = None
    if moment is None or moment.tzinfo is None or number is None:
        raise Http404(cursor)
    # The first condition is what an index goes by.
    return found.filter(Q(deleted_at__lt=moment) | Q(pk__lt=number), deleted_at__lte=moment)


def _named(module: Module, records: list[Any]) -> list[Gone]:
    events = Event.objects.filter(
        module=module.name, kind=f"{module.name}.deleted", record_id__in=[record.pk for record in records]
    )
    by = {event.record_id: event.actor for event in events.select_related("actor").order_by("id")}
    return [Gone(record, module.title_of(record), by.get(record.pk)) for record in records]


def _restore(request: HttpRequest, module: Module) -> HttpResponse:
    ticked = request.POST.getlist("id")[:PAGE_SIZE]
    ids = [pk for text in dict.fromkeys(ticked) if (pk := whole(text)) is not None]
    if not ids:
        toast(request, _("Tick what you want back."), kind="warning")
        return go(request, reverse("ui:deleted", args=[module.slug]))
    try:
        run(f"{module.name}.restore", None, gesture(request), target=ids)
    except Invalid as error:
        toast(request, error.words, kind="danger")
        return HttpResponse(status=422, headers={"HX-Reswap": "none"})
    words = {"number": formats.number(len(ids))}
    told(request, ngettext("%(number)s record is back", "%(number)s records are back", len(ids)) % words)
    return go(request, reverse("ui:deleted", args=[module.slug]))
