"""A search: read the people, learn, compare, and keep what came of it, all or nothing; then merge, group by group."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from anello.core.actions import Context, run
from anello.core.modules import get
from anello.intelligence.identity import automatic, model, progress, queries, reading
from anello.intelligence.identity.comparing import COMPARISONS
from anello.intelligence.identity.models import PROPOSED, IdentityPair
from anello.intelligence.numerics import CannotFit
from anello.intelligence.value.cards import Card, keep
from anello.intelligence.value.models import ModelRun
from anello.kit.text import normalise

if TYPE_CHECKING:
    import pyarrow as pa

MOST = 10_000
"""So many pairs are kept to be decided, the likeliest; more is a problem of the base, not of its reviewers."""


def search() -> ModelRun:
    """Find pairs among the people of the warehouse; returns the card, which says so if there can be no model."""
    progress.note("read")
    people = reading.people()
    try:
        scored = model.resolve(people, progress.note)
    except CannotFit as reason:
        return keep(Card.silent("identity", "person", timezone.localdate(), reason))
    progress.note("keep")
    with transaction.atomic():
        card = keep(_card(scored))
        card.measures |= {"proposed": propose(scored, card)}
        card.save(update_fields=["measures"])
    # Each group in a transaction of its own: nobody waits for the locks of five hundred merges.
    card.measures |= {"merged": automatic.merge(people)}
    card.save(update_fields=["measures"])
    return card


def _card(scored: model.Scored) -> Card:
    return Card(
        kind="identity",
        of="person",
        until=timezone.localdate(),
        accepted=True,
        parameters={"weights": scored.weights, "prior": scored.prior, "left_out": list(scored.left_out)},
        measures={"people": scored.people, "sure": scored.sure, "looked_at": scored.looked_at},
        plots=[histogram(scored.pairs)],
    )


def histogram(pairs: pa.Table) -> dict[str, Any]:
    """How many pairs have which weight, in steps of two bits: few in the middle when the model tells them apart."""
    counts: dict[int, int] = {}
    for weight in pairs["weight"].to_pylist():
        low = math.floor(weight / 2) * 2
        counts[low] = counts.get(low, 0) + 1
    steps = range(min(counts), max(counts) + 2, 2) if counts else ()
    return {"name": "weights", "rows": [{"low": low, "high": low + 2, "count": counts.get(low, 0)} for low in steps]}


@transaction.atomic
def propose(scored: model.Scored, card: ModelRun) -> int:
    """Bring the pairs that wait for a decision to what the search found; returns how many there are.

    What was decided stays, and is not proposed again; nor are people who were kept apart, those into whom they were
    merged included.
    """
    now = timezone.now()
    held = IdentityPair.everything.select_for_update(of=("self",))
    known = {queries.in_order(pair.person_id, pair.other_id): pair for pair in held}
    refused = queries.refused()
    found = {
        ids: values
        for ids, values in _likely(scored, float(queries.terms().review))
        if ids not in refused and (ids not in known or known[ids].state == PROPOSED)
    }
    everybody = {pk for ids in found for pk in ids}
    people: dict[int, Any] = get("person").model._default_manager.in_bulk(everybody)
    found = {ids: values for ids, values in found.items() if people.keys() >= set(ids)}
    new, changed = [], []
    for ids, values in found.items():
        first, second = sorted((people[pk] for pk in ids), key=lambda one: (one.created_at, one.pk))
        values |= {"title": f"{first.title} = {second.title}"[:300]}
        pair = known.get(ids)
        if pair is None:
            pair = IdentityPair(person=first, other=second, found_at=now, created_at=now)
            new.append(pair)
        elif any(getattr(pair, name) != value for name, value in values.items()):
            changed.append(pair)
        for name, value in values.items():
            setattr(pair, name, value)
        pair.title_key, pair.model_id, pair.updated_at = normalise(pair.title)[:100], card.pk, now
    gone = [p.pk for ids, p in known.items() if p.state == PROPOSED and ids not in found]
    IdentityPair.everything.filter(pk__in=gone).delete()
    IdentityPair.objects.bulk_create(new, batch_size=1000)
    IdentityPair.objects.bulk_update(
        changed,
        ["probability", "weight", "reasons", "title", "title_key", "model", "updated_at"],
        batch_size=1000,
    )
    if new or changed or gone:
        run("scores.told", {"module": "identity_pair"}, Context(via="job"))
    return len(found)


def _likely(scored: model.Scored, review: float) -> Iterator[tuple[tuple[int, int], dict[str, Any]]]:
    """((lower id, higher id), values of the pair) of those probable enough, the likeliest `MOST`."""
    names = list(scored.weights)
    for row in scored.pairs.slice(0, MOST).to_pylist():
        if row["probability"] * 100 < review:
            return
        yield (
            (row["id_l"], row["id_r"]),
            {
                "probability": Decimal(f"{row['probability'] * 100:.4f}"),
                "weight": Decimal(f"{row['weight']:.3f}"),
                "reasons": list(_reasons(row, names)),
            },
        )


def _reasons(row: dict[str, Any], names: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Why, the weightiest first; what one of the two lacks is no reason."""
    told = sorted(names, key=lambda name: -abs(row[f"bits_{name}"] or 0))
    for name in told:
        level = COMPARISONS[name].level(row[f"level_{name}"])
        if level:
            yield {"comparison": name, "level": level, "bits": round(row[f"bits_{name}"], 1)}
