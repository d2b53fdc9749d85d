"""From the search to the decision: pairs are proposed, merged, kept apart and taken back, by whom it may concern."""

from __future__ import annotations

import itertools
from decimal import Decimal

import pyarrow as pa
import pytest
from django.test import Client

from anello.core.actions import Context, Denied, Invalid, NotFound, run
from anello.core.events.models import Event
from anello.core.modules import get
from anello.customers.models import Person
from anello.intelligence.identity import automatic, finding, jobs, progress, queries
from anello.intelligence.identity.consumers import follow
from anello.intelligence.identity.model import Scored
from anello.intelligence.identity.models import IdentityPair
from anello.intelligence.identity.tests.population import people
from anello.intelligence.value.cards import Card, keep

pytestmark = pytest.mark.django_db
TERMS = {"review": 50, "automatic": True, "threshold": 99, "precision": 95}


def person(cast, who="carla", **values):
    return run("person.create", {"first_name": "Mario", "last_name": "Rossi", **values}, cast.ctx(who))


def propose(*pairs):
    """As a search does that found these: (one, other, probability)."""
    rows = [
        {
            "id_l": min(one.pk, other.pk), "id_r": max(one.pk, other.pk), "probability": chance, "weight": 7.5,
            "level_last_name": 4, "bits_last_name": 6.5, "level_city": 0, "bits_city": -4.0,
        }
        for one, other, chance in pairs
    ]  # fmt: skip
    rows.sort(key=lambda row: -row["probability"])
    scored = Scored(pa.Table.from_pylist(rows), {"city": [], "last_name": []}, 0.001, 100, 20, len(rows))
    card = keep(Card(kind="identity", of="person", until="2026-11-22", accepted=True, plots=[]))
    return finding.propose(scored, card)


def hear():
    follow(list(Event.objects.filter(kind__in=("person.merged", "person.unmerged")).order_by("id")))


def states():
    return {
        (min(p.person_id, p.other_id), max(p.person_id, p.other_id)): p.state for p in IdentityPair.everything.all()
    }


def decide(cast, verb, pair, who="carla"):
    return run(f"identity_pair.{verb}", {}, cast.ctx(who), target=pair.pk)


@pytest.fixture
def twins(cast):
    one, two = person(cast, city="Torino"), person(cast, city="Milano", job_title="CEO")
    propose((one, two, 0.97))
    return one, two


@pytest.fixture
def browse(cast):
    def as_user(name):
        client = Client()
        client.force_login(getattr(cast, name))
        return client

    return as_user


def test_a_search_proposes_who_is_the_same_and_a_second_one_nothing_else(cast, warehouse):
    known = people(150)
    made = run("person.create", [values for _who, values in known], cast.ctx("carla"))
    who = {record.pk: one for record, (one, _values) in zip(made, known, strict=True)}
    warehouse.load()
    jobs.search()
    found = states()
    same = sum(who[one] == who[other] for one, other in found)
    every = sum(one == other for one, other in itertools.combinations(who.values(), 2))
    assert same / len(found) >= 0.98
    assert same / every >= 0.85
    card = queries.card()
    assert (card.accepted, card.measures["proposed"], card.measures["merged"]) == (True, len(found), 0)
    assert (progress.current().step, progress.current().error) == ("", "")
    before = list(IdentityPair.objects.order_by("pk").values("pk", "probability", "reasons", "version"))
    jobs.search()
    assert list(IdentityPair.objects.order_by("pk").values("pk", "probability", "reasons", "version")) == before


def test_a_base_too_small_is_told_and_leaves_the_proposals_alone(cast, warehouse, twins, browse):
    warehouse.load()
    jobs.search()
    assert queries.card().cause["cause"] == "few_people"
    assert len(states()) == 1
    assert "ne servono almeno 200" in browse("carla").get("/identity/").content.decode()


def test_an_empty_warehouse_is_no_failure(db, warehouse):
    jobs.search()
    assert "vuoto" in progress.current().error


def test_a_search_that_fails_changes_nothing_and_says_so(cast, twins, monkeypatch, browse):
    def broken(*_given):
        IdentityPair.objects.all().delete()
        raise RuntimeError("disk full")

    monkeypatch.setattr(finding.reading, "people", versions)
    monkeypatch.setattr(finding.model, "resolve", lambda *_given: Scored(pa.table({"weight": []}), {}, 0.1, 1, 1, 1))
    monkeypatch.setattr(finding, "propose", broken)
    with pytest.raises(RuntimeError):
        jobs.search()
    assert len(states()) == 1
    assert queries.card().measures == {}
    assert "disk full" in browse("carla").get("/identity/").content.decode()


