"""Boards: records as cards in columns by a choice or by the record they link to (the stages of a pipeline)."""

from __future__ import annotations

import decimal
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from anello.core.accounts.middleware import gesture
from anello.core.actions import Conflict, Denied, Invalid, run
from anello.core.modules import Board, Choice, Link, Module, get
from anello.core.policies import field_access, views_of, visible
from anello.core.search import Count as Counted
from anello.core.search import RecordQuery
from anello.core.search.records import titles_of
from anello.core.ui.answers import is_part, told
from anello.core.ui.gate import module_view
from anello.core.ui.lists.columns import Cells, columns
from anello.core.ui.lists.state import ListState, read
from anello.core.ui.lists.views import frame
from anello.core.ui.records.found import found
from anello.core.ui.records.steps import Step, step_to
from anello.core.ui.toasts import toast, trigger
from anello.core.ui.values import record_url
from anello.kit.numbers import whole
from anello.kit.text import normalise

CARDS = 20
MOST_COLUMNS = 30
MOST_DEEP = 50
OTHERS = "others"
"""The column of the cards whose record has none of its own."""


@dataclass
class Stack:
    """A column of the board; `key` is the value its cards have, `totals` are by currency."""

    key: str
    label: str
    color: str
    predicate: Q
    cards: list[Any] = field(default_factory=list)
    more: str = ""
    count: Counted | None = None
    totals: dict[str, decimal.Decimal] = field(default_factory=dict)
    deep: Sequence[int] = ()
    """For each further page of cards that was asked for, one."""


@dataclass
class Plan:
    """The board of a module as one actor sees it: its columns and, for boards by a link, whose columns they are.

    `moves`: whether cards may be put elsewhere by hand.
    """

    view: Board
    by: Choice | Link
    stacks: list[Stack]
    groups: list[tuple[str, str]]
    group: str
    total: str | None
    only: Q
    moves: bool


@module_view
@require_GET
def page(request: HttpRequest, module: Module) -> HttpResponse:
    """The board."""
    state = read(request, module)
    plan = planned(state)
    errors: list[str] = []
    try:
        query = state.query().only(plan.only)
        # Drawn anew, each column is as long as it was.
        deep = Counter(request.GET.getlist("deep")[:MOST_DEEP])
        for stack in plan.stacks:
            stack.deep = range(deep[stack.key])
        sizes = [CARDS * (1 + len(stack.deep)) for stack in plan.stacks]
        pages = query.parts([stack.predicate for stack in plan.stacks], sizes)
        for stack, found in zip(plan.stacks, pages, strict=True):
            stack.cards = found.records
            if found.next:
                stack.more = state.url("board_cards", column=stack.key, after=found.next)
        _tally(query, plan)
    except Invalid as error:
        errors = error.messages
    cards = _Cards(state, plan, [record for stack in plan.stacks for record in stack.cards])
    for stack in plan.stacks:
        stack.cards = [cards.card(record) for record in stack.cards]
    plan.stacks = [stack for stack in plan.stacks if stack.cards or stack.key not in ("", OTHERS)]
    return render(
        request,
        "ui/lists/board.html",
        {
            **frame(request, state, errors, "board"),
            "plan": plan,
            "move_url": state.url("board_move") if plan.moves else "",
            "groups": [
                {"label": label, "url": state.url("board", group=key), "current": key == plan.group}
                for key, label in plan.groups
            ],
        },
    )


@module_view
@require_GET
def more_cards(request: HttpRequest, module: Module) -> HttpResponse:
    """Further cards of one column."""
    state = read(request, module)
    plan = planned(state)
    stack = _stack(state, plan, request.GET.get("column", ""))
    try:
        found = state.query().only(plan.only).only(stack.predicate).page(CARDS, after=request.GET.get("after"))
    except Invalid as error:
        toast(request, error, kind="warning")
        return HttpResponse(status=422)
    cards = _Cards(state, plan, found.records)
    return render(
        request,
        "ui/lists/cards.html",
        {
            "module": module,
            "cards": [cards.card(record) for record in found.records],
            "more": state.url("board_cards", column=stack.key, after=found.next) if found.next else "",
            "deep": [1],
            "key": stack.key,
        },
    )


