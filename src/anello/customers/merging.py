"""Merging customers that are one, and taking it back: what points to whom, and what becomes of each value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.db.models import F

from anello.core.actions import Change, Context, Invalid, engine
from anello.core.events.models import Event
from anello.core.files.jobs import namer
from anello.core.modules import Field, File, L, Link, Module, MultiChoice, all_modules
from anello.core.policies import Actor, visible
from anello.core.studio import computing
from anello.customers.models import ContactPoint, DuplicatePair, MergeRecord
from anello.customers.module import MAIN_COLUMNS

EMPTY: tuple[Any, ...] = (None, "", [])


@dataclass(frozen=True)
class Pointer:
    """Where rows of `model` point to customers: a foreign key, or a pair of columns for module and id."""

    model: type[models.Model]
    column: str
    module_column: str = ""

    @property
    def key(self) -> str:
        return f"{self.model._meta.label_lower}.{self.column}"

    def rows(self, module: Module) -> models.QuerySet[Any]:
        """All rows, deleted ones included, that may point to records of the module through these columns."""
        rows = self.model._base_manager.all()
        return rows.filter(**{self.module_column: module.name}) if self.module_column else rows

    @property
    def owner(self) -> Module | None:
        """The module whose records the rows are."""
        return next((m for m in all_modules() if m.model is self.model), None)

    def field(self, owner: Module) -> Field | None:
        return next((f for f in owner.fields if self.column in (f.attribute, *f.columns)), None)


PAST = (Event, DuplicatePair, MergeRecord)
"""What tells of the past stays as it was told."""


def pointers(module: Module) -> Iterator[Pointer]:
    """Every place in the database that points to records of the module, found in the models themselves.

    Left out are the links between merged records, and what tells of the past: events, pairs and merges.
    """
    for model in apps.get_models(include_auto_created=True):
        if not model._meta.managed or model._meta.proxy or model in PAST:
            continue
        names = {f.attname: f for f in model._meta.concrete_fields}
        for name, column in names.items():
            if isinstance(column, models.ForeignKey) and column.related_model is module.model:
                if column.name != "merged_into":
                    yield Pointer(model, name)
            elif name.endswith("_module") and f"{name.removesuffix('_module')}_id" in names:
                yield Pointer(model, f"{name.removesuffix('_module')}_id", name)
            elif name == "module" and "record_id" in names:
                yield Pointer(model, "record_id", name)


def counts(actor: Actor, module: Module, ids: Sequence[int]) -> dict[Module, int]:
    """{module: living records that point to the given ones, of those that the actor may see}."""
    found: dict[Module, int] = {}
    for pointer in pointers(module):
        owner = pointer.owner
        if owner is None or not owner.is_record:
            continue
        rows = pointer.rows(module).filter(visible(actor, owner), **{f"{pointer.column}__in": ids}, deleted_at=None)
        if number := rows.exclude(pk__in=ids if owner is module else []).count():
            found[owner] = found.get(owner, 0) + number
    return found


def combined(module: Module, survivor: Any, losers: Sequence[Any], take: Mapping[str, int]) -> dict[str, Any]:
    """The survivor's values after the merge: the chosen ones, else its own, else the first loser's that has one.

    Tags of all come together; nobody is its own parent.
    """
    records = {record.pk: record for record in [survivor, *losers]}
    values: dict[str, Any] = {}
    for name, f in module.inputs.items():
        order = [records[take[name]]] if name in take else [survivor, *losers]
        found = [v for v in map(f.get, order) if not (isinstance(f, Link) and f.to == module.name and v in records)]
        if isinstance(f, MultiChoice) and name not in take:
            values[name] = list(dict.fromkeys(word for words in found for word in words))
        else:
            values[name] = next((v for v in found if v not in EMPTY), found[0] if found else None)
    return values


def merge(ctx: Context, module: Module, survivor: Any, losers: Sequence[Any], take: Mapping[str, int]) -> MergeRecord:
    """Move what hangs on the losers to the survivor, join the values and put the losers aside."""
    ids = [loser.pk for loser in losers]
    record = MergeRecord(
        module=module.name, survivor_id=survivor.pk, loser_ids=ids, batch=ctx.batch, at=ctx.now, by_id=ctx.actor.id
    )
    values = combined(module, survivor, losers, take)
    record.moves = _move_all(ctx, module, survivor.pk, ids)
    for loser in losers:
        loser.merged_into_id = survivor.pk
    module.model._base_manager.bulk_update(losers, ["merged_into"])
    ctx.delete(*losers)
    record.survivor_fields = _join(ctx, module, survivor, values)
    record.added = _keep_contacts(ctx, module, survivor, losers)
    record.save()
    _settle_pairs(module, survivor.pk, ids, ctx)
    ctx.emit(f"{module.name}.merged", survivor, data={"merge": record.pk, "losers": ids})
    return record


def _move_all(ctx: Context, module: Module, survivor: int, losers: Sequence[int]) -> list[dict[str, Any]]:
    moves = []
    for pointer in pointers(module):
        rows = pointer.rows(module)
        if pointer.model is module.model:
            # Links among the merged ones stay as they are: the losers keep their values.
            rows = rows.exclude(pk__in=[survivor, *losers])
        for loser in losers:
            ids = list(rows.filter(**{pointer.column: loser}).order_by("pk").values_list("pk", flat=True))
            if moved := _point(ctx, module, pointer, ids, loser, survivor):
                moves.append({"pointer": pointer.key, "loser": loser, "ids": moved})
    return moves


def _point(ctx: Context, module: Module, pointer: Pointer, ids: list[Any], old: int, new: int) -> list[Any]:
    """Let the rows point to `new`; returns those that could (others would break a constraint, and stay)."""
    rows = pointer.rows(module)
    changes: dict[str, Any] = {pointer.column: new}
    if any(f.name == "version" for f in pointer.model._meta.concrete_fields):
        changes["version"] = F("version") + 1

    def update(some: list[Any]) -> bool:
        try:
            with transaction.atomic():
                rows.filter(pk__in=some).update(**changes)
        except IntegrityError:
            return False
        return True

    moved = ids if not ids or update(ids) else [pk for pk in ids if update([pk])]
    owner = pointer.owner
    f = pointer.field(owner) if owner else None
    if owner is not None and f is not None:
        before, after = (f"{module.name}:{pk}" if pointer.module_column else pk for pk in (old, new))
        for row in rows.filter(pk__in=moved).order_by("pk"):
            ctx.emit(f"{owner.name}.updated", row, changes={f.name: [before, after]})
        if isinstance(f, Link) and moved:
            computing.moved(ctx, owner, f.name, moved, [old, new])
    return moved


def _join(ctx: Context, module: Module, survivor: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """Give the survivor its values as they are stored (they were valid when they were); {field: [before, after]}."""
    change = Change(survivor, before={f.name: f.get(survivor) for f in module.fields})
    for name, value in values.items():
        module.field(name).set(survivor, value)
    change.changed = {n for n in values if module.field(n).get(survivor) != change.before[n]}
    changed = {n: [module.field(n).json(change.before[n]), module.field(n).json(values[n])] for n in change.changed}
    if change.changed:
        engine.store_changes(ctx, module, [change])
    else:
        # What hangs on it changed: the next search for duplicates looks at it again.
        module.model._base_manager.filter(pk=survivor.pk).update(updated_at=ctx.now)
    return changed


def _keep_contacts(ctx: Context, module: Module, survivor: Any, losers: Sequence[Any]) -> list[int]:
    """Ways to reach the losers for which the survivor's own columns had no room."""
    link = module.name
    known = set(ContactPoint.objects.filter(**{link: survivor}).values_list("kind", "value"))
    known |= {(kind, getattr(survivor, column, "")) for kind, column in MAIN_COLUMNS.items()}
    rows = []
    for loser in losers:
        for kind, column in MAIN_COLUMNS.items():
            value = getattr(loser, column, "")
            if value and (kind, value) not in known:
                known.add((kind, value))
                rows.append({link: survivor.pk, "kind": kind, "value": value})
    return [point.pk for point in ctx.create_many("contact_point", rows)] if rows else []


