"""The list of a module: rows, the count in its own request, and the dialogs that change what it shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from anello.core.accounts.middleware import gesture
from anello.core.actions import Invalid, run
from anello.core.modules import Module
from anello.core.modules import fields as kinds
from anello.core.policies import can, field_access, views_of, visible
from anello.core.search import Page
from anello.core.studio.shape import open_modules
from anello.core.ui import formats
from anello.core.ui.answers import go
from anello.core.ui.gate import module_view
from anello.core.ui.lists import condition_form, conditions, entries
from anello.core.ui.lists.columns import Cells, Column, available
from anello.core.ui.lists.state import ListState, preferences, read
from anello.core.ui.models import Favourite
from anello.core.ui.values import record_url

PAGE_SIZE = 50


@dataclass(frozen=True)
class Cell:
    """What stands in a row under a column; `edit_url` where it can be changed in place."""

    column: Column
    html: SafeString
    edit_url: str


@dataclass(frozen=True)
class Row:
    """A record of the list."""

    record: Any
    title: str
    url: str
    cells: list[Cell]
    starred: bool


@dataclass(frozen=True)
class Head:
    """A column's header; `sort_url` is empty where it cannot be sorted by."""

    column: Column
    sort_url: str
    direction: str


@module_view
@require_GET
def page(request: HttpRequest, module: Module) -> HttpResponse:
    """The list."""
    state = read(request, module)
    shown = state.columns
    found, errors = _page(request, state)
    return render(
        request,
        "ui/lists/list.html",
        {
            **frame(request, state, errors),
            "heads": [_head(state, column) for column in shown],
            "rows": _rows(request, state, found, shown),
            "primary": primary(module, shown),
            "previous": found.previous and state.url(before=found.previous),
            "next": found.next and state.url(after=found.next),
            "deep": "after" in request.GET or "before" in request.GET,
        },
    )


def _page(request: HttpRequest, state: ListState) -> tuple[Page, list[str]]:
    cursors = {name: request.GET.get(name) for name in ("after", "before")}
    try:
        return state.query().page(PAGE_SIZE, **cursors), []
    except Invalid as error:
        # Rows of another question would be taken for an answer to this one: there are none.
        return Page([], None, None), error.messages


def frame(request: HttpRequest, state: ListState, errors: list[str], layout: str = "list") -> dict[str, Any]:
    """What list and board share: title, tabs, chips, menus."""
    module, actor = state.module, state.actor
    joint, chips = conditions.chips(actor, module, state.filter)
    menu = entries.menu(actor, module)
    return {
        "module": module,
        "state": state,
        "layout": layout,
        "errors": errors,
        "tabs": _tabs(request, state, layout),
        "chips": [
            {"chip": chip, "without": state.filtered(conditions.without(state.filter, chip.at), layout)}
            for chip in chips
        ],
        "joint": joint,
        "other_joint": state.filtered(conditions.joined(state.filter, conditions.OTHER[joint]), layout),
        "count_url": state.url("count"),
        "layouts": _layouts(state),
        "unfiltered": state.filtered({}, layout),
        "cleared": state.url(layout, filter="{}", q=None) if state.view else state.url(layout, filter=None, q=None),
        "formats": ("CSV", "XLSX", "JSON"),
        "may": {verb: can(actor, module, verb) for verb in ("create", "edit", "delete", "export", "import")},
        "layout_url": _arranging(state, layout),
        "entries": [(entry, url) for entry, url in menu if not entry.first],
        "first": next(((entry, url) for entry, url in menu if entry.first), None),
        "gestures": entries.gestures(actor, module),
        "query": state.address(),
        "may_assign": module.is_record and field_access(actor, module)["owner"] == "edit",
    }


def _arranging(state: ListState, layout: str) -> str:
    """Where administrators arrange what everybody sees here; empty for others, and where nothing can be arranged."""
    if not state.actor.administrator or state.module not in open_modules():
        return ""
    return f"{reverse('ui:layout', args=[state.module.slug])}?part={layout}"


def _layouts(state: ListState) -> list[tuple[str, str, str, str]]:
    """The ways to look at these records: (name, address, label, icon); none when there is only one."""
    board = views_of(state.actor, state.module).board
    if board is None or field_access(state.actor, state.module)[board.by] == "hidden":
        return []
    return [
        ("list", state.url("list"), _("List"), "list"),
        ("board", state.url("board"), _("Board"), "layout-kanban"),
    ]


def _tabs(request: HttpRequest, state: ListState, layout: str) -> list[dict[str, Any]]:
    default = preferences(request, state.module).get("default")
    blank = ListState(state.module, state.actor, {}, [], None, {}, "", "", [])
    tabs = [{"label": _("All"), "url": blank.url(layout, view="all"), "current": state.view is None, "view": None}]
    for view in state.views:
        tabs.append(
            {
                "label": view.name,
                "url": blank.url(view.layout, view=view.pk),
                "current": state.view is view,
                "view": view,
                "default": view.pk == default,
            }
        )
    return tabs


