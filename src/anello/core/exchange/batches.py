"""Writing a batch of entries: all feeds of a row or none, all good rows and no bad one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from anello.core.actions import Change, Context, Invalid, engine, writing
from anello.core.exchange import links, matching
from anello.core.exchange.matching import GONE, Key, Plan, Write
from anello.core.exchange.reading import Entry, Form, Target
from anello.core.modules import Scope, get
from anello.core.policies import visible
from anello.kit.text import L

Counts = dict[str, Counter[str]]
Messages = dict[str, list[str]]


class _Refused(Exception):
    """Some entries (by index) cannot be written; None stands for one that nobody can name."""

    def __init__(self, errors: dict[int, Messages], whole: Messages | None = None) -> None:
        super().__init__(errors, whole)
        self.errors, self.whole = errors, whole or {}


class Batch:
    """Writes entries by a form in the current transaction, and remembers what became of them.

    `rehearsed` is the memory of a dry run: keys of the batches before, which were rolled back.
    """

    def __init__(self, ctx: Context, form: Form, rehearsed: set[tuple[int, Key]] | None = None) -> None:
        self.ctx, self.form, self.rehearsed = ctx, form, rehearsed
        self.counts: Counts = {target.module.name: Counter() for target in form.targets}
        self.refused: list[Entry] = []

    def store(self, entries: Sequence[Entry]) -> None:
        """Write what can be written; what cannot is in `refused`, with its errors."""
        good = [entry for entry in entries if not entry.errors]
        self.refused += [entry for entry in entries if entry.errors]
        self._store(good)
        self.refused.sort(key=lambda entry: entry.line)

    def _store(self, entries: list[Entry]) -> None:
        while entries:
            try:
                with writing(self.ctx):
                    counts, keys = self._attempt(entries)
            except _Refused as refusal:
                if refusal.errors:
                    for index, messages in refusal.errors.items():
                        entries[index].errors.update(messages)
                        self.refused.append(entries[index])
                    entries = [entry for n, entry in enumerate(entries) if n not in refusal.errors]
                elif len(entries) == 1:
                    entries[0].errors.update(refusal.whole)
                    self.refused.append(entries[0])
                    return
                else:
                    # Nobody says which row it is: halving finds it.
                    middle = len(entries) // 2
                    self._store(entries[:middle])
                    entries = entries[middle:]
            else:
                for name, counter in counts.items():
                    self.counts[name] += counter
                omitted = sum(len(entry.omitted) for entry in entries)
                self.counts[self.form.targets[0].module.name] += Counter(omitted=omitted)
                if self.rehearsed is not None:
                    self.rehearsed |= keys
                return

    def _attempt(self, entries: list[Entry]) -> tuple[Counts, set[tuple[int, Key]]]:
        counts: Counts = {target.module.name: Counter() for target in self.form.targets}
        keys: set[tuple[int, Key]] = set()
        for which, target in enumerate(self.form.targets):
            if errors := links.resolve(self.ctx, target, which, entries):
                raise _Refused(errors)
            last = which == len(self.form.targets) - 1
            plan = matching.plan(self.ctx, target, which, entries, rehearsed=self.rehearsed, last=last)
            if plan.errors:
                raise _Refused(plan.errors)
            self._own_scope(target, which, entries)
            counts[target.module.name] += self._write(target, plan)
            if self.rehearsed is not None:
                keys |= {(which, key) for row in plan.keys for key in row}
        return counts, keys

    def _write(self, target: Target, plan: Plan) -> Counter[str]:
        changed = self._update(target, list(plan.updates.values()))
        self._create(target, plan.creates)
        return Counter(
            created=sum(write.counted for write in plan.creates),
            updated=len(changed) + plan.merged,
            unchanged=sum(len(write.rows) for write in plan.updates.values()) - len(changed),
            skipped=plan.skipped,
            duplicates=plan.duplicates,
        )

    def _create(self, target: Target, writes: list[Write]) -> None:
        if not writes:
            return
        try:
            engine.insert(self.ctx, target.module, [write.values for write in writes], indexed=True)
        except Invalid as error:
            raise _refusal(target, error, writes) from error

    def _update(self, target: Target, writes: list[Write]) -> list[Change]:
        if not writes:
            return []
        module = target.module
        records = {
            record.pk: record
            for record in module.model._default_manager.select_for_update(of=("self",))
            .filter(pk__in=[write.pk for write in writes])
            .filter(visible(self.ctx.actor, module, "edit"))
            .order_by("pk")
        }
        foreign = {row: {"": [str(GONE)]} for write in writes if write.pk not in records for row in write.rows}
        if foreign:
            raise _Refused(foreign)
        try:
            return engine.amend(self.ctx, module, [(records[write.pk], write.values) for write in writes], indexed=True)
        except Invalid as error:
            raise _refusal(target, error, writes) from error

    def _own_scope(self, target: Target, which: int, entries: Sequence[Entry]) -> None:
        """Whoever may import only their own or their team's records gives them to nobody else."""
        scope = self.ctx.actor.scope(target.module, "import")
        if scope == Scope.ALL or "owner" not in target.where:
            return
        actor = self.ctx.actor
        allowed: set[Any] = {actor.id}
        if scope == Scope.TEAM:
            allowed |= set(
                get("user").model._default_manager.filter(team_id__in=actor.team_ids).values_list("pk", flat=True)
            )
        words = str(L("Non puoi dargli questo responsabile.", "You cannot give it to this owner."))
        errors = {
            index: {target.where["owner"]: [words]}
            for index, entry in enumerate(entries)
            if entry.values[which].get("owner") not in (None, *allowed)
        }
        if errors:
            raise _Refused(errors)


def _refusal(target: Target, error: Invalid, writes: Sequence[Write]) -> _Refused:
    """The engine's errors (`n.field`) at the rows that the n-th write comes from."""
    named: dict[int, Messages] = {}
    whole: Messages = {}
    for path, messages in error.errors.items():
        head, _dot, rest = path.partition(".")
        numbered = head.isdecimal() and int(head) < len(writes)
        name = rest if numbered else path
        where = target.where.get(name.partition(".")[0], name)
        if numbered:
            for row in writes[int(head)].rows:
                named.setdefault(row, {}).setdefault(where, []).extend(messages)
        else:
            whole.setdefault(where, []).extend(messages)
    return _Refused(named, whole)