def test_merging_keeps_the_elder_and_is_taken_back_with_everything(cast, twins):
    one, two = twins
    (pair,) = IdentityPair.objects.all()
    decide(cast, "merge", pair)
    one.refresh_from_db()
    assert (one.city, one.job_title, Person.objects.filter(pk=two.pk).exists()) == ("Torino", "CEO", False)
    pair.refresh_from_db()
    assert (pair.state, pair.decided_by, {pair.person_id, pair.other_id}) == ("merged", cast.carla, {one.pk, two.pk})
    with pytest.raises(Invalid):
        decide(cast, "merge", pair)
    decide(cast, "reconsider", pair)
    hear()
    assert states() == {(one.pk, two.pk): "proposed"}
    assert Person.objects.filter(pk=two.pk).exists()


def test_who_was_kept_apart_is_never_proposed_again_nor_by_the_rules(cast, twins):
    one, two = twins
    decide(cast, "keep_apart", IdentityPair.objects.get())
    assert propose((one, two, 0.999)) == 0
    assert states() == {(one.pk, two.pk): "apart"}
    decide(cast, "reconsider", IdentityPair.objects.get())
    assert propose((one, two, 0.999)) == 1


def test_kept_apart_holds_for_whom_they_were_merged_into(cast, twins):
    one, two = twins
    three = person(cast, email="m@rossi.it")
    decide(cast, "keep_apart", IdentityPair.objects.get())
    run("person.merge", {"losers": [two.pk]}, cast.ctx("carla"), target=three.pk)
    assert propose((one, three, 0.99)) == 0


def test_who_was_dismissed_among_the_duplicates_is_not_proposed(cast):
    one, two = person(cast, email="m@rossi.it"), person(cast, email="m@rossi.it")
    run("duplicates.keep_apart", {"module": "person", "first": two.pk, "second": one.pk}, cast.ctx("carla"))
    assert propose((one, two, 0.99)) == 0


def test_pairs_follow_what_is_merged_and_split_elsewhere(cast, twins):
    one, two = twins
    ctx = cast.ctx("carla")
    run("person.merge", {"losers": [one.pk]}, ctx, target=two.pk)
    hear()
    pair = IdentityPair.everything.get()
    assert (pair.state, pair.decided_by) == ("merged", cast.carla)
    run("person.unmerge", {"merge": pair.merge}, cast.ctx("carla"), target=two.pk)
    hear()
    assert states() == {(one.pk, two.pk): "undone"}
    assert propose((one, two, 0.999)) == 0


def test_a_proposal_moves_to_whom_its_person_was_merged_into(cast, twins):
    one, two = twins
    three = person(cast)
    run("person.merge", {"losers": [two.pk]}, cast.ctx("carla"), target=three.pk)
    assert states() == {(one.pk, three.pk): "proposed"}


def test_a_pair_whose_person_went_elsewhere_is_not_merged(cast, twins):
    one, two = twins
    three = person(cast)
    propose((one, two, 0.97), (one, three, 0.96), (two, three, 0.95))
    pair = IdentityPair.objects.get(person=two, other=three)
    decide(cast, "merge", IdentityPair.objects.get(person=one, other=two))
    with pytest.raises((Invalid, NotFound)):
        decide(cast, "merge", pair)
    assert [(p.person_id, p.other_id) for p in queries.waiting(cast.actor("carla"))] == [(one.pk, three.pk)]


def test_what_is_not_found_any_more_is_not_proposed_any_more(cast, twins):
    one, two = twins
    three = person(cast)
    propose((one, three, 0.8))
    assert states() == {(one.pk, three.pk): "proposed"}
    run("person.delete", None, cast.ctx("carla"), target=three.pk)
    assert propose((one, three, 0.8), (one, two, 0.45)) == 0


def versions(*ids):
    rows = Person.objects.filter(pk__in=ids) if ids else Person.objects.all()
    return pa.table({"id": [r.pk for r in rows], "version": [r.version for r in rows]})


def reviewed(cast, right, wrong=0, probability="99.5"):
    made = run("person.create", [{"last_name": f"N{n}"} for n in range(2 * (right + wrong))], cast.ctx("carla"))
    for n, (one, two) in enumerate(zip(made[::2], made[1::2], strict=True)):
        IdentityPair.objects.create(
            person=one, other=two, probability=Decimal(probability), state="merged" if n < right else "apart",
            reviewed=True, decided_by=cast.carla,
        )  # fmt: skip