def primary(module: Module, shown: list[Column]) -> Column | None:
    """The column that names the record and leads to it."""
    own = [c for c in shown if c.link is None]
    return next((c for c in own if c.field.name == "title"), own[0] if own else None)


def _head(state: ListState, column: Column) -> Head:
    f = column.field
    if column.link is not None or not f.sortable or isinstance(f, kinds.LongText):
        return Head(column, "", "")
    current = state.order
    if current.removeprefix("-") == f.name:
        descending = current.startswith("-")
        return Head(
            column, state.url(sort=f.name if descending else f"-{f.name}"), "descending" if descending else "ascending"
        )
    first = f"-{f.name}" if f.align == "end" or f.kind in ("date", "datetime") else f.name
    return Head(column, state.url(sort=first), "")


def _rows(request: HttpRequest, state: ListState, found: Page, shown: list[Column]) -> list[Row]:
    module, actor = state.module, state.actor
    cells = Cells(actor, found.records, shown)
    access = field_access(actor, module)
    ids = [record.pk for record in found.records]
    editable = set()
    if ids and can(actor, module, "edit"):
        editable = set(
            module.model._default_manager.filter(visible(actor, module, "edit"), pk__in=ids).values_list(
                "pk", flat=True
            )
        )
    starred = set()
    if ids and module.is_record:
        stars = Favourite.objects.filter(user=actor.user, module=module.name, record_id__in=ids)
        starred = set(stars.values_list("record_id", flat=True))
    rows = []
    for record in found.records:
        url = record_url(module.name, record.pk)
        may_edit = record.pk in editable
        rows.append(
            Row(
                record,
                module.title_of(record),
                url,
                [
                    Cell(
                        c,
                        cells.show(c, record),
                        f"{url}edit/{c.field.name}/"
                        if may_edit and c.link is None and access[c.field.name] == "edit"
                        else "",
                    )
                    for c in shown
                ],
                record.pk in starred,
            )
        )
    return rows


@module_view
@require_GET
def count(request: HttpRequest, module: Module) -> HttpResponse:
    """How many records the list has: `1.284`, `10.000+`."""
    try:
        number = read(request, module).query().count()
    except Invalid:
        return HttpResponse("")
    return HttpResponse(formats.number(number.value) + ("+" if number.capped else ""))


@module_view
@require_GET
def edit_filter(request: HttpRequest, module: Module) -> HttpResponse:
    """The filter builder: GET shows one condition; with `add` it goes to the list so filtered."""
    state = read(request, module)
    layout = "board" if request.GET.get("layout") == "board" else "list"
    at = request.GET.get("at", "new")
    form = request.GET if "what" in request.GET else condition_form.editing(state.filter, at)
    error = ""
    if "add" in request.GET:
        try:
            made = condition_form.leaf(state.actor, module, form)
            return go(request, state.filtered(conditions.put(state.filter, at, made), layout))
        except Invalid as invalid:
            error = invalid.words
    return render(
        request,
        "ui/lists/filter.html",
        {
            "module": module,
            "state": state,
            "layout": layout,
            "error": error,
            **condition_form.inputs(state.actor, module, state.filter, form),
        },
        status=422 if error else 200,
    )


@module_view
@require_http_methods(["GET", "POST"])
def edit_columns(request: HttpRequest, module: Module) -> HttpResponse:
    """The columns dialog: every change shows it again, POST keeps them."""
    source = request.POST if request.method == "POST" else request.GET
    state = read(request, module, source)
    chosen = source.getlist("column") or [c.path for c in state.columns]
    if source.get("add"):
        chosen.append(source["add"])
    for verb, step in (("up", -1), ("down", 1)):
        if source.get(verb) in chosen:
            i = chosen.index(source[verb])
            j = min(max(i + step, 0), len(chosen) - 1)
            chosen[i], chosen[j] = chosen[j], chosen[i]
    if source.get("remove") in chosen and len(chosen) > 1:
        chosen.remove(source["remove"])
    state.paths = chosen
    shown = state.columns
    if request.method == "POST":
        paths = [c.path for c in shown]
        if state.view is not None:
            return go(request, state.url(columns=",".join(paths)))
        run("preferences.update", {"lists": {module.name: {"columns": paths}}}, gesture(request))
        return go(request, state.url(columns=None))
    known = {c.path for c in shown}
    return render(
        request,
        "ui/lists/columns.html",
        {
            "module": module,
            "state": state,
            "chosen": shown,
            "others": [(c.path, c.label) for c in available(state.actor, module) if c.path not in known],
        },
    )
