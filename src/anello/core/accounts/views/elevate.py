"""The page on which administrators elevate themselves."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from anello.core.accounts import elevation


@elevation.for_administrators
@sensitive_post_parameters("password", "code")
@never_cache
@require_http_methods(["GET", "POST"])
def elevate(request: HttpRequest) -> HttpResponse:
    back = request.POST.get("next") or request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = "/administration/"
    error: ValidationError | None = None
    if request.method == "POST":
        try:
            elevation.verify(request, request.POST.get("password", ""), request.POST.get("code", ""))
        except ValidationError as refused:
            error = refused
        else:
            elevation.begin(request)
            return redirect(back)
    context = {"next": back, "error": error, "minutes": elevation.DURATION // 60, **elevation.factors(request)}
    return render(request, "accounts/elevate.html", context, status=422 if error else 200)


@require_POST
def end(request: HttpRequest) -> HttpResponse:
    elevation.end(request)
    return redirect("/administration/" if request.actor.administrator else "/")  # type: ignore[attr-defined]
