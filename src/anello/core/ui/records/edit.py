"""Creating, editing and deleting: the forms, the cell editor, and what happens when two people edit at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from anello.core.accounts.middleware import gesture
from anello.core.actions import Conflict, Invalid, run
from anello.core.actions.engine import validate
from anello.core.events.models import Event
from anello.core.modules import Field, File, Module
from anello.core.policies import can
from anello.core.search.records import titles
from anello.core.studio import guards
from anello.core.ui import values
from anello.core.ui.answers import go, once, told
from anello.core.ui.gate import module_view
from anello.core.ui.records import duplicates as alike
from anello.core.ui.records.forms import RecordForm, Typed, editable, language, targets, titles_for, widget
from anello.core.ui.records.found import found
from anello.core.ui.records.history import from_json
from anello.core.ui.records.steps import step_to
from anello.core.ui.toasts import toast, trigger

EDIT = require_http_methods(["GET", "POST"])


@EDIT
@module_view
def create(request: HttpRequest, module: Module) -> HttpResponse:
    """`/{slug}/new/`: the whole form, or the quick one in the dialog (`?quick=1`); the address fills fields in.

    With `all`, what was typed into the quick form goes on in the whole one.
    """
    if not can(request.actor, module, "create"):  # type: ignore[attr-defined]
        raise Http404(module.slug)
    quick = "quick" in request.GET
    if request.method == "GET":
        return _form(request, module, RecordForm(request, module, quick=quick))
    form = RecordForm(request, module, data=request.POST, quick=quick)
    assert form.typed is not None
    if "all" in request.POST:
        complete = RecordForm(request, module)
        complete.typed = form.typed
        return _form(request, module, complete)
    given, errors = form.typed.read()
    # What was empty and was left so is not given: rules fill it in (a line's price follows from its product).
    new = module.model()
    given = {n: value for n, value in given.items() if value is not None or module.field(n).get(new) is not None}
    try:
        complain(request, module, "create", given, errors)
        record = run(f"{module.name}.create", given, gesture(request), key=once(request))
    except Invalid as error:
        form.refuse(error.errors)
        return _form(request, module, form, status=422)
    told(request, _("%(title)s saved") % {"title": module.title_of(record)})
    if "again" in request.POST:
        url = request.get_full_path()
        return _again(request, module, quick) if quick else go(request, url)
    if "stay" in request.GET:
        return _closed(request)
    return go(request, reverse("ui:record", args=[module.slug, record.pk]))


def complain(
    request: HttpRequest, module: Module, verb: str, given: Mapping[str, Any], errors: Mapping[str, list[str]]
) -> None:
    """Invalid with what could not be understood, and all that is wrong with the rest."""
    if not errors:
        return
    try:
        validate(gesture(request), module, [given], verb, checked=True)
    except Invalid as others:
        raise Invalid({**others.errors, **errors}) from others
    raise Invalid(errors)


def _again(request: HttpRequest, module: Module, quick: bool) -> HttpResponse:
    """An empty form, for the next one."""
    request.method = "GET"
    return trigger(_form(request, module, RecordForm(request, module, quick=quick)), refresh={})


def _closed(request: HttpRequest) -> HttpResponse:
    """The dialog closes and what is behind it looks again."""
    response = HttpResponse(status=200)
    response.headers["HX-Reswap"] = "none"
    return trigger(response, dialog_close={}, refresh={})


def _form(
    request: HttpRequest,
    module: Module,
    form: RecordForm,
    *,
    record: Any = None,
    version: int | None = None,
    gone: str = "",
    status: int = 200,
) -> HttpResponse:
    whole = _address(module, request.GET, "quick", "stay")
    if gone:
        url = reverse("ui:create", args=[module.slug])
    elif record is not None:
        url = reverse("ui:edit", args=[module.slug, record.pk])
    else:
        url = _address(module, request.GET) if form.quick else whole
    watched = [n for n in alike.keys(module) if any(f.name == n for f in form.fields)]
    context = {
        "module": module,
        "record": record,
        "form": form,
        "blocks": form.blocks(),
        "version": version,
        "gone": gone,
        "url": url,
        "whole_url": whole,
        "list_url": reverse("ui:list", args=[module.slug]),
        "cancel_url": reverse("ui:record", args=[module.slug, record.pk])
        if record is not None and not gone
        else reverse("ui:list", args=[module.slug]),
        # What the address fills in is another form than what somebody else's address does.
        "draft": f"{module.name}:{record.pk}" if record is not None else url,
        "duplicates_url": reverse("ui:duplicates", args=[module.slug]) if watched else "",
        "rules_url": _rules_of(module, record),
        "watched": ", ".join(f"#{'quick' if form.quick else 'form'}-{module.name} [name={name}]" for name in watched),
    }
    template = "ui/records/quick.html" if form.quick else "ui/records/form.html"
    return render(request, template, context, status=status)


def _rules_of(module: Module, record: Any) -> str:
    """Where the form asks what its fields have to do with each other; empty when they have nothing."""
    if not guards.state(module, record or module.model()):
        return ""
    return reverse("ui:rules", args=[module.slug]) + (f"?record={record.pk}" if record is not None else "")


def _address(module: Module, given: QueryDict, *but: str) -> str:
    """Where the form of a new record is, with what the address fills in."""
    kept = given.copy()
    for name in but:
        kept.pop(name, None)
    return reverse("ui:create", args=[module.slug]) + (f"?{kept.urlencode()}" if kept else "")


@EDIT
@module_view
def edit(request: HttpRequest, module: Module, pk: int) -> HttpResponse:
    """`/{slug}/{id}/edit/`: the whole form; a stale one merges, one of a deleted record can be saved as new."""
    if request.method == "GET":
        record = found(request, module, pk, "edit")
        return _form(request, module, RecordForm(request, module, record=record), record=record, version=record.version)
    record = found(request, module, pk, "view", deleted=True)
    form = RecordForm(request, module, record=record, data=request.POST)
    if getattr(record, "deleted_at", None):
        return _form(request, module, form, record=record, gone=_who_deleted(module, record), status=410)
    record = found(request, module, pk, "edit")
    version = _version(request, record)
    assert form.typed is not None
    given, errors = form.typed.read()
    before = _before(module, record, version)
    # What the person did not touch is no wish of theirs: whoever changed it meanwhile changed it.
    given = {n: v for n, v in given.items() if not _same(module.field(n), v, before.get(n, _ABSENT))}
    given = {n: v for n, v in given.items() if request.POST.get(f"keep:{n}") != "theirs"}
    # Nor is a file that stays, whose content may be gone.
    given = {n: v for n, v in given.items() if not (isinstance(module.field(n), File) and v == getattr(record, n))}
    try:
        complain(request, module, "update", given, errors)
        run(f"{module.name}.update", given, gesture(request), target=pk, version=version)
    except Invalid as error:
        form.refuse(error.errors)
        return _form(request, module, form, record=record, version=version, status=422)
    except Conflict as conflict:
        return _merge(request, module, conflict, form)
    told(request, _("%(title)s saved") % {"title": module.title_of(record)})
    return go(request, reverse("ui:record", args=[module.slug, pk]))


_ABSENT = object()


def _version(request: HttpRequest, record: Any) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else record.version


def _before(module: Module, record: Any, version: int) -> dict[str, Any]:
    """The JSON values that fields changed since `version` had then."""
    if record.version == version:
        return {}
    since = Event.objects.filter(module=module.name, record_id=record.pk, version__gt=version)
    old: dict[str, Any] = {}
    for changes in since.order_by("id").values_list("changes", flat=True):
        old |= {name: pair[0] for name, pair in changes.items() if name not in old}
    return old


def _same(f: Field, value: Any, stored: Any) -> bool:
    if stored is _ABSENT:
        return False
    return f.json(value) == stored or (value in (None, "", []) and stored in (None, "", []))


def _who_deleted(module: Module, record: Any) -> str:
    event = (
        Event.objects.filter(module=module.name, record_id=record.pk, kind=f"{module.name}.deleted")
        .select_related("actor")
        .order_by("-id")
        .first()
    )
    who = str(event.actor) if event is not None and event.actor else "Anello"
    return _("%(who)s deleted this record meanwhile. What you typed is still here: you can save it as a new one.") % {
        "who": who
    }


def _merge(request: HttpRequest, module: Module, conflict: Conflict, form: RecordForm) -> HttpResponse:
    """Both values of each field that two people changed; the person chooses one of each."""
    record = found(request, module, conflict.record.pk, "edit")
    theirs_yours = {n: pair for n, pair in conflict.fields.items() if any(f.name == n for f in form.fields)}
    pairs = [t for n, both in theirs_yours.items() for value in both for t in targets(module.field(n), value)]
    known = titles_for(request.actor, pairs)  # type: ignore[attr-defined]
    rows = [
        {
            "field": module.field(n),
            "theirs": said(module.field(n), both[0], known, record),
            "yours": said(module.field(n), both[1], known, record),
        }
        for n, both in theirs_yours.items()
    ]
    last = Event.objects.filter(module=module.name, record_id=record.pk).select_related("actor").order_by("-id").first()
    context = {
        "module": module,
        "record": record,
        "rows": rows,
        "who": str(last.actor) if last is not None and last.actor else "Anello",
        "when": record.updated_at if module.is_record else None,
        "kept": [
            (name, text)
            for name in request.POST
            if name not in ("csrfmiddlewaretoken", "version") and not name.startswith("keep:")
            for text in request.POST.getlist(name)
        ],
        "version": record.version,
        "url": reverse("ui:edit", args=[module.slug, record.pk]),
        "cancel_url": reverse("ui:record", args=[module.slug, record.pk]),
        "draft": f"{module.name}:{record.pk}",
    }
    return render(request, "ui/records/merge.html", context, status=409)


def said(f: Field, stored: Any, known: Mapping[tuple[str, int], str], record: Any = None) -> str:
    """A JSON value of a field (of the record) in words; "–" for none."""
    if stored in (None, "", []):
        return "–"
    return values.plain(f, from_json(f, stored), known, record)


def _shown(request: HttpRequest, module: Module, record: Any, f: Field) -> SafeString:
    known = titles(request.actor, module, [record], [f.name])  # type: ignore[attr-defined]
    known |= titles_for(request.actor, targets(f, f.get(record)))  # type: ignore[attr-defined]
    return values.show(f, record, known)


@EDIT
@module_view
def cell(request: HttpRequest, module: Module, pk: int, name: str) -> HttpResponse:
    """`/{slug}/{id}/edit/{field}/`: the editor of one value; saving answers with the value as it is shown."""
    record = found(request, module, pk)
    f = next((f for f in editable(request.actor, module) if f.name == name), None)  # type: ignore[attr-defined]
    if f is None or not record.may_edit:
        raise Http404(name)
    if request.method == "GET":
        return _editor(request, module, record, f, f.get(record))
    typed = Typed(request.POST, [f])
    given, errors = typed.read()
    try:
        if errors:
            raise Invalid(errors)
        record = run(f"{module.name}.update", given, gesture(request), target=pk, version=_version(request, record))
    except Invalid as error:
        step = step_to(module, name, given.get(name))
        if step.missing(error):
            # The value needs company (a deal is lost for a reason): the dialog asks, and here stands what stood.
            return trigger(HttpResponse(_shown(request, module, record, f)), ask={"url": step.dialog(pk)})
        messages = error.errors.get(name) or error.messages
        return _editor(request, module, record, f, typed.text(f), errors=messages, status=422)
    except Conflict as conflict:
        return _editor(request, module, conflict.record, f, typed.text(f), conflict=conflict, status=409)
    told(request, _("%(field)s saved") % {"field": f.label})
    response = HttpResponse(_shown(request, module, record, f))
    # On the record page header, history and derived facts follow; a list is told by the event itself.
    return trigger(response, refresh={}) if "page" in request.GET else response


def _editor(
    request: HttpRequest,
    module: Module,
    record: Any,
    f: Field,
    value: Any,
    *,
    errors: Any = (),
    conflict: Conflict | None = None,
    status: int = 200,
) -> HttpResponse:
    known = titles_for(request.actor, targets(f, value))  # type: ignore[attr-defined]
    theirs = ""
    if conflict is not None:
        stored = f.json(f.get(record))
        theirs = said(f, stored, titles_for(request.actor, targets(f, stored)), record)  # type: ignore[attr-defined]
    context = {
        "widget": widget(f, value, known, errors=errors, label=False, record=record),
        "field": f,
        "value": value if isinstance(value, list) else [value],
        "version": record.version,
        "url": request.get_full_path(),
        "theirs": theirs,
        "conflict": conflict is not None,
        # One choice is the whole edit: it saves itself.
        "immediate": f.kind in ("choice", "boolean", "link", "ref"),
    }
    return render(request, "ui/records/cell.html", context, status=status)


@require_POST
@module_view
def delete(request: HttpRequest, module: Module, pk: int) -> HttpResponse:
    """`/{slug}/{id}/delete/`: at once, with undo."""
    record = found(request, module, pk, "delete")
    try:
        run(f"{module.name}.delete", None, gesture(request), target=pk)
    except Invalid as error:
        toast(request, error.words, kind="danger")
        return HttpResponse(status=422, headers={"HX-Reswap": "none"})
    told(request, _("%(title)s deleted") % {"title": module.title_of(record)})
    if "stay" in request.GET:
        return trigger(HttpResponse(headers={"HX-Reswap": "none"}), panel_close={}, refresh={})
    return go(request, reverse("ui:list", args=[module.slug]))


@require_POST
@module_view
def rules(request: HttpRequest, module: Module) -> HttpResponse:
    """`/{slug}/new/rules/`: what is shown, required and offered in a form with these values (see `guards.state`)."""
    text = request.GET.get("record", "")
    record = found(request, module, int(text)) if text.isdecimal() and len(text) < 19 else module.model()
    fields = editable(request.actor, module)  # type: ignore[attr-defined]
    typed, _errors = Typed(request.POST, fields).read()
    for name, value in typed.items():
        module.field(name).set(record, value)
    seen = {f.name for f in fields}
    return JsonResponse({name: rule for name, rule in guards.state(module, record).items() if name in seen})


@require_GET
@module_view
def duplicates(request: HttpRequest, module: Module) -> HttpResponse:
    """`/{slug}/new/duplicates/`: probable duplicates of what is being typed."""
    text = request.GET.get("record", "")
    but = int(text) if text.isdecimal() and len(text) < 19 else None
    known = alike.canonical(module, request.GET, language())
    likely = alike.find(request.actor, module, known, but=but)  # type: ignore[attr-defined]
    return render(request, "ui/records/duplicates.html", {"module": module, "duplicates": likely})
