"""Working out formulas and roll-ups when records are written, within the action's transaction.

A formula is set on its record before it is stored, like any value that a rule derives: log, undo, import and audit know
it. A record that comes to link to another one reads it under the lock that a foreign key takes anyway (FOR KEY SHARE):
whoever changes that one meanwhile waits and then finds this record, or this one waits and then finds the new value. One
that linked to it before is locked itself, and whoever changes the other works it out again after us. Roll-ups are
counted anew under the parent's lock (FOR NO KEY UPDATE, which the foreign keys of other children let pass), in a
statement of its own: of two children written at once, the later counts both.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import Avg, Count, F, Max, Min, Q, QuerySet, Sum
from django.db.models.expressions import DatabaseDefault
from django.utils import timezone

from anello.core.actions import Change, Context, engine, everywhere
from anello.core.jobs import enqueue
from anello.core.modules import Field, Module, Money, get
from anello.core.policies import SYSTEM
from anello.core.search.filters import compile_filter
from anello.core.studio import guards  # noqa: F401 before formulas, which see what guards leave
from anello.core.studio.formula_kinds import fit, given
from anello.core.studio.kinds import COMPUTED, ZERO
from anello.core.studio.models import CustomField, Refill
from anello.core.studio.numbers import give_numbers
from anello.core.studio.plans import Plan, Rollup, following, plan, target
from anello.kit.money import EURO

FEW = 200
"""So many records are worked out again in the transaction that changed what they use; more are left to a job."""
OLD_SHAPE = dt.timedelta(seconds=3)
"""So long a request may go on with the shape that it began with."""
FUNCTIONS = {"count": Count, "sum": Sum, "min": Min, "max": Max, "average": Avg}


@everywhere("before")
def set_values(ctx: Context, module: Module, changes: list[Change]) -> None:
    """Numbers of new records (also of one that was copied from another), and the formulas that a change touches."""
    now = plan()
    for row in now.numbers.get(module.name, ()):
        give_numbers(row, [change.record for change in changes if change.new])
    formulas = now.formulas.get(module.name)
    if not formulas:
        return
    paths = {path for formula in formulas.values() for path in formula.paths}
    touched = [c for c in changes if c.touches(*(path.partition(".")[0] for path in paths), *formulas)]
    _keep(module, touched, {path.partition(".")[0] for path in paths if "." in path})
    work_out(module, [change.record for change in touched])
    for change in touched:
        for name in (*formulas, *(row.name for row in now.numbers.get(module.name, ()))):
            same = not change.new and module.field(name).get(change.record) == change.before[name]
            (change.changed.discard if same else change.changed.add)(name)


@everywhere("after")
@everywhere("after_delete")
@everywhere("after_restore")
def let_others_follow(ctx: Context, module: Module, changes: list[Change]) -> None:
    now = plan()
    _total(ctx, now, module, changes)
    for follower in now.followers.get(module.name, ()):
        seen = follower.names
        moved = [c for c in changes if not c.new and c.changed and (c.touches(*seen) or "title" in seen)]
        if moved:
            follow(ctx, get(follower.module), follower.link, [change.record.pk for change in moved])


def _total(ctx: Context, now: Plan, module: Module, changes: list[Change]) -> None:
    concerned: dict[str, dict[str, set[int]]] = {}
    for parent, rollup in now.parents.get(module.name, ()):
        link = module.field(rollup.link)
        for change in changes:
            # A record that is put aside or brought back changes no field.
            if change.new or not change.changed or change.touches(*rollup.moves):
                ids = {link.get(change.record), change.before.get(rollup.link)} - {None}
                concerned.setdefault(parent, {}).setdefault(rollup.name, set()).update(ids)
    for parent, totals in concerned.items():
        ids = set().union(*totals.values())
        rollups = [one for one in now.rollups[parent] if one.name in totals]
        if ids:
            _retotal(ctx, get(parent), ids, rollups)


def _retotal(ctx: Context, module: Module, ids: Collection[int], rollups: Sequence[Rollup]) -> None:
    again(ctx, module, lock(module, Q(pk__in=ids)), rollups)


def follow(ctx: Context, module: Module, link: str, ids: Sequence[int]) -> None:
    """Work out what records of the module use of these across the link: now if they are few, else in a job."""
    which = Q(**{f"{link}__in": ids})
    few = list(module.model._base_manager.filter(which).order_by().values_list("pk", flat=True)[: FEW + 1])
    if len(few) > FEW:
        Refill.objects.create(
            module=module.name, link=link, targets=list(ids), told=True, batch=ctx.batch, actor_id=ctx.actor.id
        )
        ask()
    elif few:
        again(ctx, module, lock(module, Q(pk__in=few)))


def moved(ctx: Context, module: Module, link: str, ids: Sequence[int], targets: Sequence[int]) -> None:
    """What follows from it that these records' link was changed from one of the targets to another, past the engine."""
    now = plan()
    if any(path.startswith(f"{link}.") for f in now.formulas.get(module.name, {}).values() for path in f.paths):
        again(ctx, module, lock(module, Q(pk__in=ids)))
    for parent, rollup in now.parents.get(module.name, ()):
        if rollup.link == link:
            _retotal(ctx, get(parent), targets, [rollup])