def test_nobody_is_merged_by_itself_until_that_is_turned_on(cast):
    reviewed(cast, 60)
    one, two = person(cast), person(cast)
    propose((one, two, 0.999))
    assert automatic.merge(versions()) == 0
    run("identity.configure", TERMS, cast.ctx("anna"))
    assert automatic.merge(versions()) == 1
    assert states()[one.pk, two.pk] == "automatic"
    pair = IdentityPair.objects.get(state="automatic")
    assert pair.decided_by is None
    decide(cast, "reconsider", pair)
    assert states()[one.pk, two.pk] == "undone"
    assert Person.objects.filter(pk=two.pk).exists()
    assert propose((one, two, 0.999)) == 0


@pytest.mark.parametrize(("right", "wrong", "probability"), [(58, 0, "99.5"), (90, 2, "99.5"), (400, 0, "98.9")])
def test_nobody_is_merged_by_itself_below_the_bound_of_precision(cast, right, wrong, probability):
    reviewed(cast, right, wrong, probability)
    run("identity.configure", TERMS, cast.ctx("anna"))
    propose((person(cast), person(cast), 0.999))
    assert automatic.merge(versions()) == 0


def test_only_pairs_that_somebody_looked_at_say_how_right_the_model_is(cast):
    """On the pages of customers the plain ones are merged: they would make any model look right."""
    one, two, three, four = (person(cast) for _ in range(4))
    propose((one, two, 0.999), (three, four, 0.999))
    run("person.merge", {"losers": [two.pk]}, cast.ctx("carla"), target=one.pk)
    hear()
    run("identity.configure", TERMS, cast.ctx("anna"))
    assert queries.band(queries.terms()).decided == 0
    decide(cast, "merge", IdentityPair.objects.get(state="proposed"))
    assert queries.band(queries.terms()).right == 1
    # Taken back elsewhere, it was wrong all the same.
    run(
        "person.unmerge", {"merge": IdentityPair.everything.get(person=three).merge}, cast.ctx("carla"), target=three.pk
    )
    hear()
    assert (queries.band(queries.terms()).right, queries.band(queries.terms()).wrong) == (0, 1)


def test_what_was_found_is_kept_when_merging_fails(cast, twins, monkeypatch):
    def broken(*_given):
        raise RuntimeError("locked")

    row = {"id_l": twins[0].pk, "id_r": twins[1].pk, "probability": 0.8, "weight": 2.0}
    monkeypatch.setattr(finding.reading, "people", versions)
    monkeypatch.setattr(finding.model, "resolve", lambda *_given: Scored(pa.Table.from_pylist([row]), {}, 0.1, 1, 1, 1))
    monkeypatch.setattr(finding.automatic, "merge", broken)
    with pytest.raises(RuntimeError):
        jobs.search()
    assert IdentityPair.objects.get().probability == 80
    assert queries.card().measures["proposed"] == 1


def test_groups_merge_as_one_unless_too_large_or_split_or_changed_meanwhile(cast):
    reviewed(cast, 60)
    run("identity.configure", TERMS, cast.ctx("anna"))
    three, six, split, changed = ([person(cast) for _ in range(n)] for n in (3, 6, 3, 2))
    run("duplicates.keep_apart", {"module": "person", "first": split[0].pk, "second": split[2].pk}, cast.ctx("carla"))
    read = versions()
    run("person.update", {"last_name": "Verdi"}, cast.ctx("carla"), target=changed[0].pk)
    chains = [(a, b, 0.999) for group in (three, six, split, changed) for a, b in itertools.pairwise(group)]
    propose(*chains)
    assert automatic.merge(read) == 1
    assert Person.objects.filter(pk__in=[p.pk for p in three]).count() == 1
    assert Person.objects.filter(pk__in=[p.pk for p in (*six, *split, *changed)]).count() == 11
    merged = IdentityPair.objects.filter(state="automatic")
    assert merged.count() == 2
    decide(cast, "reconsider", merged.last())
    assert Person.objects.filter(pk__in=[p.pk for p in three]).count() == 3
    assert not IdentityPair.objects.filter(state="automatic").exists()


