"""Studio's first page and the page of each module: what there is, and what administrators made of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from anello.core.accounts.middleware import gesture
from anello.core.actions import Conflict, Invalid, run
from anello.core.modules import Field, Module
from anello.core.studio import purging, queries, shape, uses
from anello.core.studio.models import CustomField, CustomModule
from anello.core.studio.module import CUSTOM_MODULE
from anello.core.studio.queries import Shapeable
from anello.core.ui.answers import go, once, told
from anello.core.ui.records.edit import complain
from anello.core.ui.shell.places import ARCS, arc_of
from anello.core.ui.studio.forms import StudioForm
from anello.core.ui.studio.gate import administering, of_module
from anello.core.ui.studio.kinds import sign
from anello.core.ui.studio.purging import purge_dialog, purged
from anello.core.ui.studio.retouching import retouch
from anello.core.ui.studio.tabs import tabs
from anello.core.ui.toasts import toast
from anello.kit.numbers import whole
from anello.kit.text import L, normalise

NAMES = ("label_it", "plural_it", "label_en", "plural_en", "name", "icon", "area", "paper_it", "paper_en")
PAIRS = L("Coppie", "Pairs")


@dataclass(frozen=True)
class Row:
    """A field as the module's page shows it; `own` is what an administrator said of one they added."""

    field: Field
    own: CustomField | None
    icon: str
    kind: L
    uses: int
    url: str

    @property
    def working(self) -> bool:
        """Whether something is being done about it in the background."""
        return self.own is not None and (self.own.state != "ready" or self.own.index == "building")


@administering
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """`/studio/`: all modules by their place in the navigation; `?q=` finds some."""
    words = request.GET.get("q", "")[:200]
    found = [one for one in queries.shapeable() if _matches(words, one.module.plural, one.module.name)]
    groups: dict[str, list[Shapeable]] = {}
    for one in sorted(found, key=lambda one: normalise(str(one.module.plural))):
        groups.setdefault("" if one.own and one.own.links else arc_of(one.module), []).append(one)
    context = {
        "words": words,
        "groups": [(label, groups[arc]) for arc, label in [*ARCS.items(), ("", PAIRS)] if arc in groups],
        "deleted": queries.deleted_modules(),
    }
    return render(request, "ui/studio/home.html", context)


def _matches(words: str, *texts: object) -> bool:
    said = normalise(" ".join(str(text) for text in texts))
    return all(word in said for word in normalise(words).split())


@of_module
@require_GET
def page(request: HttpRequest, module: Module) -> HttpResponse:
    """`/studio/{slug}/`: the module's fields, added ones first; `?q=` finds some."""
    words = request.GET.get("q", "")[:200]
    own, used = queries.own_fields(module.name), uses.of_module(module.name)
    rows = []
    for f in module.fields:
        icon, kind = sign(f, own.get(f.name))
        url = reverse("ui:studio_field", args=[module.slug, f.name])
        if _matches(words, f.label, f.name, kind):
            rows.append(Row(f, own.get(f.name), icon, kind, len(used.get(f.name, ())), url))
    added, built_in = [row for row in rows if row.own], [row for row in rows if not row.own]
    context = {
        "module": module,
        "own": queries.own_module(module.name),
        "tabs": tabs(module, "fields"),
        "words": words,
        "groups": [(label, some) for label, some in ((_("Added"), added), (_("Built in"), built_in)) if some],
        "working": any(row.working for row in added),
        "open": module in shape.open_modules(),
        "deleted": list(queries.own_fields(module.name, deleted=True).values()),
    }  # fmt: skip
    return render(request, "ui/studio/module.html", context)