@module_view
@require_POST
def move(request: HttpRequest, module: Module) -> HttpResponse:
    """Put a card into another column by whatever verb leads there; answers with what changed, or asks for what the
    verb must know."""
    state = read(request, module)
    plan = planned(state)
    stack = _stack(state, plan, request.POST.get("column", ""))
    pk = whole(request.POST.get("id", ""))
    if pk is None:
        raise Http404("id")
    value: Any = stack.key
    if value == OTHERS:
        toast(request, _("This column stands for many: choose one that stands for one."), kind="warning")
        return HttpResponse(status=422)
    if isinstance(plan.by, Link):
        value = int(stack.key) if stack.key else None
    step = step_to(module, plan.by.name, value)
    version = whole(request.POST.get("version", ""), 2**31 - 1)
    # An address that makes no sense is refused before anything moves.
    query = state.query().only(plan.only)
    try:
        step.check(request, found(request, module, pk))
        if step.asks:
            return _ask(step, pk)
        run(step.action, step.data, gesture(request), target=pk, version=version)
    except Invalid as error:
        if step.missing(error):
            return _ask(step, pk)
        messages = error.messages
        toast(request, " ".join(dict.fromkeys(messages)), kind="danger")
        return HttpResponse(status=422)
    except Conflict:
        toast(request, _("Somebody moved it meanwhile: the board shows where it is now."), kind="warning")
        return trigger(HttpResponse(status=409), refresh={})
    except Denied:
        toast(request, _("You may look at this card, not move it."), kind="warning")
        return HttpResponse(status=403)
    _say(request, step, _("Moved to {column}").format(column=stack.label))
    if not is_part(request):
        return HttpResponse(status=204)
    _tally(query, plan)
    record = module.model._default_manager.get(pk=pk)
    card = _Cards(state, plan, [record]).card(record)
    return render(request, "ui/lists/moved.html", {"module": module, "plan": plan, "card": card})


def _ask(step: Step, pk: int) -> HttpResponse:
    """The card waits where it was dropped until the dialog is answered."""
    return trigger(HttpResponse(status=422), ask={"url": step.dialog(pk)})


def _say(request: HttpRequest, step: Step, words: str) -> None:
    if step.own is None or step.own.undoable:
        told(request, words)
    else:
        toast(request, words)


def planned(state: ListState) -> Plan:
    """The columns of the board; 404 where the module has none for this actor."""
    module, actor = state.module, state.actor
    view = views_of(actor, module).board
    access = field_access(actor, module)
    if view is None or access[view.by] == "hidden":
        raise Http404(module.slug)
    by: Any = module.field(view.by)
    total = view.total if view.total and access[view.total] != "hidden" else None
    groups: list[tuple[str, str]] = []
    group, only = "", Q()
    if isinstance(by, Link):
        if _has(get(by.to), "position"):
            records, groups, group = _linked(state, get(by.to))
            stacks = [
                Stack(str(r.pk), str(r), getattr(r, "color", "") or "slate", Q(**{by.attribute: r.pk})) for r in records
            ]
        else:
            stacks = _busiest(state, by)
        if not groups and by.column.null:
            stacks.insert(0, Stack("", _("None"), "gray", Q(**{f"{by.attribute}__isnull": True})))
    else:
        stacks = [Stack(o.value, str(o.label), o.color, Q(**{by.name: o.value})) for o in by.options]
        if by.column.blank:
            stacks.insert(0, Stack("", _("None"), "gray", Q(**{by.name: ""})))
    moves = any(step_to(module, view.by, stack.key).by_hand for stack in stacks)
    return Plan(view, by, stacks, groups, group, total, only, moves)