def test_only_who_may_delete_anybody_sets_the_terms(cast, browse):
    for name in ("bruno", "carla", "ivo"):
        with pytest.raises((NotFound, Denied)):
            run("identity.configure", TERMS, cast.ctx(name))
    with pytest.raises(Invalid):
        run("identity.configure", {**TERMS, "threshold": 80}, cast.ctx("anna"))
    client = browse("anna")
    sent = {"review": "60,5", "threshold": "99,5", "precision": "98", "automatic": "on"}
    assert client.post("/identity/terms/", sent).status_code == 302
    terms = queries.terms()
    assert (terms.review, terms.threshold, terms.automatic) == (Decimal("60.50"), Decimal("99.50"), True)
    assert client.post("/identity/terms/", {**sent, "threshold": "x"}).status_code == 422
    assert 'name="threshold"' not in browse("bruno").get("/identity/precision/").content.decode()


def test_only_the_product_unites_and_follows(cast, twins):
    one, two = twins
    for name, data in {
        "identity.unite": {"people": [one.pk, two.pk]},
        "identity.follow": {"merge": 1, "people": [one.pk], "by": None, "apart": False},
    }.items():
        with pytest.raises(NotFound):
            run(name, data, cast.ctx("anna"))


def test_pairs_are_seen_by_whoever_may_change_both(cast, browse, twins):
    pair = IdentityPair.objects.get()
    page = browse("carla").get("/identity/").content.decode()
    assert "Mario Rossi" in page
    assert "Stesso cognome" in page
    for name in ("dario", "elena"):
        assert "Mario Rossi" not in browse(name).get("/identity/").content.decode()
        assert browse(name).post(f"/identity/{pair.pk}/merge/").status_code == 404
    for name in ("marta", "ivo"):
        assert browse(name).get("/identity/").status_code == 404
    theirs = person(cast, who="dario")
    propose((twins[0], theirs, 0.9))
    assert not queries.waiting(cast.actor("carla")).exists()
    assert not queries.waiting(cast.actor("dario")).exists()


def test_deciding_on_the_screen_goes_on_to_the_next_and_undo_brings_it_back(cast, browse):
    one, two, three = person(cast), person(cast), person(cast)
    propose((one, two, 0.97), (two, three, 0.96))
    client = browse("carla")
    first, second = queries.waiting(cast.actor("carla"))
    page = client.get("/identity/").content.decode()
    assert "1 di 2" in page
    assert f"?pair={second.pk}" in page
    answer = client.post(f"/identity/{first.pk}/keep_apart/", {"next": second.pk})
    assert answer["Location"] == f"/identity/?pair={second.pk}"
    assert "2 di 2" in client.get("/identity/").content.decode()
    client.post(f"/identity/{second.pk}/merge/", {"next": second.pk})
    assert "Niente da decidere" in client.get("/identity/").content.decode()
    client.post("/identity/undo/")
    second.refresh_from_db()
    assert second.state == "proposed"
    client.post("/identity/undo/")
    first.refresh_from_db()
    assert first.state == "proposed"
    assert client.post("/identity/undo/").status_code == 204
    assert client.post(f"/identity/{first.pk}/explode/").status_code == 404


def test_the_precision_page_tells_what_was_decided(cast, browse, twins):
    decide(cast, "keep_apart", IdentityPair.objects.get())
    page = browse("carla").get("/identity/precision/").content.decode()
    assert "Mario Rossi = Mario Rossi" in page
    assert "Tenuti separati" in page


def test_the_page_of_a_pair_leads_to_its_decision(cast, browse, twins):
    pair = IdentityPair.objects.get()
    assert f"/identity/?pair={pair.pk}" in browse("carla").get(f"/identity-pairs/{pair.pk}/").content.decode()
    decide(cast, "keep_apart", pair)
    assert "/identity/?pair=" not in browse("carla").get(f"/identity-pairs/{pair.pk}/").content.decode()


def test_looking_now_shows_that_it_looks(cast, browse):
    client = browse("carla")
    client.post("/identity/search/")
    assert "In attesa" in client.get("/identity/").content.decode()
    assert run("identity.search", {}, cast.ctx("carla")) is False
    with pytest.raises(NotFound):
        run("identity.search", {}, cast.ctx("marta"))


def test_no_pair_is_written_by_hand(cast, twins):
    pair = IdentityPair.objects.get()
    with pytest.raises((NotFound, Denied, Invalid)):
        run("identity_pair.create", {}, cast.ctx("carla"))
    run("identity_pair.update", {}, cast.ctx("carla"), target=pair.pk)
    assert get("identity_pair").inputs == {}
    assert Context().actor.system
