"""An administrator sees Anello as somebody else: exactly as they do, and nothing changes."""

from __future__ import annotations

import time

import pytest
from django.test import Client
from tests.cast import PASSWORD
from tests.samples import sample

from anello.core.accounts.models import User
from anello.core.actions import Context, OnlyLooking, run
from anello.core.events.models import Event
from anello.core.inbox.models import Notice
from anello.core.modules import all_modules, get
from anello.core.policies import Actor
from anello.core.ui.models import RecentRecord

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(cast):
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(cast.anna)
    assert client.post("/elevate/", {"password": PASSWORD}).status_code == 302
    return client


def as_somebody(client: Client, user: User) -> None:
    assert client.post(f"/users/{user.pk}/view-as/").status_code == 302
    assert client.session["seen_as"] == user.pk


def test_what_is_shown_is_what_that_person_sees(cast, anna):
    mine = sample(get("person"), owner=cast.carla, last_name="Zanetti")
    others = sample(get("person"), owner=cast.dario, last_name="Quirino")
    as_somebody(anna, cast.carla)
    carla = Client()
    carla.force_login(cast.carla)
    for path in ("/", "/people/", f"/people/{mine.pk}/", "/inbox/", "/leads/"):
        ours, theirs = anna.get(path), carla.get(path)
        assert (ours.status_code, ours.context["user"]) == (theirs.status_code, cast.carla)
        assert [g.items for g in ours.context["navigation"]] == [g.items for g in theirs.context["navigation"]]
    assert b"Zanetti" in anna.get("/people/").content
    assert b"Quirino" not in anna.get("/people/").content
    assert anna.get(f"/people/{others.pk}/").status_code == 404
    assert anna.get("/administration/").status_code == 404
    assert "Vedi Anello come Carla Conti" in anna.get("/people/").content.decode()


def test_an_outsider_is_seen_to_see_nothing(cast, anna):
    as_somebody(anna, cast.marta)
    assert anna.get("/people/").status_code == 404
    assert anna.get("/").status_code == 200


def test_only_those_who_are_administering_may(cast):
    for name, status in (("bruno", 404), ("marta", 404), ("anna", 302)):
        client = Client()
        client.force_login(getattr(cast, name))
        assert client.post(f"/users/{cast.carla.pk}/view-as/").status_code == status
        assert "seen_as" not in client.session


def test_not_as_oneself_and_not_as_somebody_who_is_deactivated(cast, anna):
    User.objects.filter(pk=cast.carla.pk).update(is_active=False)
    for user in (cast.anna, cast.carla):
        assert anna.post(f"/users/{user.pk}/view-as/")["Location"] == f"/users/{user.pk}/access/"
    assert "seen_as" not in anna.session


def test_the_engine_refuses_every_action_of_who_only_looks(cast):
    person = sample(get("person"), owner=cast.carla)
    ctx = Context(actor=Actor(user=cast.carla, viewer=cast.anna), via="ui")
    before = Event.objects.count()
    for name, data, target in (
        ("person.create", {"last_name": "Rossi"}, None),
        ("person.update", {"last_name": "Rossi"}, person.pk),
        ("person.delete", None, person.pk),
        ("record.watch", {"module": "person", "id": person.pk, "on": True}, None),
        ("preferences.update", {"theme": "dark"}, None),
        ("token.issue", {}, None),
        ("undo", {"batch": "0190f5a6-0000-7000-8000-000000000000"}, None),
    ):
        with pytest.raises(OnlyLooking):
            run(name, data, ctx, target=target)
    assert Event.objects.count() == before


def test_screens_say_that_nothing_can_be_changed(cast, anna):
    person = sample(get("person"), owner=cast.carla, last_name="Zanetti")
    as_somebody(anna, cast.carla)
    written = anna.post(f"/people/{person.pk}/edit/", {"last_name": "Rossi", "version": person.version})
    assert written.status_code == 403
    assert "non puoi cambiare nulla" in written.content.decode()
    part = anna.post(f"/people/{person.pk}/watch/", {"on": "1"}, HTTP_HX_REQUEST="true")
    assert (part.status_code, part["HX-Reswap"]) == (403, "none")
    assert "non puoi cambiare nulla" in part["HX-Trigger"].encode().decode("unicode_escape")
    person.refresh_from_db()
    assert person.last_name == "Zanetti"


