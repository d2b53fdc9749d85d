"""Errors as `application/problem+json` (RFC 9457), in the words the screens use."""

from __future__ import annotations

import math
from typing import Any

import structlog
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import BaseModel

from anello.core.actions import Conflict, Denied, Invalid, NotFound
from anello.core.api.auth import TooManyRequests
from anello.kit.text import L

log = structlog.get_logger(__name__)


class Problem(BaseModel):
    """RFC 9457. `errors` names what is wrong with each field; `conflicts` theirs and yours of each contested field."""

    type: str
    title: str
    status: int
    detail: str = ""
    errors: dict[str, list[str]] | None = None
    conflicts: dict[str, dict[str, Any]] | None = None


TITLES: dict[int, L] = {
    400: L("Richiesta non leggibile", "The request cannot be read"),
    401: L("Serve un token valido", "A valid token is needed"),
    403: L("Non ti è permesso", "You may not do this"),
    404: L("Non esiste, o non puoi vederlo", "It does not exist, or you cannot see it"),
    409: L("Qualcuno ha cambiato gli stessi dati", "Somebody changed the same data"),
    412: L("Il record è cambiato nel frattempo", "The record has changed meanwhile"),
    413: L("La richiesta è troppo grande", "The request is too large"),
    415: L("Serve application/json", "application/json is needed"),
    422: L("Alcuni valori non vanno bene", "Some values are not right"),
    429: L("Troppe richieste", "Too many requests"),
    500: L("Errore nostro: è stato registrato", "An error of ours: it has been recorded"),
}


def problem(status: int, detail: str = "", headers: dict[str, str] | None = None, **more: Any) -> HttpResponse:
    """A problem response."""
    body = {
        "type": f"urn:anello:problem:{status}",
        "title": str(TITLES[status]),
        "status": status,
        "detail": detail,
        **more,
    }
    return JsonResponse(body, status=status, content_type="application/problem+json", headers=headers)


def install(api: NinjaAPI) -> None:
    """Make every error of the API a problem."""

    def on(kind: type[Exception]) -> Any:
        return api.exception_handler(kind)

    @on(Invalid)
    def invalid(request: HttpRequest, error: Invalid) -> HttpResponse:
        return problem(422, str(error), errors=error.errors)

    @on(NotFound)
    @on(Http404)
    def missing(request: HttpRequest, error: Exception) -> HttpResponse:
        return problem(404)

    @on(Denied)
    def denied(request: HttpRequest, error: Denied) -> HttpResponse:
        return problem(403, str(error))

    @on(Conflict)
    def conflict(request: HttpRequest, error: Conflict) -> HttpResponse:
        fields = {name: {"theirs": theirs, "yours": yours} for name, (theirs, yours) in error.fields.items()}
        return problem(412 if "If-Match" in request.headers else 409, str(error), conflicts=fields)

    @on(ValidationError)
    def wrong_parameter(request: HttpRequest, error: ValidationError) -> HttpResponse:
        errors: dict[str, list[str]] = {}
        for item in error.errors:
            errors.setdefault(str(item["loc"][-1]), []).append(str(item["msg"]))
        return problem(422, errors=errors)

    @on(AuthenticationError)
    def unknown(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        return problem(401, headers={"WWW-Authenticate": "Bearer"})

    @on(TooManyRequests)
    def hurried(request: HttpRequest, error: TooManyRequests) -> HttpResponse:
        return problem(429, headers={"Retry-After": str(math.ceil(error.wait))})

    @on(RequestDataTooBig)
    def too_large(request: HttpRequest, error: Exception) -> HttpResponse:
        return problem(413)

    @on(MultiPartParserError)
    @on(SuspiciousOperation)
    def broken(request: HttpRequest, error: Exception) -> HttpResponse:
        return problem(400, str(error))

    @on(HttpError)
    def other(request: HttpRequest, error: HttpError) -> HttpResponse:
        status = error.status_code if error.status_code in TITLES else 400
        return problem(status, error.message)

    @on(Exception)
    def unexpected(request: HttpRequest, error: Exception) -> HttpResponse:
        log.exception("api_error", path=request.path)
        return problem(500)
