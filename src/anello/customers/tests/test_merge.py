"""Merging customers and taking it back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anello.core.actions import Denied, Invalid, NotFound, run
from anello.core.events.models import Event
from anello.core.modules import get
from anello.customers import merging
from anello.customers.jobs import scan
from anello.customers.models import (
    Address,
    Consent,
    ContactPoint,
    DuplicatePair,
    Interaction,
    MergeRecord,
    Organisation,
    Person,
    Relation,
)

pytestmark = pytest.mark.django_db
MODELS: list[Any] = [Person, Organisation, ContactPoint, Address, Consent, Relation, Interaction]
PASSING = {"version", "updated_at", "updated_by_id"}


def snapshot() -> dict[str, dict[int, dict[str, Any]]]:
    """Every living row with all its values, but for the marks that each writing leaves."""
    return {
        model.__name__: {
            row["id"]: {name: value for name, value in row.items() if name not in PASSING}
            for row in model.objects.values()
        }
        for model in MODELS
    }


def person(cast, who="carla", **values):
    return run("person.create", {"last_name": "Rossi", **values}, cast.ctx(who))


def merge(cast, survivor, *losers, who="carla", **take):
    data = {"losers": [loser.pk for loser in losers], "take": take}
    run("person.merge", data, cast.ctx(who), target=survivor.pk)
    return MergeRecord.objects.latest("pk")


def unmerge(cast, survivor, record, who="carla"):
    run("person.unmerge", {"merge": record.pk}, cast.ctx(who), target=survivor.pk)


def furnish(cast, customer):
    """Hang one of everything on a person."""
    mine = {"person": customer.pk}
    firm = run("organisation.create", {"name": f"Ditta {customer.pk}"}, cast.ctx("carla"))
    for module, values in {
        "contact_point": {"kind": "email", "value": f"altra{customer.pk}@rossi.it"},
        "address": {"kind": "home", "street": "Via Po 1", "city": "Torino"},
        "consent": {"purpose": "email", "status": "given", "source": "paper"},
        "relation": {"kind": "works_for", "other_organisation": firm.pk},
        "interaction": {"channel": "note", "body": "Ciao", "about": f"person:{customer.pk}"},
    }.items():
        run(f"{module}.create", mine | values, cast.ctx("carla"))


def test_three_become_one_with_all_that_hung_on_them_and_three_again(cast):
    one = person(cast, first_name="Mario", email="m@rossi.it", tags=["vip"])
    two = person(cast, first_name="M.", phone="02 1234567", city="Torino", tags=["fiera"])
    three = person(cast, email="mario@altra.it", city="Milano", notes="Chiama la sera")
    for each in (one, two, three):
        furnish(cast, each)
    run("relation.create", {"person": two.pk, "kind": "spouse", "other_person": three.pk}, cast.ctx("carla"))
    before = snapshot()
    record = merge(cast, one, two, three, city=three.pk)
    one.refresh_from_db()
    assert (one.first_name, one.email, one.phone) == ("Mario", "m@rossi.it", "+39021234567")
    assert (one.city, one.notes, one.tags) == ("Milano", "Chiama la sera", ["vip", "fiera"])
    assert ContactPoint.objects.filter(person=one, value="mario@altra.it").exists()
    assert list(Person.objects.all()) == [one]
    for model in (ContactPoint, Address, Consent, Interaction):
        assert not model.objects.exclude(person=one).exists()
    assert set(Interaction.objects.values_list("about_id", flat=True)) == {one.pk}
    assert [merging.heir(get("person"), p.pk) for p in (one, two, three)] == [None, one.pk, one.pk]
    unmerge(cast, one, record)
    assert snapshot() == before


def test_the_merge_and_each_thing_moved_are_told(cast):
    one, two = person(cast), person(cast)
    furnish(cast, two)
    Event.objects.all().delete()
    record = merge(cast, one, two)
    told = set(Event.objects.values_list("kind", flat=True))
    assert {"person.merged", "person.deleted", "consent.updated", "interaction.updated", "relation.updated"} <= told
    assert Event.objects.get(kind="consent.updated").changes == {"person": [two.pk, one.pk]}
    assert Event.objects.get(kind="person.merged").data == {"merge": record.pk, "losers": [two.pk]}


def test_what_the_log_told_of_either_stays_as_it_was_told(cast):
    one, two = person(cast, last_name="Rossi"), person(cast, last_name="Rosso")
    before = list(Event.objects.order_by("id").values())
    merge(cast, one, two)
    assert list(Event.objects.order_by("id").values())[: len(before)] == before


def test_what_was_done_since_stays(cast):
    one = person(cast, city="Torino")
    two, three = person(cast, job_title="CEO", notes="Nota"), person(cast)
    run("contact_point.create", {"person": two.pk, "kind": "web", "value": "a.it"}, cast.ctx("carla"))
    run("contact_point.create", {"person": two.pk, "kind": "web", "value": "b.it"}, cast.ctx("carla"))
    record = merge(cast, one, two)
    point = ContactPoint.objects.get(value="https://a.it")
    run("contact_point.update", {"person": three.pk}, cast.ctx("carla"), target=point.pk)
    run("person.update", {"job_title": "CFO", "city": "Roma"}, cast.ctx("carla"), target=one.pk)
    unmerge(cast, one, record)
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.job_title, one.city, one.notes) == ("CFO", "Roma", "")
    assert (two.job_title, two.notes, two.deleted_at) == ("CEO", "Nota", None)
    assert dict(ContactPoint.objects.values_list("value", "person")) == {
        "https://a.it": three.pk,
        "https://b.it": two.pk,
    }


def test_merges_of_merges_are_taken_back_from_the_last(cast):
    one, two, three = person(cast), person(cast, city="Roma"), person(cast, job_title="CEO")
    furnish(cast, three)
    before = snapshot()
    first = merge(cast, two, three)
    middle = snapshot()
    second = merge(cast, one, two)
    assert merging.heir(get("person"), three.pk) == one.pk
    with pytest.raises(NotFound):
        unmerge(cast, two, first)
    unmerge(cast, one, second)
    assert snapshot() == middle
    unmerge(cast, two, first)
    assert snapshot() == before
    with pytest.raises(Invalid):
        unmerge(cast, two, first)


def test_a_relation_between_the_merged_does_not_become_one_with_oneself(cast):
    one, two = person(cast), person(cast)
    run("relation.create", {"person": one.pk, "kind": "spouse", "other_person": two.pk}, cast.ctx("carla"))
    run("relation.create", {"person": two.pk, "kind": "spouse", "other_person": one.pk}, cast.ctx("carla"))
    before = snapshot()
    record = merge(cast, one, two)
    assert not Relation.objects.filter(person=one, other_person=one).exists()
    unmerge(cast, one, record)
    assert snapshot() == before


def test_nobody_becomes_its_own_parent_company(cast):
    top, below = (run("organisation.create", {"name": n}, cast.ctx("carla")) for n in ("Alfa", "Beta"))
    run("organisation.update", {"parent": below.pk}, cast.ctx("carla"), target=top.pk)
    run("organisation.merge", {"losers": [below.pk]}, cast.ctx("carla"), target=top.pk)
    top.refresh_from_db()
    assert top.parent_id is None


def test_nobody_merges_what_they_cannot_see_or_delete(cast):
    mine, theirs = person(cast), person(cast, "dario")
    for who in ("carla", "dario", "marta"):
        with pytest.raises(NotFound):
            merge(cast, mine, theirs, who=who)
    with pytest.raises(Denied):
        merge(cast, mine, theirs, who="ivo")
    merge(cast, mine, theirs, who="bruno")


def test_a_merge_cannot_be_taken_back_by_whoever_does_not_see_the_others(cast):
    mine, theirs = person(cast), person(cast, "dario")
    record = merge(cast, mine, theirs, who="bruno")
    with pytest.raises(NotFound):
        unmerge(cast, mine, record)


def test_values_may_only_be_chosen_among_the_merged_and_the_editable(cast):
    one, two, third = person(cast), person(cast), person(cast)
    role = cast.carla.roles.get()
    role.fields = {"person": {"tax_code": "read"}}
    role.save()
    for take in ({"city": third.pk}, {"title": two.pk}, {"color": two.pk}, {"tax_code": two.pk}):
        with pytest.raises(Invalid) as caught:
            merge(cast, one, two, **take)
        assert set(caught.value.errors) == {f"take.{name}" for name in take}
    with pytest.raises(Invalid):
        merge(cast, one, one)


def test_decided_pairs_follow_the_merge(cast):
    one, two = person(cast, email="m@rossi.it"), person(cast, email="m@rossi.it")
    scan("person")
    record = merge(cast, one, two)
    assert DuplicatePair.objects.get().status == "merged"
    unmerge(cast, one, record)
    assert DuplicatePair.objects.get().status == "open"


def test_a_dismissed_pair_is_not_proposed_again(cast):
    person(cast, email="m@rossi.it"), person(cast, email="m@rossi.it")
    scan("person")
    pair = DuplicatePair.objects.get()
    for who in ("dario", "marta"):
        with pytest.raises(NotFound):
            run("duplicates.dismiss", {"pair": pair.pk}, cast.ctx(who))
    run("duplicates.dismiss", {"pair": pair.pk}, cast.ctx("carla"))
    scan("person")
    assert [p.status for p in DuplicatePair.objects.all()] == ["dismissed"]
    run("duplicates.reopen", {"pair": pair.pk}, cast.ctx("carla"))
    assert DuplicatePair.objects.get().status == "open"


COUNT = 5
LINKS = st.lists(
    st.tuples(
        st.sampled_from(["works", "spouse", "refers", "controls", "parent", "employer", "point", "note", "about"]),
        st.integers(0, COUNT - 1),
        st.integers(0, COUNT - 1),
    ),
    max_size=14,
)
MERGED = st.lists(st.integers(0, COUNT - 1), min_size=2, max_size=COUNT, unique=True)


def _link(ctx, people, firms, kind, a, b):
    """One link of the graph; those that make no sense (with oneself) are left out."""
    match kind:
        case "works":
            values = {"person": people[a].pk, "kind": "works_for", "other_organisation": firms[b].pk}
        case "spouse" if a != b:
            values = {"person": people[a].pk, "kind": "spouse", "other_person": people[b].pk}
        case "refers":
            values = {"organisation": firms[a].pk, "kind": "refers", "other_person": people[b].pk}
        case "controls" if a != b:
            values = {"organisation": firms[a].pk, "kind": "parent_company", "other_organisation": firms[b].pk}
        case "parent" if a != b:
            return run("organisation.update", {"parent": firms[b].pk}, ctx, target=firms[a].pk)
        case "employer":
            return run("person.update", {"organisation": firms[b].pk}, ctx, target=people[a].pk)
        case "point":
            values = {"person": people[a].pk, "kind": "email", "value": f"p{b}@x.it", "primary": b % 2 == 0}
            return run("contact_point.create", values, ctx)
        case "note":
            return run("interaction.create", {"organisation": firms[a].pk, "channel": "note", "body": str(b)}, ctx)
        case "about":
            values = {"person": people[a].pk, "channel": "note", "about": f"organisation:{firms[b].pk}"}
            return run("interaction.create", values, ctx)
        case _:
            return None
    return run("relation.create", values, ctx)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(links=LINKS, module=st.sampled_from(["person", "organisation"]), merged=MERGED)
def test_any_graph_is_the_same_after_merge_and_unmerge(cast, links, module, merged):
    ctx = cast.ctx("anna")
    people = run("person.create", [{"last_name": f"P{i}", "email": f"p{i}@x.it"} for i in range(COUNT)], ctx)
    firms = run("organisation.create", [{"name": f"F{i}", "phone": f"02 123456{i}"} for i in range(COUNT)], ctx)
    for link in links:
        _link(ctx, people, firms, *link)
    before = snapshot()
    records = people if module == "person" else firms
    survivor, *losers = (records[i].pk for i in merged)
    run(f"{module}.merge", {"losers": losers}, cast.ctx("anna"), target=survivor)
    assert snapshot() != before
    living = {p.key: p for p in merging.pointers(get(module))}
    for key in (
        "customers.contactpoint.person_id",
        "customers.interaction.organisation_id",
        "customers.person.organisation_id",
    ):
        if key in living:
            pointer = living[key]
            assert not pointer.model.objects.filter(**{f"{pointer.column}__in": losers}).exists()
    record = MergeRecord.objects.latest("pk")
    run(f"{module}.unmerge", {"merge": record.pk}, cast.ctx("anna"), target=survivor)
    assert snapshot() == before


def test_the_preview_counts_only_what_its_reader_may_see(cast, client):
    one, two = person(cast), person(cast)
    for who, subject in (("carla", "Mine"), ("bruno", "His")):
        run("activity.create", {"kind": "task", "subject": subject, "person": two.pk}, cast.ctx(who))
    client.force_login(cast.carla)
    page = client.get("/people/merge/", {"id": [one.pk, two.pk], "survivor": one.pk})
    assert [(module.name, number) for module, number in page.context["moving"]] == [("activity", 1)]
