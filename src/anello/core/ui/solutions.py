"""Solutions on screen: choosing what to write into a file; a file beside what is here, and importing it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from anello.core.accounts.elevation import needs_elevation
from anello.core.accounts.middleware import gesture
from anello.core.actions import Invalid, run
from anello.core.studio.solutions import things
from anello.core.studio.solutions.paper import MOST, Fault, Unreadable
from anello.core.studio.solutions.parts import parts
from anello.core.ui.lists.entries import menu_entry
from anello.core.ui.toasts import toast
from anello.kit.text import L

menu_entry("solution", L("Importa un file", "Import a file"), "file-import", "check/", verb="view", first=True)
menu_entry("solution", L("Esporta in un file", "Export to a file"), "file-export", "file/", verb="view")


@needs_elevation
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """`/solutions/file/`: what there is to choose from; with `?thing=fields/person/x_hobby&…` the file."""
    chosen = set(request.GET.getlist("thing"))
    name = request.GET.get("name", "").strip()[:200]
    if chosen and name:
        text = things.write(name, lambda part, key: "/".join((part.name, *key)) in chosen)
        file = f"{slugify(name) or 'solution'}.yaml"
        headers = {"Content-Disposition": f'attachment; filename="{file}"'}
        return HttpResponse(text, content_type="application/yaml; charset=utf-8", headers=headers)
    context = {
        "name": name,
        "chosen": chosen,
        "wrong": bool(request.GET),
        "parts": [
            {
                "part": part,
                "things": [
                    ("/".join((part.name, *key)), " › ".join(key), part.title(key, values))
                    for key, values in part.here().items()
                ],
            }
            for part in parts()
        ],
    }
    return render(request, "ui/solutions/export.html", context)


@needs_elevation
@require_http_methods(["GET", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """`/solutions/check/`: POST a `file` (or its `text`) to see what it would do; with `do=import` it is done."""
    if request.method == "GET":
        return render(request, "ui/solutions/check.html", {})
    text, faults = _text(request)
    compared = None
    if not faults:
        try:
            compared = things.rehearse(text)
            faults = compared.troubles
        except Unreadable as error:
            faults = error.faults
    if request.POST.get("do") == "import" and not faults:
        try:
            made = run("solution.import", {"file": text}, gesture(request))
        except Invalid as error:
            faults = [Fault(message) for message in error.messages]
        else:
            toast(request, _("Imported"))
            return redirect("ui:record", "solutions", made.pk)
    context: dict[str, Any] = {"text": text, "faults": faults, "compared": compared}
    return render(request, "ui/solutions/check.html", context, status=422 if faults else 200)


def _text(request: HttpRequest) -> tuple[str, list[Fault]]:
    """What was sent, and why it cannot be read."""
    sent: Any = request.FILES.get("file")
    if sent is None:
        text = request.POST.get("text", "").replace("\r\n", "\n")
        return text, [] if text.strip() else [Fault(L("Scegli un file.", "Choose a file."))]
    if sent.size > MOST:
        return "", [Fault(L("Il file è troppo grande per essere una soluzione.", "The file is too large."))]
    try:
        return sent.read().decode("utf-8-sig"), []
    except UnicodeDecodeError:
        return "", [Fault(L("Il file non è testo UTF-8: salvalo così.", "The file is not UTF-8 text: save it so."))]
