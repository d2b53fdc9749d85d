"""Every module's create, update, delete, restore and undo."""

import datetime as dt

import pytest

from anello.core.actions import Conflict, Denied, Invalid, NotFound, rules, run, undo
from anello.core.events.models import Event
from anello.core.modules import get

pytestmark = pytest.mark.django_db


def create(cast, who="carla", **values):
    return run("person.create", {"last_name": "Rossi", **values}, cast.ctx(who))


def test_create_stores_tells_and_owns(cast):
    person = create(cast, first_name="Mario", email="MARIO@Example.COM", mobile="333 1234567")
    assert person.owner == cast.carla
    assert person.team == cast.carla.team
    assert (person.title, person.email, person.mobile) == ("Mario Rossi", "MARIO@example.com", "+393331234567")
    event = Event.objects.get(kind="person.created")
    assert event.actor == cast.carla
    assert event.changes["mobile"] == [None, "+393331234567"]


def test_wrong_values_name_their_field_and_store_nothing(cast):
    with pytest.raises(Invalid) as caught:
        create(cast, last_name="", email="no", birth_date="2026-02-30", color="red")
    assert set(caught.value.errors) == {"last_name", "email", "birth_date", "color"}
    assert not get("person").model.objects.exists()
    assert not Event.objects.filter(module="person").exists()


def test_update_tells_the_difference_only(cast):
    person = create(cast, city="Milano")
    run("person.update", {"city": "Torino", "last_name": "Rossi"}, cast.ctx("carla"), target=person.pk)
    event = Event.objects.get(kind="person.updated")
    assert event.changes == {"city": ["Milano", "Torino"]}
    assert event.version == 2


def test_no_change_is_no_event(cast):
    person = create(cast)
    run("person.update", {"last_name": "Rossi"}, cast.ctx("carla"), target=person.pk)
    assert not Event.objects.filter(kind="person.updated").exists()


def test_stale_edit_of_the_same_field_is_a_conflict_of_another_is_not(cast):
    person = create(cast, city="Milano", job_title="CEO")
    run("person.update", {"city": "Torino"}, cast.ctx("carla"), target=person.pk, version=1)
    with pytest.raises(Conflict) as caught:
        run("person.update", {"city": "Roma"}, cast.ctx("bruno"), target=person.pk, version=1)
    assert caught.value.fields == {"city": ("Torino", "Roma")}
    run("person.update", {"job_title": "CFO"}, cast.ctx("bruno"), target=person.pk, version=1)
    person.refresh_from_db()
    assert (person.city, person.job_title, person.version) == ("Torino", "CFO", 3)


def test_foreign_records_do_not_exist(cast):
    person = create(cast, "carla")
    for name in ("dario", "marta"):
        with pytest.raises(NotFound):
            run("person.update", {"city": "Roma"}, cast.ctx(name), target=person.pk)


def test_who_may_see_but_not_change_is_denied(cast):
    person = create(cast)
    with pytest.raises(Denied):
        run("person.update", {"city": "Roma"}, cast.ctx("ivo"), target=person.pk)


def test_links_to_records_of_others_are_refused(cast):
    organisation = run("organisation.create", {"name": "Sud srl"}, cast.ctx("dario"))
    with pytest.raises(Invalid) as caught:
        create(cast, "carla", organisation=organisation.pk)
    assert set(caught.value.errors) == {"organisation"}


def test_references_to_records_of_others_are_refused_like_unknown_ones(cast):
    foreign = create(cast, "dario")
    own = create(cast, "carla")
    for about in (f"person:{foreign.pk}", "person:99999999", f"webhook:{own.pk}"):
        with pytest.raises(Invalid) as caught:
            run("activity.create", {"kind": "task", "subject": "Call", "about": about}, cast.ctx("carla"))
        assert set(caught.value.errors) == {"about"}
    task = {"kind": "task", "subject": "Call", "about": f"person:{own.pk}"}
    activity = run("activity.create", task, cast.ctx("carla"))
    with pytest.raises(Invalid):
        run("activity.update", {"about": f"person:{foreign.pk}"}, cast.ctx("carla"), target=activity.pk)


def test_deleted_records_are_gone_and_come_back(cast):
    person = create(cast)
    run("person.delete", None, cast.ctx("carla"), target=person.pk)
    assert not get("person").model.objects.filter(pk=person.pk).exists()
    run("person.restore", None, cast.ctx("carla"), target=person.pk)
    assert get("person").model.objects.filter(pk=person.pk).exists()


def test_a_gesture_is_undone_as_a_whole(cast):
    people = run("person.create", [{"last_name": f"R{i}", "city": "Milano"} for i in range(3)], cast.ctx("carla"))
    ids = [p.pk for p in people]
    gesture = cast.ctx("carla")
    run("person.update", {"city": "Roma"}, gesture, target=ids)
    run("undo", {"batch": gesture.batch}, cast.ctx("carla"))
    assert set(get("person").model.objects.values_list("city", flat=True)) == {"Milano"}


def test_undo_does_not_overwrite_what_others_did_since(cast):
    person = create(cast, city="Milano")
    gesture = cast.ctx("carla")
    run("person.update", {"city": "Roma"}, gesture, target=person.pk)
    run("person.update", {"city": "Napoli"}, cast.ctx("bruno"), target=person.pk)
    with pytest.raises(Conflict):
        run("undo", {"batch": gesture.batch}, cast.ctx("carla"))
    person.refresh_from_db()
    assert person.city == "Napoli"


