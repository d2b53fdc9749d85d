"""Definitions: the CRM's filter grammar, and what else says something of a customer.

`{"all": […]}`, `{"any": […]}`, `{"not": …}` and conditions: those of `core.search.filters`, those of `behaviour.py`,
`{"segment": id}`, `{"phase": "loyal"}` (or a list) and `{"score": "clv", "gte": 100}`, a field of the standing. What it
may speak of is what an actor may see: hidden fields do not exist, and in filters records out of sight do not count.
Behaviours count all that customers did, for whoever may see such records at all.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from anello import warehouse
from anello.core.actions import Invalid
from anello.core.modules import get
from anello.core.policies import SYSTEM, Actor, can, visible
from anello.core.search.filters import MOST_CONDITIONS, MOST_LEVELS, compile_filter, storable
from anello.customers.module import KINDS
from anello.intelligence.segments import behaviour
from anello.intelligence.segments.models import STATIC, Segment, SegmentMember
from anello.kit.numbers import whole
from anello.kit.text import L

OWN = ("behaviour", "segment", "phase", "score")
"""The words by which conditions of ours are told from those of filters."""


def predicate(actor: Actor, kind: str, tree: Any, *, inside: tuple[int, ...] = (), today: dt.date | None = None) -> str:
    """The definition as a condition on a row `c` of `mart.customer`, in DuckDB's SQL.

    Invalid({"filter": …}) says what is wrong with it. `inside` are the segments in whose definition this one stands.
    """
    if kind not in KINDS:
        raise _wrong(L("Un segmento è di persone o di organizzazioni.", "A segment is of people or of organisations."))
    if not storable(tree):
        raise _wrong(L("Contiene caratteri che non si possono cercare.", "Contains characters that cannot be sought."))
    return _Compiler(actor, kind, today or behaviour.today(), inside).tree(tree)


def seen(actor: Actor, kind: str) -> str:
    """The condition that leaves only whom the actor may see."""
    allowed = visible(actor, kind)
    # The mart holds nobody who was deleted: who sees all needs no further question.
    return "true" if not allowed else _among(kind, allowed)


def members(segment: Segment, *, inside: tuple[int, ...] = (), today: dt.date | None = None) -> str:
    """The condition of being in a segment, for whomever it is asked: it holds whom its author may see."""
    if segment.pk in inside:
        chain = " → ".join(Segment.everything.filter(pk__in=inside).values_list("name", flat=True))
        raise _wrong(L(f"Il segmento contiene sé stesso: {chain}.", f"The segment contains itself: {chain}."))
    if segment.kind == STATIC:
        link, table = f"{segment.customer}_id", SegmentMember._meta.db_table
        return (
            f"c.id IN (SELECT {link} FROM main.{table} "
            f"WHERE segment_id = {segment.pk} AND deleted_at IS NULL AND {link} IS NOT NULL)"
        )
    author = Actor.of(segment.author) if segment.author else SYSTEM
    found = predicate(author, segment.customer, segment.definition, inside=(*inside, segment.pk), today=today)
    limit = seen(author, segment.customer)
    return found if limit == "true" else f"({limit} AND {found})"


@dataclass
class _Compiler:
    actor: Actor
    kind: str
    today: dt.date
    inside: tuple[int, ...]
    conditions: int = 0

    def tree(self, tree: Any, depth: int = 0) -> str:
        if not tree:
            return "true"
        if depth > MOST_LEVELS:
            raise _wrong(L(f"Al massimo {MOST_LEVELS} livelli.", f"At most {MOST_LEVELS} levels."))
        if not isinstance(tree, Mapping):
            raise _wrong(L("La definizione deve essere un oggetto.", "The definition must be an object."))
        if _plain(tree):
            return self._fields(tree)
        for word, joint in (("all", " AND "), ("any", " OR ")):
            if word in tree:
                return self._joined(tree[word], word, joint, depth)
        if "not" in tree:
            return f"NOT ({self.tree(tree['not'], depth + 1)})"
        return self._condition(tree)

    def _joined(self, parts: Any, word: str, joint: str, depth: int) -> str:
        if not isinstance(parts, list):
            raise _wrong(L(f"«{word}» vuole un elenco di condizioni.", f"“{word}” takes a list of conditions."))
        # Conditions on fields are asked together, as one subquery.
        plain = [part for part in parts if part and _plain(part)]
        found = [self.tree(part, depth + 1) for part in parts if part and not _plain(part)]
        if plain:
            found.append(self._fields({word: plain}))
        return f"({joint.join(found)})" if found else "true"

    def _condition(self, leaf: Mapping[str, Any]) -> str:
        self.conditions += 1
        if self.conditions > MOST_CONDITIONS:
            raise _wrong(L(f"Al massimo {MOST_CONDITIONS} condizioni.", f"At most {MOST_CONDITIONS} conditions."))
        if "behaviour" in leaf:
            one = behaviour.understood(leaf)
            if not can(self.actor, one.told_by):
                raise _wrong(
                    L("Non vedi ciò di cui parla questa condizione.", "You do not see what this condition is about.")
                )
            return behaviour.sql(one, self.kind, self.today)
        if "segment" in leaf:
            return self._segment(leaf)
        return self._fields(self._sugar(leaf))

    def _segment(self, leaf: Mapping[str, Any]) -> str:
        pk = whole(leaf["segment"])
        found = Segment.objects.filter(visible(self.actor, "segment"), pk=pk).first() if pk is not None else None
        if found is None:
            raise _wrong(L("Un segmento della definizione non c'è più.", "A segment of the definition is gone."))
        if found.customer != self.kind:
            raise _wrong(
                L(f"«{found.name}» è di un altro tipo di clienti.", f"“{found.name}” is of another kind of customers.")
            )
        return members(found, inside=self.inside, today=self.today)

    def _sugar(self, leaf: Mapping[str, Any]) -> dict[str, Any]:
        if "phase" in leaf:
            many = leaf["phase"] if isinstance(leaf["phase"], list) else [leaf["phase"]]
            return {"field": "phase", "op": "in", "value": many}
        compared = [(op, value) for op, value in leaf.items() if op != "score"]
        if len(compared) != 1:
            raise _wrong(L("Un punteggio si confronta con un valore.", "A score is compared with one value."))
        op, value = compared[0]
        return {"field": f"standing:{self.kind}.{leaf['score']}", "op": op, "value": value}

    def _fields(self, tree: Mapping[str, Any]) -> str:
        return _among(self.kind, compile_filter(self.actor, get(self.kind), tree))


def _among(kind: str, condition: Any) -> str:
    found = get(kind).model._default_manager.filter(condition).values("pk")
    return f"c.id IN ({warehouse.translate(found)})"


def _plain(tree: Any, depth: int = 0) -> bool:
    """Whether the tree is a filter of the CRM and nothing more; what is too deep is, which the CRM then says."""
    if depth > MOST_LEVELS:
        return True
    if not isinstance(tree, Mapping):
        return False
    for word in ("all", "any"):
        if word in tree:
            return isinstance(tree[word], list) and all(_plain(part, depth + 1) or not part for part in tree[word])
    if "not" in tree:
        return _plain(tree["not"], depth + 1)
    return not any(word in tree for word in OWN)


def _wrong(text: L) -> Invalid:
    return Invalid({"filter": [text]})
