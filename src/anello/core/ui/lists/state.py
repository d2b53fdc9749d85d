"""What a list shows, read from its address: saved view, filter, words, order, columns. Every state has an address."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse

from anello.core.actions import Invalid
from anello.core.modules import Module, Preset
from anello.core.policies import Actor, field_access, views_of
from anello.core.search import RecordQuery
from anello.core.search.filters import storable
from anello.core.ui.lists.columns import Column, columns
from anello.core.ui.models import SavedView
from anello.kit.text import L

PARAMETERS = ("view", "filter", "q", "sort", "columns", "group")
LONGEST_FILTER = 8000
NOT_READ = L("Non riesco a leggere il filtro di questo indirizzo.", "The filter in this address cannot be read.")


def tree_of(text: str) -> dict[str, Any]:
    """The filter that an address or a form carries; Invalid when it is none."""
    try:
        tree = json.loads(text.strip() or "{}") if len(text) <= LONGEST_FILTER else None
    except (ValueError, RecursionError):
        tree = None
    if not isinstance(tree, dict) or not storable(tree):
        raise Invalid({"filter": [NOT_READ]})
    return tree


def compact(tree: Any) -> str:
    """A filter as it stands in the address."""
    return json.dumps(tree, separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True)
class ShippedView:
    """A preset of the spec as a tab: like a saved view that is nobody's, so nobody renames or deletes it."""

    preset: Preset
    words = ""
    columns = ()
    owner_id = None
    audience = "all"

    @property
    def pk(self) -> str:
        return self.preset.name

    @property
    def name(self) -> str:
        return str(self.preset.label)

    @property
    def filter(self) -> Mapping[str, Any]:
        return self.preset.filter

    @property
    def sort(self) -> str:
        return self.preset.sort

    @property
    def layout(self) -> str:
        return self.preset.layout


AnyView = SavedView | ShippedView


@dataclass(eq=False)
class ListState:
    """One list as asked for; `errors` say what in the address could not be honoured, in words."""

    module: Module
    actor: Actor
    given: dict[str, str]
    views: Sequence[AnyView]
    view: AnyView | None
    filter: dict[str, Any]
    words: str
    sort: str
    paths: list[str]
    errors: list[str] = field(default_factory=list)

    @property
    def columns(self) -> list[Column]:
        """The chosen columns; those that it comes with where none of them exists (any more) for this actor."""
        return (
            columns(self.actor, self.module, self.paths)
            or columns(self.actor, self.module, views_of(self.actor, self.module).listing.columns)
            or columns(self.actor, self.module, self.module.listing.columns)
        )

    @property
    def order(self) -> str:
        """As asked; else as arranged for this actor, or as the spec says where they do not see that field."""
        arranged = views_of(self.actor, self.module).listing.sort
        seen = field_access(self.actor, self.module).get(arranged.removeprefix("-"), "hidden") != "hidden"
        return self.sort or (arranged if seen else self.module.listing.sort)

    @property
    def changed(self) -> bool:
        """Whether the saved view was changed and not saved."""
        return self.view is not None and any(name in self.given for name in ("filter", "q", "sort", "columns"))

    @property
    def narrowed(self) -> bool:
        return bool(self.words or any(self.filter.values()))

    def query(self, verb: str = "view") -> RecordQuery:
        """The records; raises Invalid when filter or order are not ones this actor can use."""
        if self.errors:
            raise Invalid({"filter": self.errors})
        return RecordQuery(self.actor, self.module, verb).where(self.filter).words(self.words).order(self.order)

    def address(self, **changes: Any) -> str:
        """The query string with some parameters changed (None takes one away)."""
        wanted = {name: value for name, value in {**self.given, **changes}.items() if value is not None}
        return urlencode(wanted)

    def url(self, _name: str = "list", **changes: Any) -> str:
        """An address of this module (`list`, `board`, `count`…) in this state, with some parameters changed."""
        query = self.address(**changes)
        return reverse(f"ui:{_name}", args=[self.module.slug]) + (f"?{query}" if query else "")

    def filtered(self, tree: Any, _name: str = "list") -> str:
        """The address of this list with another filter."""
        plain = {} if not tree.get("all") and not tree.get("any") else tree
        keep = plain or (self.view is not None and self.view.filter)
        return self.url(_name, filter=compact(plain) if keep else None)


def preferences(request: HttpRequest, module: Module) -> dict[str, Any]:
    """How the person likes this module's list."""
    lists: dict[str, Any] = request.user.preferences.get("lists", {})  # type: ignore[union-attr]
    return dict(lists.get(module.name, {}))


def shown_views(request: HttpRequest, module: Module) -> list[AnyView]:
    """The tabs: what the product brings, then what people saved."""
    return [*map(ShippedView, module.presets), *saved_views(request, module)]


def saved_views(request: HttpRequest, module: Module) -> list[SavedView]:
    """The views this person may open, as they ordered them: own, the team's, everybody's."""
    user: Any = request.user
    seen = Q(owner=user) | Q(audience="all")
    if user.team_id:
        seen |= Q(audience="team", team_id=user.team_id)
    order = {pk: i for i, pk in enumerate(preferences(request, module).get("order") or [])}
    found = SavedView.objects.filter(seen, module=module.name).order_by("pk")
    return sorted(found, key=lambda view: order.get(view.pk, len(order)))


def read(request: HttpRequest, module: Module, source: Any = None) -> ListState:
    """The state of the list in the address (or in `source`, the fields of a form)."""
    source = request.GET if source is None else source
    actor: Actor = request.actor  # type: ignore[attr-defined]
    given = {name: source[name] for name in PARAMETERS if name in source}
    liked = preferences(request, module)
    views = shown_views(request, module)
    if not given and liked.get("default") in {v.pk for v in views}:
        given["view"] = str(liked["default"])
    view = next((v for v in views if str(v.pk) == given.get("view")), None)
    errors: list[str] = []
    if view is None and given.get("view", "all") != "all":
        errors.append(str(L("Questa vista non c'è più.", "This view is gone.")))
        given["view"] = "all"
    tree: dict[str, Any] = dict(view.filter) if view else {}
    if "filter" in given:
        tree = _parsed(given["filter"], errors)
    if "columns" in given:
        paths = given["columns"].split(",")
    else:
        paths = (
            (view.columns if view else None) or liked.get("columns") or list(views_of(actor, module).listing.columns)
        )
    return ListState(
        module=module,
        actor=actor,
        given=given,
        views=views,
        view=view,
        filter=tree,
        words=given.get("q", view.words if view else "")[:200],
        sort=given.get("sort", view.sort if view else ""),
        paths=[str(path) for path in paths],
        errors=errors,
    )


def _parsed(text: str, errors: list[str]) -> dict[str, Any]:
    try:
        return tree_of(text)
    except Invalid as error:
        errors += error.messages
        return {}
