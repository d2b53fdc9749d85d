"""What always holds for customers and what belongs to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anello.core.actions import Change, Context, Invalid, rule
from anello.core.modules import Email, Field, L, Phone, Url, get
from anello.core.policies import visible
from anello.customers.models import ContactPoint, Interaction
from anello.customers.module import MAIN_COLUMNS, RELATION_KINDS, talked_about

_VALUE = L("Recapito", "Value")
_KINDS: dict[str, Field] = {
    "email": Email("value", _VALUE),
    "phone": Phone("value", _VALUE),
    "mobile": Phone("value", _VALUE),
    "fax": Phone("value", _VALUE),
    "web": Url("value", _VALUE),
}
ONE_CUSTOMER = L("Indica una persona oppure un'organizzazione.", "Give a person or an organisation.")


def errors_at(changes: list[Change], found: Mapping[int, Mapping[str, L | str]]) -> Invalid:
    """The errors of some of the changes: named by position when there are several."""
    many = len(changes) > 1
    return Invalid({f"{i}.{n}" if many else n: [text] for i, texts in found.items() for n, text in texts.items()})


def _one_customer(changes: list[Change]) -> None:
    wrong = {
        i: {"person": ONE_CUSTOMER}
        for i, change in enumerate(changes)
        if (change.record.person_id is None) == (change.record.organisation_id is None)
    }
    if wrong:
        raise errors_at(changes, wrong)


@rule("contact_point")
def contact_points_are_normal(ctx: Context, changes: list[Change]) -> None:
    """The value in the normal form of its kind: E.164, canonical address, absolute URL."""
    _one_customer(changes)
    wrong: dict[int, dict[str, L | str]] = {}
    for i, change in enumerate(changes):
        if not change.touches("kind", "value"):
            continue
        try:
            change.record.value = _KINDS[change.record.kind].clean(change.record.value)
        except ValueError as error:
            wrong[i] = {"value": str(error)}
    if wrong:
        raise errors_at(changes, wrong)


@rule("contact_point", when="after")
def main_contact_points_move_up(ctx: Context, changes: list[Change]) -> None:
    """A main contact point takes the customer's own column; what stood there stays as a further one."""
    for change in changes:
        point: ContactPoint = change.record
        if not point.primary or not change.touches("primary", "value", "kind", "person", "organisation"):
            continue
        customer = point.customer
        owner = {"person": point.person_id, "organisation": point.organisation_id}
        for other in ContactPoint.objects.filter(**owner, kind=point.kind, primary=True).exclude(pk=point.pk):
            ctx.update(other, {"primary": False})
        column = MAIN_COLUMNS.get(point.kind, "")
        before = getattr(customer, column, point.value)
        if before == point.value:
            continue
        if before and not ContactPoint.objects.filter(**owner, kind=point.kind, value=before).exists():
            ctx.create("contact_point", {**owner, "kind": point.kind, "value": before})
        ctx.update(customer, {column: point.value})


@rule("address")
def addresses_have_one_customer(ctx: Context, changes: list[Change]) -> None:
    _one_customer(changes)


@rule("consent")
def consents_are_facts(ctx: Context, changes: list[Change]) -> None:
    """A consent is never rewritten: what the customer says next is a new one."""
    _one_customer(changes)
    changed = L("Un consenso non si modifica: registrane uno nuovo.", "A consent is never changed: record a new one.")
    wrong = {i: {"": changed} for i, c in enumerate(changes) if not c.new and c.changed - {"owner"}}
    if wrong:
        raise errors_at(changes, wrong)


@rule("relation")
def relations_join_what_they_may(ctx: Context, changes: list[Change]) -> None:
    _one_customer(changes)
    wrong: dict[int, dict[str, L | str]] = {}
    for i, change in enumerate(changes):
        relation = change.record
        kind = RELATION_KINDS[relation.kind]
        one = "person" if relation.person_id else "organisation"
        if (relation.other_person_id is None) == (relation.other_organisation_id is None):
            wrong[i] = {"other_person": ONE_CUSTOMER}
            continue
        other = "person" if relation.other_person_id else "organisation"
        if (one, other) not in kind.ends:
            wrong[i] = {
                f"other_{other}": L(
                    f"«{kind.label.it}» non unisce questi due.", f"“{kind.label.en}” cannot join these two."
                )
            }
        elif one == other and getattr(relation, f"{one}_id") == getattr(relation, f"other_{one}_id"):
            wrong[i] = {f"other_{other}": L("Sono lo stesso record.", "They are the same record.")}
        elif relation.since and relation.until and relation.until < relation.since:
            wrong[i] = {"until": L("Finisce prima di cominciare.", "It ends before it begins.")}
    if wrong:
        raise errors_at(changes, wrong)


def _about_own(ctx: Context, change: Change) -> bool:
    """Whether it was said about a record that stands for the customer, and that the actor may change."""
    record = change.record
    module = next((m for m in talked_about() if m.name == record.about_module), None)
    if module is None:
        return False
    if not change.touches("about", "person", "organisation"):
        return True
    own = module.model._default_manager.filter(visible(ctx.actor, module, "edit"), pk=record.about_id)
    return bool(own.exists())


@rule("interaction")
def interactions_belong_to_somebody(ctx: Context, changes: list[Change]) -> None:
    """What is said with a person is also said with the organisation the person works for."""
    without = {
        i: {"person": ONE_CUSTOMER}
        for i, c in enumerate(changes)
        if not c.record.person_id and not c.record.organisation_id and not _about_own(ctx, c)
    }
    if without:
        raise errors_at(changes, without)
    open_ones: list[Interaction] = [
        c.record for c in changes if c.touches("person") and c.record.person_id and not c.record.organisation_id
    ]
    employers: dict[int, Any] = dict(
        get("person")
        .model._default_manager.filter(pk__in={r.person_id for r in open_ones})
        .values_list("pk", "organisation")
    )
    for record in open_ones:
        record.organisation_id = employers.get(record.person_id or 0)


@rule("person", when="after_restore")
@rule("organisation", when="after_restore")
def the_restored_stand_for_themselves(ctx: Context, changes: list[Change]) -> None:
    """Whoever is there again is merged into nobody, however it came back."""
    for change in changes:
        if change.record.merged_into_id is not None:
            change.record.merged_into_id = None
            change.record.save(update_fields=["merged_into"])
