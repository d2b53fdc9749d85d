"""On a segment: whom it finds. On a customer: in which segments they are. On lists: adding to a fixed list."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import formats as django_formats
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from anello.core.actions import Invalid
from anello.core.events.models import Event
from anello.core.modules import get
from anello.core.policies import can, visible
from anello.core.ui.lists.entries import gesture
from anello.core.ui.records.panels import panel, phrase
from anello.intelligence.segments import queries, words
from anello.intelligence.segments.models import DYNAMIC, Segment
from anello.intelligence.segments.module import SEGMENT
from anello.kit.text import L
from anello.warehouse.errors import WarehouseError


@panel("segment", L("Chi ne fa parte", "Whom it finds"), place="main", order=10)
def found(request: HttpRequest, record: Segment) -> SafeString:
    actor: Any = request.actor  # type: ignore[attr-defined]
    context: dict[str, Any] = {"record": record, "slug": get(record.customer).slug}
    try:
        context["glance"] = queries.glance_at(actor, record, key=f"segment {actor.id}")
    except Invalid as error:
        context["error"] = error.words
    except WarehouseError as error:
        context["error"] = str(error)
    except queries.Stopped:
        context["stopped"] = True
    if record.kind == DYNAMIC:
        context["joint"], context["chips"] = words.chips(actor, record.customer, record.definition)
        if SEGMENT.model._default_manager.filter(visible(actor, SEGMENT, "edit"), pk=record.pk).exists():
            context["edit_url"] = reverse("segments:edit", args=[record.pk])
    if can(actor, record.customer):
        only = {"field": f"segment_member:{record.customer}.segment", "op": "in", "value": [record.pk]}
        query = urlencode({"filter": json.dumps({"all": [only]})})
        context["members_url"] = f"{reverse('ui:list', args=[get(record.customer).slug])}?{query}"
    if not visible(actor, record.customer):
        # Sizes are those of the whole segment: for readers who see all of it.
        context["plot"] = _plot(record)
    return render_to_string("segments/panel.html", context, request)


def _plot(record: Segment) -> dict[str, Any] | None:
    sizes = queries.sizes(record)
    if len(sizes) < 2:
        return None
    return {
        "type": "line",
        "labels": [django_formats.date_format(size.day, "SHORT_DATE_FORMAT") for size in sizes],
        "series": [{"name": _("Members"), "arc": "decisions", "values": [size.count for size in sizes]}],
    }


def _for(kind: str) -> Callable[[HttpRequest, Any], SafeString | None]:
    def memberships(request: HttpRequest, record: Any) -> SafeString | None:
        actor: Any = request.actor  # type: ignore[attr-defined]
        mine = queries.memberships(actor, kind, record.pk) if can(actor, SEGMENT) else []
        return render_to_string("segments/memberships.html", {"members": mine}, request) if mine else None

    memberships.__qualname__ = f"memberships.{kind}"
    return memberships


for _kind in ("person", "organisation"):
    panel(_kind, L("Segmenti", "Segments"), place="side", order=60)(_for(_kind))
    gesture(_kind, L("Aggiungi a un elenco", "Add to a list"), "chart-pie", "to-segment/", verb="view")


@phrase("segment.members_changed")
def members_changed(event: Event) -> str:
    return _("refreshed it: %(joined)s joined, %(left)s left, %(count)s members") % event.data