def test_nothing_of_that_person_moves_whatever_is_opened(cast, anna):
    for module in all_modules():
        if module.listed and module.is_record and module.name in ("person", "lead", "opportunity", "activity"):
            sample(module, owner=cast.carla)
    notice = Notice.objects.create(user=cast.carla, text="x", url="/people/")
    as_somebody(anna, cast.carla)
    before = (
        User.objects.values().get(pk=cast.carla.pk),
        Event.objects.count(),
        RecentRecord.objects.count(),
        cast.carla.usersession_set.count(),
    )
    refused = []
    for module in all_modules():
        found = module.model._default_manager.first()
        paths = [f"/{module.slug}/", f"/{module.slug}/{found.pk}/" if found else "", f"/{module.slug}/new/"]
        refused += [path for path in filter(None, paths) if anna.get(path).status_code not in (200, 302, 404)]
    for path in ("/inbox/", f"/inbox/{notice.pk}/", "/calendar/", "/search/?q=rossi", "/search/suggest/?q=a"):
        refused += [path] if anna.get(path).status_code not in (200, 302) else []
    assert not refused
    notice.refresh_from_db()
    assert notice.read_at is None
    assert before == (
        User.objects.values().get(pk=cast.carla.pk),
        Event.objects.count(),
        RecentRecord.objects.count(),
        cast.carla.usersession_set.count(),
    )


def test_postgresql_refuses_what_a_page_writes_past_the_engine(cast, anna, monkeypatch):
    from anello.core.ui.records import pages

    person = sample(get("person"), owner=cast.carla)
    monkeypatch.setattr(
        pages, "remember", lambda *rest: RecentRecord.objects.create(user=cast.carla, module="person", record_id=1)
    )
    as_somebody(anna, cast.carla)
    assert anna.get(f"/people/{person.pk}/").status_code == 403
    assert not RecentRecord.objects.exists()
    anna.post("/view-as/end/")
    assert anna.get(f"/people/{person.pk}/").status_code == 200
    assert RecentRecord.objects.exists()


@pytest.mark.parametrize("path", ["/profile/", "/profile/tokens/", "/accounts/password/change/", "/elevate/"])
def test_what_is_a_persons_alone_stays_closed(cast, anna, path):
    as_somebody(anna, cast.bruno)
    assert anna.get(path).status_code == 403
    assert anna.post(path).status_code == 403


def test_of_another_administrator_nothing_is_reached_that_takes_administering(cast, anna):
    cast.bruno.roles.add(cast.anna.roles.get())
    as_somebody(anna, cast.bruno)
    for path in (f"/users/{cast.carla.pk}/access/", "/audit/", "/users/new/"):
        answer = anna.get(path, follow=True)
        assert answer.status_code in (403, 404), path
    assert anna.get("/administration/").status_code == 200


def test_it_ends_by_hand_and_both_persons_are_in_the_log(cast, anna):
    as_somebody(anna, cast.carla)
    assert anna.post("/view-as/end/")["Location"] == f"/users/{cast.carla.pk}/access/"
    assert anna.get("/administration/").status_code == 200
    told = Event.objects.filter(kind__startswith="user.seen_as").order_by("id")
    assert [(e.kind, e.actor_id, e.record_id, e.elevated) for e in told] == [
        ("user.seen_as", cast.anna.pk, cast.carla.pk, True),
        ("user.seen_as_ended", cast.anna.pk, cast.carla.pk, True),
    ]


def test_it_ends_with_the_elevation(cast, anna):
    as_somebody(anna, cast.carla)
    session = anna.session
    session["elevated_until"] = time.time() - 1
    session.save()
    assert anna.get("/").context["user"] == cast.anna
    assert Event.objects.get(kind="user.seen_as_ended").data["cause"] == "time"
    anna.post("/elevate/", {"password": PASSWORD})
    assert anna.get("/").context["user"] == cast.anna
    as_somebody(anna, cast.carla)
    anna.post("/elevate/end/")
    assert anna.get("/").context["user"] == cast.anna


def test_it_ends_when_who_looks_is_no_administrator_any_more(cast, anna):
    as_somebody(anna, cast.carla)
    cast.anna.roles.clear()
    assert anna.get("/").context["user"] == cast.anna
    assert Event.objects.get(kind="user.seen_as_ended").data["cause"] == "rights"


def test_signing_out_is_ones_own(cast, anna):
    as_somebody(anna, cast.carla)
    anna.post("/accounts/logout/")
    assert "_auth_user_id" not in anna.session
    assert Event.objects.get(kind="user.signed_out").actor_id == cast.anna.pk
    assert Event.objects.filter(kind="user.seen_as_ended").exists()
