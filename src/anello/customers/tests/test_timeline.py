"""The timeline of a customer."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from anello.core.actions import run
from anello.core.events.consumers import drain, registered
from anello.core.events.models import Cursor, Event
from anello.core.modules import Timeline, get
from anello.customers import consumers, figures, queries
from anello.customers.models import Interaction

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(monkeypatch):
    """Addresses stand for the records of another area that declares what enters the timeline."""
    monkeypatch.setattr(get("address"), "timeline", Timeline(person="person", organisation="organisation"))
    monkeypatch.setattr(get("organisation"), "timeline", Timeline(organisation="parent", kinds=("created", "updated")))


def consume():
    """The timeline's consumer from where its cursor stands."""
    events = [e for e in Event.objects.order_by("id") if get(e.module).timeline]
    consumers.enter([e for e in events if e.kind.rpartition(".")[2] in get(e.module).timeline.kinds])


@pytest.fixture
def person(cast):
    firm = run("organisation.create", {"name": "Rossi srl"}, cast.ctx("carla"))
    return run("person.create", {"last_name": "Rossi", "organisation": firm.pk}, cast.ctx("carla"))


def address(cast, person, city="Torino"):
    values = {"person": person.pk, "kind": "home", "street": "Via Po 1", "city": city}
    return run("address.create", values, cast.ctx("carla"))


def note(cast, person, body, at, **more):
    values = {"person": person.pk, "channel": "note", "body": body, "at": at.isoformat(), **more}
    return run("interaction.create", values, cast.ctx("carla"))


def test_events_of_declaring_modules_enter_once_under_replay(cast, person, told):
    made = address(cast, person)
    consume()
    consume()
    (row,) = Interaction.objects.all()
    assert (row.person, row.organisation, row.channel) == (person, person.organisation, "system")
    assert (row.about_module, row.about_id, row.subject) == ("address", made.pk, "Via Po 1, Torino")
    assert (row.event_kind, row.owner) == ("address.created", cast.carla)


def test_only_the_declared_kinds_enter(cast, person, told):
    made = address(cast, person)
    run("address.update", {"city": "Roma"}, cast.ctx("carla"), target=made.pk)
    consume()
    assert Interaction.objects.count() == 1


def test_the_consumer_is_among_the_followers_of_the_log():
    assert "timeline" in registered()


@pytest.mark.django_db(transaction=True)
def test_draining_the_log_again_adds_nothing(cast, monkeypatch):
    from anello.core.events import consumers as core

    follower = registered()["timeline"]
    monkeypatch.setattr(get("address"), "timeline", Timeline(person="person"))
    monkeypatch.setitem(registered(), "timeline", core.Consumer("timeline", follower.handler, ("address.created",)))
    address(cast, run("person.create", {"last_name": "Rossi"}, cast.ctx("carla")))
    drain()
    assert Interaction.objects.count() == 1
    Cursor.objects.filter(consumer="timeline").update(tx=0, event_id=0)
    drain()
    assert Interaction.objects.count() == 1


def test_pages_follow_each_other_without_gaps_in_the_order_of_time(cast, person):
    start = timezone.now() - dt.timedelta(days=10)
    for i in range(25):
        note(cast, person, f"n{i}", start + dt.timedelta(minutes=i // 2))
    actor, seen, before = cast.actor("carla"), [], None
    while page := queries.timeline(actor, person, before=before, size=4):
        seen += [m.interaction.body for m in page]
        before = (page[-1].interaction.at, page[-1].interaction.pk)
    assert seen == [f"n{i}" for i in reversed(range(25))]


def test_channels_narrow_and_the_organisation_sees_its_people(cast, person):
    now = timezone.now()
    note(cast, person, "nota", now)
    run("interaction.create", {"person": person.pk, "channel": "phone", "subject": "Chiamata"}, cast.ctx("carla"))
    actor = cast.actor("carla")
    assert [m.interaction.channel for m in queries.timeline(actor, person, ["phone"])] == ["phone"]
    assert len(queries.timeline(actor, person.organisation)) == 2


def test_facts_about_records_one_may_not_see_are_left_out(cast, person, told):
    hidden = run("organisation.create", {"name": "Segreta", "parent": person.organisation_id}, cast.ctx("bruno"))
    mine = run("organisation.create", {"name": "Nota", "parent": person.organisation_id}, cast.ctx("carla"))
    consume()
    note(cast, person, "vedi", timezone.now(), about=f"organisation:{mine.pk}")
    Interaction.objects.filter(channel="note").update(about_id=hidden.pk)
    seen = queries.timeline(cast.actor("carla"), person.organisation)
    assert [(m.interaction.channel, m.about) for m in seen] == [("note", ""), ("system", "Nota")]
    assert len(queries.timeline(cast.actor("bruno"), person.organisation)) == 3


def test_imported_history_stands_where_it_happened(cast, person, monkeypatch):
    monkeypatch.setattr(get("consent"), "timeline", Timeline(person="person", at="at"))
    say = {"person": person.pk, "purpose": "email", "status": "given", "source": "paper"}
    run("consent.create", {**say, "at": "2019-05-01T10:00:00+02:00"}, cast.ctx("carla"))
    consume()
    assert Interaction.objects.get().at.year == 2019


def test_figures_tell_the_last_contact_not_the_last_note(cast, person):
    now = timezone.now()
    call = {"person": person.pk, "channel": "phone", "at": (now - dt.timedelta(days=3)).isoformat()}
    run("interaction.create", call, cast.ctx("carla"))
    note(cast, person, "interna", now)
    shown = {one.name: value for one, value in figures.of_customer(cast.actor("carla"), "person", person.pk)}
    assert (now - shown["last_contact"]).days == 3


def test_the_last_word_on_each_purpose_counts(cast, person):
    say = {"person": person.pk, "source": "paper"}
    run(
        "consent.create",
        {**say, "purpose": "email", "status": "given", "at": "2024-01-01T10:00:00Z"},
        cast.ctx("carla"),
    )
    run("consent.create", {**say, "purpose": "sms", "status": "given", "at": "2024-01-01T10:00:00Z"}, cast.ctx("carla"))
    run("consent.create", {**say, "purpose": "sms", "status": "withdrawn"}, cast.ctx("carla"))
    state = {p.purpose: p.given for p in queries.consents(person)}
    assert (state["email"], state["sms"], state["phone"]) == (True, False, False)
    assert queries.allowed("person", [person.pk], "email") == {person.pk}
    assert queries.allowed("person", [person.pk], "sms") == set()


def test_relations_read_from_both_ends(cast, person):
    firm = run("organisation.create", {"name": "Bianchi spa"}, cast.ctx("carla"))
    run("relation.create", {"person": person.pk, "kind": "works_for", "other_organisation": firm.pk}, cast.ctx("carla"))
    (tie,) = queries.relations(cast.actor("carla"), person)
    assert (tie.label.en, tie.other) == ("works for", firm)
    (tie,) = queries.relations(cast.actor("carla"), firm)
    assert (tie.label.en, tie.other) == ("employs", person)
