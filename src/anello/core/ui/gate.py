"""The gate of every screen about a module: who is signed in, which module, whether they may see it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Concatenate

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase

from anello.core.accounts.middleware import actor_of
from anello.core.actions import Denied, Invalid, NotFound
from anello.core.modules import Module, by_slug
from anello.core.policies import Actor, can
from anello.core.ui.toasts import toast

View = Callable[..., HttpResponseBase]
Page = Callable[Concatenate[HttpRequest, Actor, ...], HttpResponseBase]


def signed_in(view: View) -> View:
    """Sends anonymous visitors to sign in, and answers what a view lets pass of an action's refusals.

    What is not found is a page that does not exist (404), what may not be done is 403; what is not valid, which no
    form of ours sends, is told in a toast (422).
    """

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        try:
            return view(request, *args, **kwargs)
        except NotFound as error:
            raise Http404(str(error)) from error
        except Denied as error:
            raise PermissionDenied(str(error)) from error
        except Invalid as error:
            toast(request, error, kind="danger")
            return HttpResponse(status=422, headers={"HX-Reswap": "none"})

    return guarded


def module_view(view: Callable[Concatenate[HttpRequest, Module, ...], HttpResponseBase]) -> View:
    """A view of `/{slug}/…`: gets the Module in place of the slug; 404 where there is none for this actor."""

    @signed_in
    @functools.wraps(view)
    def opened(request: HttpRequest, slug: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
        module = by_slug(slug)
        if module is None or not can(request.actor, module):  # type: ignore[attr-defined]
            raise Http404(slug)
        return view(request, module, *args, **kwargs)

    return opened


def needs(module: str, verb: str = "view") -> Callable[[Page], View]:
    """A page of its own that hangs on a module: `f(request, actor, …)`; 404 for those who may not do that to it."""

    def gated(view: Page) -> View:
        @signed_in
        @functools.wraps(view)
        def opened(request: HttpRequest, **captured: Any) -> HttpResponseBase:
            actor = actor_of(request)
            if not can(actor, module, verb):
                raise Http404(request.path)
            return view(request, actor, **captured)

        return opened

    return gated