def afresh(module: Module, ids: Collection[int]) -> None:
    """Work out these records and what follows from them, told to nobody: something changed them past the log."""
    if plan().formulas:
        again(Context(), module, lock(module, Q(pk__in=ids)), told=False)
        _onwards(module, ids)


def _onwards(module: Module, ids: Collection[int]) -> None:
    for follower in plan().followers.get(module.name, ()):
        to = get(follower.module)
        changes = again(Context(), to, lock(to, Q(**{f"{follower.link}__in": ids})), told=False)
        if changes:
            _onwards(to, [change.record.pk for change in changes])


def again(
    ctx: Context, module: Module, records: Sequence[Any], rollups: Sequence[Rollup] = (), *, told: bool = True
) -> list[Change]:
    """Work these locked records out again and store what differs."""
    return engine.derive(ctx, module, records, lambda: work_out(module, records, rollups), told=told)


def lock(module: Module, which: Q, most: int | None = None) -> list[Any]:
    """These records, deleted ones too, in the order in which everybody locks."""
    records = module.model._base_manager.filter(which).order_by("pk")
    return list(records.select_for_update(of=("self",), no_key=True)[:most])


def work_out(module: Module, records: Sequence[Any], rollups: Sequence[Rollup] = ()) -> None:
    """Set these roll-ups and all formulas on the records; one statement for each roll-up and each link followed."""
    for rollup in rollups if records else ():
        values = totals(module, rollup, [record.pk for record in records])
        for record in records:
            setattr(record, rollup.name, values[record.pk])
    for row in plan().numbers.get(module.name, ()):
        give_numbers(row, [record for record in records if not getattr(record, row.name)])
    formulas = plan().formulas.get(module.name, {})
    if not records or not formulas:
        return
    paths = {path for formula in formulas.values() for path in formula.paths}
    for record, known in given_to(module, records, paths):
        for name, formula in formulas.items():
            value = formula.value(known)
            setattr(record, name, value)
            known[name] = given(module.field(name), value)


def given_to(module: Module, records: Sequence[Any], paths: Collection[str]) -> Iterator[tuple[Any, dict[str, Any]]]:
    """(record, {path: its value as formulas take it}); one statement for each link followed."""
    own = [module.field(path) for path in paths if "." not in path]
    across: dict[str, set[str]] = {}
    for path in paths:
        link, dot, name = path.partition(".")
        if dot:
            across.setdefault(link, set()).add(name)
    seen = {link: _linked(module, records, link, names) for link, names in sorted(across.items())}
    for record in records:
        known: dict[str, Any] = {f.name: given(f, _plain(f.get(record))) for f in own}
        for link, (far, values) in seen.items():
            there = values.get(module.field(link).get(record), {})
            known |= {f"{link}.{f.name}": given(f, there.get(f.name)) for f in far}
            _in_one_currency(known, link, far, record, there)
        yield record, known


def _plain(value: Any) -> Any:
    return None if isinstance(value, DatabaseDefault) else value


