"""Verbs of the screens: preferences, saved views, favourites."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal, Self

from django.contrib.auth import get_user_model
from django.db.models import Q
from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator
from pydantic import Field as Constraint

from anello.core.actions import Context, Invalid, NotFound, action
from anello.core.modules import Module, all_modules, get
from anello.core.policies import can, visible
from anello.core.search import RecordQuery
from anello.core.ui.models import Favourite, SavedView
from anello.kit.text import L

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80, pattern=r"^[^\x00]*$")]
Words = Annotated[str, Constraint(max_length=200, pattern=r"^[^\x00]*$")]
ModuleName = Annotated[str, Constraint(max_length=60)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ListPreferences(_Strict):
    """How one person likes one module's list."""

    columns: list[Words] | None = Constraint(None, max_length=40)
    order: list[int] | None = Constraint(None, max_length=200)
    """Ids of saved views as tabs; those not named come after."""
    default: int | None = None
    """The saved view that opens first."""


class PlacePreferences(_Strict):
    """The navigation as one person likes it: addresses in their order, and those that are not shown."""

    order: list[Words] = Constraint(default_factory=list, max_length=200)
    hidden: list[Words] = Constraint(default_factory=list, max_length=200)


class Hours(_Strict):
    """When somebody works, by the clock of their own time zone: days from 0 (Monday), from `opens` to `closes`."""

    days: list[Annotated[int, Constraint(ge=0, le=6)]] = Constraint(min_length=1, max_length=7)
    opens: dt.time
    closes: dt.time

    @model_validator(mode="after")
    def ends_after_it_begins(self) -> Self:
        if self.opens >= self.closes:
            raise ValueError(L("La giornata finisce dopo che è cominciata.", "The day ends after it begins."))
        return self


class Preferences(_Strict):
    """What is given changes, the rest stays."""

    theme: Literal["auto", "light", "dark"] | None = None
    density: Literal["compact", "comfortable"] | None = None
    sidebar: Literal["full", "icons"] | None = None
    keys: Literal["on", "off"] | None = None
    """Whether single letters are shortcuts."""
    language: Literal["it", "en"] | None = None
    lists: dict[ModuleName, ListPreferences] | None = None
    places: PlacePreferences | None = None
    hours: Hours | None = None


@action("preferences.update", input=Preferences)
def update_preferences(ctx: Context, data: Preferences) -> Any:
    """Remember how the person likes the screens; the language is the account's own."""
    user = get_user_model().objects.select_for_update().get(pk=ctx.user.pk)
    given = data.model_dump(mode="json", exclude_unset=True)
    user.language = given.pop("language", None) or user.language
    lists = given.pop("lists", None) or {}
    if unknown := set(lists) - {m.name for m in all_modules()}:
        raise Invalid({"lists": [L(f"Modulo sconosciuto: {unknown.pop()}.", "There is no such module.")]})
    kept = {**user.preferences, **given}
    if lists:
        before = user.preferences.get("lists", {})
        kept["lists"] = {**before, **{name: {**before.get(name, {}), **values} for name, values in lists.items()}}
    user.preferences = kept
    user.save(update_fields=["preferences", "language"])
    ctx.user.preferences, ctx.user.language = user.preferences, user.language
    return user


class View(_Strict):
    """A saved view; `filter` as lists take it."""

    module: ModuleName
    name: Name
    audience: Literal["me", "team", "all"] = "me"
    layout: Literal["list", "board"] = "list"
    filter: dict[str, Any] = Constraint(default_factory=dict)
    words: Words = ""
    sort: Words = ""
    columns: list[Words] = Constraint(default_factory=list, max_length=40)


class ViewChange(_Strict):
    """What is given changes, the rest stays."""

    id: int
    name: Name | None = None
    audience: Literal["me", "team", "all"] | None = None
    layout: Literal["list", "board"] | None = None
    filter: dict[str, Any] | None = None
    words: Words | None = None
    sort: Words | None = None
    columns: list[Words] | None = Constraint(None, max_length=40)


class ViewOf(_Strict):
    id: int


@action("saved_view.create", input=View)
def create_view(ctx: Context, data: View) -> SavedView:
    module = _module(ctx, data.module)
    _check(ctx, module, data.filter, data.sort)
    return SavedView.objects.create(owner=ctx.user, team_id=ctx.user.team_id, **data.model_dump())


@action("saved_view.update", input=ViewChange)
def update_view(ctx: Context, data: ViewChange) -> SavedView:
    view = _mine(ctx, data.id)
    _check(ctx, get(view.module), data.filter or {}, data.sort or "")
    for name, value in data.model_dump(exclude_unset=True, exclude={"id"}).items():
        if value is not None:
            setattr(view, name, value)
    view.save()
    return view


@action("saved_view.delete", input=ViewOf)
def delete_view(ctx: Context, data: ViewOf) -> None:
    _mine(ctx, data.id).delete()


def _mine(ctx: Context, pk: int) -> SavedView:
    """A view of one's own, or any for an administrator."""
    mine = Q() if ctx.actor.administrator else Q(owner_id=ctx.actor.id)
    view = SavedView.objects.select_for_update().filter(mine, pk=pk).first()
    if view is None:
        raise NotFound(str(L("Questa vista non esiste, o non è tua.", "This view does not exist, or is not yours.")))
    return view


def _module(ctx: Context, name: str) -> Module:
    module = next((m for m in all_modules() if m.name == name), None)
    if module is None or not can(ctx.actor, module):
        raise NotFound(name)
    return module


def _check(ctx: Context, module: Module, tree: dict[str, Any], sort: str) -> None:
    query = RecordQuery(ctx.actor, module).where(tree)
    if sort:
        query.order(sort)


class RecordOf(_Strict):
    module: ModuleName
    id: int = Constraint(ge=1, le=2**63 - 1)


@action("favourite.toggle", input=RecordOf)
def toggle_favourite(ctx: Context, data: RecordOf) -> bool:
    """Star a record, or take the star away; returns whether it is a favourite now."""
    module = _module(ctx, data.module)
    if not module.model._default_manager.filter(visible(ctx.actor, module), pk=data.id).exists():
        raise NotFound(str(module.names))
    # The clicks of one person take turns: two at once would both find no star and set it.
    get_user_model().objects.select_for_update(no_key=True).get(pk=ctx.user.pk)
    mine = Favourite.objects.filter(user=ctx.user, module=data.module, record_id=data.id)
    if mine.delete()[0]:
        return False
    Favourite.objects.create(user=ctx.user, module=data.module, record_id=data.id)
    return True
