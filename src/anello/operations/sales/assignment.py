"""Who gets a lead: the first active rule whose condition fits names the salesperson."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Count

from anello.core.accounts.queries import members
from anello.core.actions import Change, Context, Invalid, engine, rule
from anello.core.modules import get
from anello.core.policies import SYSTEM, visible
from anello.core.search import compile_filter
from anello.kit.text import L, normalise
from anello.operations.sales.models import AssignmentRule, Lead, Territory
from anello.operations.sales.module.choices import OPEN_LEADS

NOT_JSON = L("La condizione non è un filtro valido.", "The condition is not a valid filter.")
NOBODY = L("Non esiste, o non puoi vederlo.", "It does not exist, or you cannot see it.")


@rule("assignment_rule")
def conditions_are_filters(ctx: Context, changes: list[Change]) -> None:
    for change in changes:
        if change.touches("condition"):
            compile_filter(SYSTEM, get("lead"), condition_of(change.record))


def condition_of(one: AssignmentRule) -> Any:
    """The filter of a rule; Invalid when it is no JSON object."""
    try:
        tree = json.loads(one.condition) if one.condition.strip() else {}
    except ValueError as error:
        raise Invalid({"condition": [NOT_JSON]}) from error
    if not isinstance(tree, dict):
        raise Invalid({"condition": [NOT_JSON]})
    return tree


def assign(ctx: Context, leads: Sequence[Lead]) -> list[Lead]:
    """Give stored leads to whom the rules say; returns those that somebody got.

    Rules are locked in order, so that leads that arrive together still go round in turn.
    """
    waiting = {lead.pk: lead for lead in leads}
    pairs: list[tuple[Lead, dict[str, Any]]] = []
    rules = AssignmentRule.objects.select_for_update(of=("self",)).filter(active=True).order_by("position", "pk")
    for one in rules:
        if not waiting:
            break
        fits = Lead.objects.filter(compile_filter(SYSTEM, get("lead"), condition_of(one)), pk__in=waiting)
        pks = set(fits.values_list("pk", flat=True))
        chooser = _CHOOSERS[one.strategy](one)
        for lead in [waiting[pk] for pk in sorted(pks)]:
            user = chooser.choose(lead)
            if user is not None:
                del waiting[lead.pk]
                pairs.append((lead, {"owner": user, "assignment_rule": one.pk}))
        chooser.close()
    if pairs:
        engine.update(ctx, get("lead"), pairs, verb="put")
        for lead, values in pairs:
            ctx.emit("lead.assigned", lead, data={"rule": values["assignment_rule"], "owner": values["owner"]})
    return [lead for lead, _ in pairs]


def explicit(ctx: Context, lead: Lead, user: int) -> Lead:
    """Give a lead to a colleague."""
    if not get("user").model._default_manager.filter(visible(ctx.actor, "user"), pk=user, is_active=True).exists():
        raise Invalid({"owner": [NOBODY]})
    ctx.put(lead, {"owner": user, "assignment_rule": None})
    return lead


class _One:
    """Always the same person."""

    def __init__(self, one: AssignmentRule) -> None:
        self.one = one

    def choose(self, lead: Lead) -> int | None:
        return self.one.salesperson_id

    def close(self) -> None:
        """Nothing to remember."""


class _Turns(_One):
    """Everybody in turn."""

    def __init__(self, one: AssignmentRule) -> None:
        super().__init__(one)
        self.people = members(one.sales_team_id)
        self.last = one.last_assignee_id or 0

    def choose(self, lead: Lead) -> int | None:
        if not self.people:
            return None
        self.last = next((person for person in self.people if person > self.last), self.people[0])
        return self.last

    def close(self) -> None:
        # A pointer, not a fact about the rule: no event.
        AssignmentRule.objects.filter(pk=self.one.pk).update(last_assignee=self.last or None)


class _Load(_One):
    """Whoever has the fewest open leads."""

    def __init__(self, one: AssignmentRule) -> None:
        super().__init__(one)
        self.people = members(one.sales_team_id)
        self.loads = loads(self.people)

    def choose(self, lead: Lead) -> int | None:
        return _least(self.people, self.loads)


class _Places(_One):
    """Whoever looks after the lead's territory: its salesperson, or the least loaded of its team."""

    def __init__(self, one: AssignmentRule) -> None:
        super().__init__(one)
        self.territories = list(Territory.objects.filter(active=True).order_by("position", "pk"))
        self.teams = {t.sales_team_id: members(t.sales_team_id) for t in self.territories if t.sales_team_id}
        self.loads = loads({person for people in self.teams.values() for person in people})

    def choose(self, lead: Lead) -> int | None:
        territory = next((t for t in self.territories if covers(t, lead)), None)
        if territory is None:
            return None
        return territory.salesperson_id or _least(self.teams[territory.sales_team_id], self.loads)


_CHOOSERS: dict[str, type[_One]] = {"person": _One, "round_robin": _Turns, "load": _Load, "territory": _Places}


def covers(territory: Territory, lead: Lead) -> bool:
    """Whether a lead's place and industry are the territory's; a territory without conditions covers everything."""
    return all(
        not wanted or normalise(value) in {normalise(one) for one in wanted}
        for wanted, value in (
            (territory.provinces, lead.province),
            (territory.countries, lead.country),
            (territory.industries, lead.industry),
        )
    )


def loads(people: Iterable[int]) -> Counter[int]:
    """How many open leads each person has."""
    counted = (
        Lead.objects.filter(owner__in=list(people), status__in=OPEN_LEADS)
        .order_by()
        .values_list("owner")
        .annotate(Count("pk"))
    )
    return Counter(dict(counted))


def _least(people: Sequence[int], busy: Counter[int]) -> int | None:
    if not people:
        return None
    person = min(people, key=lambda one: (busy[one], one))
    busy[person] += 1
    return person