def _settle_pairs(module: Module, survivor: int, losers: Sequence[int], ctx: Context) -> None:
    everybody = [survivor, *losers]
    pairs = DuplicatePair.objects.filter(module=module.name)
    pairs.filter(first_id__in=everybody, second_id__in=everybody).update(
        status=DuplicatePair.MERGED, decided_at=ctx.now, decided_by_id=ctx.actor.id
    )
    rest = pairs.filter(status=DuplicatePair.OPEN)
    rest.filter(first_id__in=losers).delete()
    rest.filter(second_id__in=losers).delete()


def unmerge(ctx: Context, module: Module, survivor: Any, record: MergeRecord) -> list[Any]:
    """Take a merge back; returns the records that are there again.

    What was moved on since stays where it is, and so do the survivor's values that somebody changed since.
    """
    losers = list(
        module.model._base_manager.select_for_update(of=("self",))
        .filter(pk__in=record.loser_ids, merged_into=survivor.pk)
        .order_by("pk")
    )
    for loser in losers:
        loser.merged_into_id = None  # type: ignore[attr-defined]
    module.model._base_manager.bulk_update(losers, ["merged_into"])
    ctx.restore(*losers)
    by_key = {pointer.key: pointer for pointer in pointers(module)}
    for move in reversed(record.moves):
        pointer = by_key[move["pointer"]]
        still = pointer.rows(module).filter(pk__in=move["ids"], **{pointer.column: survivor.pk})
        _point(ctx, module, pointer, list(still.values_list("pk", flat=True)), survivor.pk, move["loser"])
    ctx.delete(*ContactPoint.objects.filter(pk__in=record.added, version=1))
    unchanged = {
        name: before
        for name, (before, after) in record.survivor_fields.items()
        if module.field(name).json(module.field(name).get(survivor)) == after
    }
    if unchanged:
        ctx.put(survivor, unchanged)
    record.undone_at, record.undone_by_id = ctx.now, ctx.actor.id
    record.save(update_fields=["undone_at", "undone_by"])
    everybody = [survivor.pk, *record.loser_ids]
    DuplicatePair.objects.filter(
        module=module.name, first_id__in=everybody, second_id__in=everybody, status=DuplicatePair.MERGED
    ).update(status=DuplicatePair.OPEN, decided_at=None, decided_by=None)
    ctx.emit(f"{module.name}.unmerged", survivor, data={"merge": record.pk, "losers": record.loser_ids})
    return losers


