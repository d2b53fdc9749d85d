"""The gate of Studio's pages: administrators who are administering, and a module that can be shaped."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Concatenate

from django.http import Http404, HttpRequest, HttpResponse

from anello.core.accounts.elevation import needs_elevation
from anello.core.modules import Module, by_slug
from anello.core.studio import queries
from anello.core.ui.gate import View, signed_in

Page = Callable[Concatenate[HttpRequest, Module, ...], HttpResponse]


def administering(view: Callable[..., HttpResponse]) -> View:
    """A page of Studio's; who is not administering is asked to, for others it does not exist."""
    return signed_in(needs_elevation(view))


def of_module(view: Page) -> View:
    """A page of `/studio/{slug}/…`: gets the Module in place of the slug."""

    @administering
    @functools.wraps(view)
    def opened(request: HttpRequest, slug: str, **captured: Any) -> HttpResponse:
        module = by_slug(slug)
        if module is None or module not in [one.module for one in queries.shapeable()]:
            raise Http404(slug)
        return view(request, module, **captured)

    return opened
