"""Asking before something is taken away for good: its name is to be typed, and what uses it is told."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from anello.core.accounts.middleware import gesture
from anello.core.actions import Invalid, run
from anello.core.studio.models import CustomField, CustomModule
from anello.core.studio.uses import Use
from anello.core.ui.toasts import toast
from anello.kit.text import L


def purge_dialog(
    request: HttpRequest,
    row: CustomField | CustomModule,
    here: str,
    found: Sequence[Use],
    errors: Sequence[str] = (),
) -> HttpResponse:
    context = {
        "row": row,
        "title": title_of(row),
        "here": here,
        "uses": found,
        "firm": [use for use in found if use.drop is None],
        "errors": errors,
        "typed": request.POST.get("typed", ""),
        "whole": isinstance(row, CustomModule),
    }
    return render(request, "ui/studio/purge.html", context, status=422 if errors else 200)


def purged(request: HttpRequest, module: str, row: CustomField | CustomModule) -> list[str]:
    """Take it away if its name was typed; else what is wrong."""
    if request.POST.get("typed", "").strip() != row.name:
        return [_("Type its name as it stands here: %(name)s") % {"name": row.name}]
    try:
        run(f"{module}.purge", {"id": row.pk, "along": "along" in request.POST}, gesture(request))
    except Invalid as error:
        return error.messages
    toast(request, _("%(title)s is gone for good") % {"title": title_of(row)})
    return []


def title_of(row: CustomField | CustomModule) -> L:
    if isinstance(row, CustomModule):
        return L(row.plural_it, row.plural_en)
    return L(row.label_it, row.label_en)