@namer
def _taken_back_by_unmerging(sha256s: Sequence[str]) -> set[str]:
    """Contents that unmerging gives back to a survivor."""
    asked, found = set(sha256s), set()
    for module in all_modules():
        files = [f.name for f in module.fields if isinstance(f, File)]
        merges = MergeRecord.objects.filter(module=module.name, undone_at=None) if files else MergeRecord.objects.none()
        for fields in merges.values_list("survivor_fields", flat=True):
            found |= {one["sha256"] for name in files for one in fields.get(name, ()) if one}
    return found & asked


def heir(module: Module, pk: int) -> int | None:
    """The living record into which a merged one went, through all merges; None when there is none."""
    seen: set[int] = set()
    while pk not in seen:
        seen.add(pk)
        row = module.model._base_manager.filter(pk=pk).values_list("merged_into_id", "deleted_at").first()
        if row is None:
            return None
        into, deleted = row
        if deleted is None:
            return pk if len(seen) > 1 else None
        if into is None:
            return None
        pk = into
    return None


def require_merge(module: Module, survivor: Any, pk: int) -> MergeRecord:
    """The merge with that number if it is the survivor's and stands; Invalid otherwise."""
    record = MergeRecord.objects.select_for_update(of=("self",)).filter(pk=pk, module=module.name).first()
    if record is None or record.survivor_id != survivor.pk or record.undone_at is not None:
        raise Invalid(L("Questa unione non c'è o è già annullata.", "There is no such merge, or it is undone."))
    return record