def test_a_record_given_away_is_taken_back_for_a_day_while_nobody_touches_it(cast, monkeypatch):
    def given_away():
        person, gesture = create(cast), cast.ctx("carla")
        run("person.update", {"owner": cast.dario.pk}, gesture, target=person.pk)
        return person, {"batch": gesture.batch}

    person, gesture = given_away()
    run("undo", gesture, cast.ctx("carla"))
    person.refresh_from_db()
    assert person.owner == cast.carla

    person, gesture = given_away()
    late = cast.ctx("carla")
    late.now += undo.WINDOW + dt.timedelta(minutes=1)
    with pytest.raises(NotFound):
        run("undo", gesture, late)

    run("person.update", {"city": "Bari"}, cast.ctx("dario"), target=person.pk)
    with pytest.raises(NotFound):
        run("undo", gesture, cast.ctx("carla"))
    person.refresh_from_db()
    assert person.owner == cast.dario


def test_a_record_made_for_another_can_be_unmade(cast):
    gesture = cast.ctx("carla")
    create_for = {"last_name": "Rossi", "owner": cast.dario.pk}
    run("person.create", create_for, gesture)
    run("undo", {"batch": gesture.batch}, cast.ctx("carla"))
    assert not get("person").model.objects.exists()


def test_what_another_took_since_is_no_longer_undone(cast):
    person, gesture = create(cast, city="Milano"), cast.ctx("carla")
    run("person.update", {"city": "Roma"}, gesture, target=person.pk)
    run("person.update", {"owner": cast.dario.pk}, cast.ctx("bruno"), target=person.pk)
    with pytest.raises(NotFound):
        run("undo", {"batch": gesture.batch}, cast.ctx("carla"))
    person.refresh_from_db()
    assert person.city == "Roma"


def test_rights_lost_since_are_lost_for_undo_too(cast):
    person, gesture = create(cast), cast.ctx("carla")
    run("person.update", {"owner": cast.dario.pk}, gesture, target=person.pk)
    role = cast.carla.roles.get()
    role.grants = {**role.grants, "person": {"view": "all", "edit": "none"}}
    role.save()
    with pytest.raises(NotFound):
        run("undo", {"batch": gesture.batch}, cast.ctx("carla"))


def test_what_was_deleted_comes_back_by_undo_with_what_belongs_to_it(cast):
    person = create(cast)
    run("contact_point.create", {"person": person.pk, "kind": "email", "value": "a@example.it"}, cast.ctx("carla"))
    gesture = cast.ctx("carla")
    run("person.delete", None, gesture, target=person.pk)
    late = cast.ctx("carla")
    late.now += 2 * undo.WINDOW
    run("undo", {"batch": gesture.batch}, late)
    assert get("contact_point").model.objects.filter(person=person).exists()


def test_nobody_undoes_what_another_did(cast):
    gesture = cast.ctx("carla")
    run("person.create", {"last_name": "Rossi"}, gesture)
    with pytest.raises(NotFound):
        run("undo", {"batch": gesture.batch}, cast.ctx("bruno"))


def test_idempotency_key_does_nothing_twice(cast):
    first = run("person.create", {"last_name": "Rossi"}, cast.ctx("carla"), key="k1")
    again = run("person.create", {"last_name": "Rossi"}, cast.ctx("carla"), key="k1")
    assert first.pk == again.pk
    with pytest.raises(Invalid):
        run("person.create", {"last_name": "Bianchi"}, cast.ctx("carla"), key="k1")
    assert get("person").model.objects.count() == 1


def test_idempotency_key_remembers_results_that_are_no_record_of_a_module(cast):
    def hand_over():
        ctx = cast.ctx("anna", elevated=True)
        return run("user.hand_over", {"successor": cast.dario.pk}, ctx, target=cast.carla.pk, key="k2")

    assert hand_over().pk == hand_over().pk


def test_bulk_errors_name_the_row(cast):
    with pytest.raises(Invalid) as caught:
        run("person.create", [{"last_name": "A"}, {"last_name": "B", "email": "x"}], cast.ctx("carla"))
    assert set(caught.value.errors) == {"1.email"}
    assert not get("person").model.objects.exists()


def test_rules_may_refuse_a_deletion_and_follow_one(cast, monkeypatch):
    followed = []
    monkeypatch.setattr(rules, "_rules", {key: list(value) for key, value in rules._rules.items()})

    @rules.rule("person", when="before_delete")
    def keep_rossi(ctx, changes):
        if any(change.record.last_name == "Rossi" for change in changes):
            raise Invalid("Rossi stays")

    rules.rule("person", when="after_delete")(lambda ctx, changes: followed.append("deleted"))
    rules.rule("person", when="after_restore")(lambda ctx, changes: followed.append("restored"))
    rossi, bianchi = create(cast), create(cast, last_name="Bianchi")
    with pytest.raises(Invalid):
        run("person.delete", None, cast.ctx("carla"), target=rossi.pk)
    run("person.delete", None, cast.ctx("carla"), target=bianchi.pk)
    run("person.restore", None, cast.ctx("carla"), target=bianchi.pk)
    assert followed == ["deleted", "restored"]
    assert get("person").model.objects.count() == 2


def test_what_has_its_own_way_back_is_not_undone_by_the_general_one(cast):
    one, two = create(cast), create(cast)
    gesture = cast.ctx("carla")
    run("person.merge", {"losers": [two.pk]}, gesture, target=one.pk)
    with pytest.raises(Invalid):
        run("undo", {"batch": gesture.batch}, cast.ctx("carla"))
    assert get("person").model.objects.count() == 1
