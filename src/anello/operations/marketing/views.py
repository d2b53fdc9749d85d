"""The editor of templates, and what a mail looks like."""

from __future__ import annotations

from typing import Any

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from anello.core.accounts.middleware import gesture
from anello.core.actions import Conflict, Invalid, run
from anello.core.policies import can
from anello.core.ui.answers import go, told
from anello.core.ui.gate import signed_in
from anello.core.ui.records.found import found
from anello.core.ui.values import record_url
from anello.customers.personalisation import variables
from anello.kit.errors import BadValue
from anello.kit.numbers import whole
from anello.operations.marketing import blocks, rendering
from anello.operations.marketing.models import EmailTemplate
from anello.operations.marketing.module import EMAIL_TEMPLATE, LANGUAGES
from anello.operations.marketing.samples import sample

# A mail brings its own styles and pictures, and runs nothing.
_mail = csp(
    {
        "default-src": [NONE],
        "style-src": [UNSAFE_INLINE],
        "img-src": [SELF, "https:", "data:"],
        "base-uri": [NONE],
        "form-action": [NONE],
        "frame-ancestors": [SELF],
    }
)


def _language(asked: str | None) -> str:
    """One of the languages of templates; the reader's unless another is asked for."""
    known = [option.value for option in LANGUAGES]
    own = (translation.get_language() or "it")[:2]
    return next(code for code in (asked, own, "it") if code in known)


@require_GET
@signed_in
@xframe_options_sameorigin
@_mail  # type: ignore[arg-type]
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """A stored template as an invented customer gets it."""
    template: EmailTemplate = found(request, EMAIL_TEMPLATE, pk)
    language = _language(request.GET.get("language"))
    return _drawn(request, getattr(template, f"subject_{language}"), getattr(template, f"body_{language}"), language)


@require_POST
@signed_in
@xframe_options_sameorigin
@_mail
def draft(request: HttpRequest) -> HttpResponse:
    """What is being written, as an invented customer would get it."""
    if not can(request.actor, "email_template", "edit"):  # type: ignore[attr-defined]
        raise Http404(request.path)
    subject, body = request.POST.get("subject", ""), request.POST.get("body", "")
    return _drawn(request, subject[:200], body[:100_000], _language(request.POST.get("language")))


def _drawn(request: HttpRequest, subject: str, body: str, language: str) -> HttpResponse:
    if not body.strip():
        return render(request, "marketing/no_preview.html", {})
    try:
        compiled = rendering.compiled(subject, body, language)
    except BadValue as error:
        return render(request, "marketing/no_preview.html", {"why": error.message})
    with translation.override(language):
        written = compiled.write(sample(request.user), unsubscribe="#")
    return HttpResponse(written.html)


@require_http_methods(["GET", "POST"])
@signed_in
def editor(request: HttpRequest, pk: int) -> HttpResponse:
    """`/email-templates/7/editor/?language=it`: GET shows one language of it, POST stores it."""
    template: EmailTemplate = found(request, EMAIL_TEMPLATE, pk, "edit")
    language = _language(request.POST.get("language") or request.GET.get("language"))
    names = {"subject": f"subject_{language}", "body": f"body_{language}"}
    if request.method == "GET":
        typed = {part: getattr(template, name) for part, name in names.items()}
        return _editor(request, template, language, typed)
    typed = {part: request.POST.get(part, "") for part in names}
    values = {name: typed[part] for part, name in names.items()}
    version = whole(request.POST.get("version", ""))
    try:
        run("email_template.update", values, gesture(request), target=pk, version=version)
    except Invalid as error:
        errors = {part: error.errors.get(name, []) for part, name in names.items()}
        return _editor(request, template, language, typed, errors, status=422)
    except Conflict as error:
        return _editor(request, template, language, typed, {"body": [str(error)]}, status=409)
    told(request, EMAIL_TEMPLATE.names)
    return go(request, record_url("email_template", pk))


def _editor(
    request: HttpRequest,
    template: EmailTemplate,
    language: str,
    typed: dict[str, str],
    errors: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "template": template,
        "module": EMAIL_TEMPLATE,
        "language": language,
        "languages": LANGUAGES,
        "typed": {**typed, "body": typed["body"] or blocks.start(language)},
        "errors": errors or {},
        "blocks": blocks.BLOCKS,
        "variables": variables().items(),
    }
    return render(request, "marketing/editor.html", context, status=status)
