"""A record of a module that an administrator made, on paper (PDF): its letter, if there is one, and its facts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from anello.core.accounts.middleware import actor_of
from anello.core.modules import Field, Module
from anello.core.policies import Actor, readable, views_of
from anello.core.search import titles
from anello.core.studio import letters
from anello.core.studio.queries import own_module
from anello.core.ui import formats, values
from anello.core.ui.gate import module_view
from anello.core.ui.records.found import found
from anello.kit import pdf

TEMPLATE = Path(__file__).parent / "papers" / "record.typ"


@require_GET
@module_view
def paper(request: HttpRequest, module: Module, pk: int) -> HttpResponse:
    """`/{slug}/{id}/paper/`: in the reader's language, with what the reader may see."""
    row = own_module(module.name)
    if row is None:
        raise Http404(request.path)
    record, now = found(request, module, pk), timezone.now()
    language = (get_language() or "it")[:2]
    data = {
        "language": language,
        "kind": str(module.names),
        "title": module.title_of(record),
        "day": formats.day(timezone.localdate(now)),
        "page": _("Page"),
        **_contents(actor_of(request), module, record, (language == "en" and row.paper_en) or row.paper_it),
    }
    answer = HttpResponse(pdf.render(TEMPLATE, data, now), content_type="application/pdf")
    name = data["title"].replace("/", "-")
    answer.headers["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(name, safe='')}.pdf"
    return answer


def _contents(actor: Actor, module: Module, record: Any, letter: str) -> dict[str, Any]:
    seen = {f.name: f for f in readable(actor, module)}
    known = titles(actor, module, [record], seen)

    def word(f: Field) -> str:
        value = f.get(record)
        return "" if value in (None, "", []) else values.plain(f, value, known, record)

    def facts(names: Any) -> Iterator[dict[str, str]]:
        for name in names:
            if name in seen and (said := word(seen[name])):
                yield {"label": str(seen[name].label), "value": said}

    sections = [
        {"label": str(section.label), "facts": list(facts(section.fields))}
        for section in views_of(actor, module).detail.sections
    ]
    filled = letters.filled(letter, lambda name: word(seen[name]) if name in seen else "")
    return {"letter": filled, "sections": [section for section in sections if section["facts"]]}
