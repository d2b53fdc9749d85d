"""Beginning and ending to see Anello as somebody else."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from anello.core.accounts import viewing
from anello.core.accounts.elevation import needs_elevation
from anello.core.accounts.middleware import actor_of
from anello.core.accounts.models import User
from anello.core.actions import Invalid


@needs_elevation
@require_POST
def begin(request: HttpRequest, pk: int) -> HttpResponse:
    """`/users/{id}/view-as/`: from the next page on, until `end`."""
    seen = get_object_or_404(User, pk=pk)
    try:
        viewing.begin(request, actor_of(request).user, seen)
    except Invalid as error:
        messages.error(request, error.words)
        return redirect("user_access", pk)
    return redirect("/")


@require_POST
def end(request: HttpRequest) -> HttpResponse:
    """`/view-as/end/`: back to the page of that person's access."""
    seen = viewing.end(request, actor_of(request).user)
    return redirect("user_access", seen.pk) if seen is not None else redirect("/")