class ModuleForm(StudioForm):
    """What an administrator says of a module; a new one may join two others."""

    def __init__(self, request: HttpRequest, record: CustomModule | None = None) -> None:
        # A letter names fields, which a new module has not yet.
        later = ("paper_it", "paper_en") if record is None else ("name",)
        names = tuple(name for name in NAMES if name not in later)
        super().__init__(request, CUSTOM_MODULE, names, record=record)

    def read(self) -> tuple[dict[str, Any], dict[str, list[str]]]:
        given, errors = super().read()
        if self.record is None and "joins" in self.data:
            given["links"] = [name for name in (self.data.get("first", ""), self.data.get("second", "")) if name]
        return given, errors

    @property
    def joins(self) -> bool:
        return "joins" in self.data

    @property
    def ends(self) -> list[dict[str, Any]]:
        """The two modules that a new one joins."""
        options = [(module.name, module.plural) for module in shape.open_modules()]
        labels = (L("Un modulo", "One module"), L("L'altro modulo", "The other module"))
        return [
            {"name": name, "label": label, "value": self.data.get(name, ""), "options": options}
            for name, label in zip(("first", "second"), labels, strict=True)
        ]


@administering
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """`/studio/new/`: a module of one's own, or one that joins two others."""
    form = ModuleForm(request)
    if request.method == "GET":
        return _form(request, form)
    given, errors = form.read()
    try:
        complain(request, CUSTOM_MODULE, "create", given, errors)
        made = run("custom_module.create", given, gesture(request), key=once(request))
    except Invalid as error:
        form.refuse(error.errors)
        return _form(request, form, status=422)
    told(request, _("%(title)s made") % {"title": L(made.plural_it, made.plural_en)})
    return go(request, reverse("ui:studio_module", args=[made.name.replace("_", "-")]))


@of_module
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, module: Module) -> HttpResponse:
    """`/studio/{slug}/edit/`: what a module is called; of one's own its icon and area too."""
    row = queries.own_module(module.name)
    if row is None:
        return retouch(request, module, "")
    form = ModuleForm(request, row)
    if request.method == "GET":
        return _form(request, form, module)
    given, errors = form.read()
    try:
        complain(request, CUSTOM_MODULE, "update", given, errors)
        version = whole(request.POST.get("version", ""))
        run("custom_module.update", given, gesture(request), target=row.pk, version=version)
    except Invalid as error:
        form.refuse(error.errors)
        return _form(request, form, module, status=422)
    except Conflict as conflict:
        return _form(request, ModuleForm(request, conflict.record), module, status=409)
    told(request, _("%(title)s saved") % {"title": module.plural})
    return go(request, reverse("ui:studio_module", args=[module.slug]))


def _form(request: HttpRequest, form: ModuleForm, module: Module | None = None, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "module": module,
        "icon": form.value(CUSTOM_MODULE.field("icon")),
        "conflict": status == 409,
    }
    context["icons"] = CUSTOM_MODULE.field("icon").options  # type: ignore[attr-defined]
    return render(request, "ui/studio/module_form.html", context, status=status)


@of_module
@require_POST
def delete(request: HttpRequest, module: Module) -> HttpResponse:
    """`/studio/{slug}/delete/`: hides it for all, with undo."""
    row = queries.own_module(module.name)
    if row is None:
        raise Http404(module.slug)
    return _done(request, "delete", row.pk, _("%(title)s deleted") % {"title": module.plural})


@administering
@require_POST
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    """`/studio/modules/{id}/restore/`: a deleted one is back."""
    return _done(request, "restore", pk, _("It is back"))


@administering
@require_http_methods(["GET", "POST"])
def purge(request: HttpRequest, pk: int) -> HttpResponse:
    """`/studio/modules/{id}/purge/`: GET asks in the dialog, POST with its name typed takes it away for good."""
    row = next((one for one in queries.deleted_modules() if one.pk == pk), None)
    if row is None:
        raise Http404(pk)
    here, found = reverse("ui:studio_purge", args=[pk]), purging.of_module(row)
    if request.method == "GET":
        return purge_dialog(request, row, here, found)
    if errors := purged(request, "custom_module", row):
        return purge_dialog(request, row, here, found, errors)
    return go(request, reverse("ui:studio"))


def _done(request: HttpRequest, verb: str, pk: int, words: str) -> HttpResponse:
    try:
        run(f"custom_module.{verb}", None, gesture(request), target=pk)
    except Invalid as error:
        toast(request, error.words, kind="danger")
        return HttpResponse(status=422, headers={"HX-Reswap": "none"})
    told(request, words)
    return go(request, reverse("ui:studio"))
