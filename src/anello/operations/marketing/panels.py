"""What marketing adds to record pages and to histories."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from anello.core.events.models import Event
from anello.core.ui.records.panels import panel, phrase
from anello.kit.text import L
from anello.operations.marketing import queries, rendering
from anello.operations.marketing.module import LANGUAGES

_PHRASES = {
    "email_template.test": L("si è mandato una prova", "sent themselves a test"),
    "email_message.send": L("l'ha messa in coda", "queued it"),
    "email_message.sent": L("l'ha inviata", "sent it"),
    "email_message.bounced": L("l'ha vista tornare indietro", "saw it bounce"),
    "email_message.retry": L("l'ha rimessa in coda", "queued it again"),
    "email_message.unsubscribed": L("ha registrato la disiscrizione", "recorded that they unsubscribed"),
}


@panel("email_template", L("Anteprima", "Preview"), order=10)
def preview(request: HttpRequest, record: Any) -> SafeString:
    """The mail in each language it speaks, and how it fared."""
    actor: Any = request.actor  # type: ignore[attr-defined]
    spoken = rendering.spoken(record)
    standing = queries.standing(actor, record)
    context = {
        "template": record,
        "languages": [option for option in LANGUAGES if option.value in spoken],
        "standing": standing,
        "lost": standing.get("bounced", 0) + standing.get("failed", 0),
    }
    return SafeString(render_to_string("marketing/preview.html", context, request))


@panel("email_template", L("Scrivi il messaggio", "Edit the message"), place="header")
def edit(request: HttpRequest, record: Any) -> SafeString | None:
    if not getattr(record, "may_edit", False):
        return None
    return SafeString(render_to_string("marketing/editor_button.html", {"template": record}, request))


@phrase("email_message.clicked")
def clicked(event: Event) -> str:
    url = event.data["url"]
    return str(L(f"ha registrato un clic su {url}", f"recorded a click on {url}"))


def _register(kind: str, words: L) -> None:
    @phrase(kind)
    def say(event: Event) -> str:
        return str(words)


for _kind, _words in _PHRASES.items():
    _register(_kind, _words)
