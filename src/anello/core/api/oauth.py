"""OAuth2's token endpoint, where allauth leaves a malformed request unanswered."""

from __future__ import annotations

from allauth.idp.oidc import views
from allauth.idp.oidc.internal.resources import get_resources
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.views.decorators.csrf import csrf_exempt


@csrf_exempt
def token(request: HttpRequest) -> HttpResponseBase:
    """allauth's token view; a `resource` that is no address is `invalid_target` (RFC 8707 §2), not a server error."""
    try:
        get_resources(request)
    except (ValidationError, ValueError):
        return JsonResponse({"error": "invalid_target"}, status=400)
    answer: HttpResponseBase = views.token(request)
    return answer