def _keep(module: Module, changes: Sequence[Change], links: Collection[str]) -> None:
    """Keep what these links lead to from changing unseen until we are done (see the head of this file)."""
    old = [change.record.pk for change in changes if not change.new]
    if links and old:
        mine = module.model._base_manager.filter(pk__in=old).order_by("pk").select_for_update(no_key=True)
        list(mine.values_list("pk"))
    for link in sorted(links):
        f = module.field(link)
        ids = {f.get(change.record) for change in changes if change.touches(link)} - {None}
        if ids:
            kept = get(target(f)).model._base_manager.filter(pk__in=ids).order_by("pk").values_list("pk")
            sql, parameters = kept.query.sql_with_params()
            with connection.cursor() as cursor:
                cursor.execute(f"{sql} FOR KEY SHARE", parameters)


def _linked(
    module: Module, records: Sequence[Any], link: str, names: Iterable[str]
) -> tuple[list[Field], dict[int, dict[str, Any]]]:
    """The fields, and {id: {field: value}} of what the records' link leads to."""
    to = get(target(module.field(link)))
    far = [to.field(name) for name in sorted(names)]
    ids = {pk for record in records if (pk := module.field(link).get(record)) is not None}
    attributes = {f.attribute: f.name for f in far} | ({"currency": "currency"} if to.has("currency") else {})
    rows = to.model._base_manager.filter(pk__in=ids).values("pk", *attributes) if ids else ()
    return far, {row["pk"]: {name: row[attribute] for attribute, name in attributes.items()} for row in rows}


def _in_one_currency(
    row: dict[str, Any], link: str, far: Iterable[Field], record: Any, there: Mapping[str, Any]
) -> None:
    """Amounts in another currency than the record's are not known: they are never added to its own."""
    if (there.get("currency") or EURO) != (getattr(record, "currency", None) or EURO):
        for f in far:
            if isinstance(f, Money):
                row[f"{link}.{f.name}"] = None


def totals(module: Module, rollup: Rollup, ids: Collection[int]) -> dict[int, Any]:
    """{id of a record: the roll-up's value}."""
    child = get(rollup.child)
    below = child.model._default_manager.filter(**{f"{rollup.link}__in": ids})
    below = below.filter(compile_filter(SYSTEM, child, rollup.filter)) if rollup.filter else below
    if rollup.kind == "money" and child.has("currency"):
        here = Q(currency=F(f"{rollup.link}__currency")) if module.has("currency") else Q(currency__in=["", EURO])
        below = below.filter(here)
    of = child.field(rollup.of).lookup if rollup.of else "pk"
    grouped = below.order_by().values_list(f"{rollup.link}_id").annotate(total=FUNCTIONS[rollup.function](of))
    found = dict.fromkeys(ids, 0 if rollup.function in ZERO else None) | dict(grouped)
    return {pk: fit(rollup.kind, value) for pk, value in found.items()}


def fill(rows: Sequence[CustomField]) -> None:
    """Have a job work out these fields for the rows that there are, and all that follows from them."""
    modules = following(rows)
    Refill.objects.bulk_create(Refill(module=module) for module in modules)
    waiting(*modules).update(state="filling", progress=0)
    ask()


def waiting(*modules: str) -> QuerySet[CustomField]:
    """The fields of these modules whose values a job gives."""
    return CustomField.everything.filter(module__in=modules, kind__in=[*COMPUTED, "autonumber"])


def fill_of_the_day() -> None:
    """Have a job work out what depends on today's date, and all that follows from it."""
    formulas = {(module, name) for module, all_ in plan().formulas.items() for name, f in all_.items() if f.daily}
    rows = [
        row
        for row in CustomField.objects.filter(kind__in=COMPUTED).order_by("id")
        if (row.module, row.name) in formulas or '"period"' in json.dumps(row.filter)
    ]
    if rows:
        fill(rows)


def ask() -> None:
    """Have the work done that waits in `Refill`, once the requests are over that do not know the new shape yet."""
    from anello.core.studio.jobs import refill

    enqueue(refill, at=timezone.now() + OLD_SHAPE, unique="refill")