def _linked(state: ListState, to: Module) -> tuple[list[Any], list[tuple[str, str]], str]:
    """The records that are columns, by position; where they belong to parents (pipelines), those of the chosen one."""
    actor = state.actor
    found = to.model._default_manager.filter(visible(actor, to)).order_by("position")
    if len(to.parents) != 1:
        return list(found[:MOST_COLUMNS]), [], ""
    link: Any = to.field(to.parents[0])
    parent = get(link.to)
    owners = parent.model._default_manager.filter(visible(actor, parent))
    owners = owners.order_by("position" if _has(parent, "position") else "pk")[:50]
    groups = [(str(owner.pk), str(owner)) for owner in owners]
    group = state.given.get("group", "")
    if group not in dict(groups):
        group = groups[0][0] if groups else ""
    return list(found.filter(**{link.attribute: group or None})[:MOST_COLUMNS]), groups, group


def _busiest(state: ListState, by: Link) -> list[Stack]:
    """A column for each of the records to which most cards link, by their names, and one for all other cards."""
    try:
        records = state.query().records
    except Invalid:  # the page says so
        records = RecordQuery(state.actor, state.module).records
    linked = records.filter(**{f"{by.attribute}__isnull": False}).order_by()
    counted = linked.values_list(by.attribute).annotate(cards=Count("pk")).order_by("-cards", by.attribute)
    found = titles_of(state.actor, get(by.to), {pk for pk, _cards in counted[:MOST_COLUMNS]})
    named = sorted(((title, pk) for (_module, pk), title in found.items()), key=lambda one: normalise(one[0]))
    rest = Q(**{f"{by.attribute}__isnull": False}) & ~Q(**{f"{by.attribute}__in": [pk for _title, pk in named]})
    stacks = [Stack(str(pk), title, "slate", Q(**{by.attribute: pk})) for title, pk in named]
    return [*stacks, Stack(OTHERS, _("Others"), "gray", rest)]


def _has(module: Module, name: str) -> bool:
    return any(f.name == name for f in module.model._meta.get_fields())


def _stack(state: ListState, plan: Plan, key: str) -> Stack:
    """The column of that key, also one that was there a moment ago and has no cards any more."""
    found = next((stack for stack in plan.stacks if stack.key == key), None)
    if found is None and plan.stacks and plan.stacks[-1].key == OTHERS and isinstance(plan.by, Link):
        pk = whole(key) or 0
        title = titles_of(state.actor, get(plan.by.to), {pk}).get((plan.by.to, pk))
        if title is not None:
            found = Stack(key, title, "slate", Q(**{plan.by.attribute: pk}))
            plan.stacks.insert(0, found)
    if found is None:
        raise Http404(key)
    return found


def _tally(query: RecordQuery, plan: Plan) -> None:
    tallies = query.tallies([stack.predicate for stack in plan.stacks], plan.total)
    for stack, (count, totals) in zip(plan.stacks, tallies, strict=True):
        stack.count, stack.totals = count, totals


class _Cards:
    """Cards with at most four facts, of which the owner is shown as a face."""

    def __init__(self, state: ListState, plan: Plan, records: list[Any]) -> None:
        names = [*([plan.total] if plan.total else []), *plan.view.card]
        shown = columns(state.actor, state.module, [name for name in names if name != plan.by.name])[:4]
        self.module = state.module
        self.shown = shown
        self.cells = Cells(state.actor, records, shown)

    def card(self, record: Any) -> dict[str, Any]:
        facts: list[dict[str, Any]] = [
            {"field": c.field, "label": c.label, "html": self.cells.show(c, record)}
            for c in self.shown
            if c.link or c.field.get(record) not in (None, "", [])
        ]
        return {
            "record": record,
            "title": self.module.title_of(record),
            "url": record_url(self.module.name, record.pk),
            "facts": [fact for fact in facts if fact["field"].name != "owner" and fact["field"].align == "start"],
            "figures": [fact for fact in facts if fact["field"].align == "end"],
            "owner": next((fact["html"] for fact in facts if fact["field"].name == "owner"), ""),
            "stale": bool(getattr(record, "is_stale", False)),
        }
