"""Pages for recipients, who have no account: the signed address is the permission."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from anello.core.actions import Context, run
from anello.customers import queries as customers
from anello.operations.marketing import links
from anello.operations.marketing.models import EmailMessage
from anello.operations.marketing.queries import PURPOSE


# Mail providers post without having opened the page (RFC 8058 §3.2), so there is no CSRF token to ask for.
@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows what one gets and changes nothing; POST leaves (one click), or stores what was chosen on the page."""
    message = links.leaving(token)
    if message is None:
        raise Http404
    if request.method == "POST":
        given = {one.purpose for one in customers.consents(message.person) if one.given}
        chosen = set(request.POST.getlist("allowed")) if request.POST.get("do") == "choose" else given - {PURPOSE}
        run("email_message.prefer", {"message": message.pk, "allowed": sorted(chosen)}, Context(via="link"))
        if request.POST.get("List-Unsubscribe") == "One-Click":
            return HttpResponse(status=200)
    return _page(request, message)


def _page(request: HttpRequest, message: EmailMessage) -> HttpResponse:
    permissions = customers.consents(message.person)
    with translation.override(message.language):
        return render(
            request,
            "marketing/unsubscribe.html",
            {
                "message": message,
                "permissions": [one for one in permissions if one.last or one.purpose == PURPOSE],
                "writing": any(one.given for one in permissions if one.purpose == PURPOSE),
                "done": request.method == "POST",
            },
        )


@login_not_required
@require_safe
def link(request: HttpRequest, token: str) -> HttpResponse:
    """On to where the mail's link leads; counted if a person opened it."""
    found = links.following(token)
    if found is None:
        raise Http404
    pk, url = found
    message = EmailMessage.objects.filter(pk=pk).first()
    if message is not None and links.by_a_person(request, message):
        run("email_message.click", {"message": pk, "url": url}, Context(via="link"))
    response = HttpResponseRedirect(url)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
