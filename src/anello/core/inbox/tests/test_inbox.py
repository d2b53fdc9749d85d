"""Notices: who hears of what, in which language, in the page and by mail."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from anello.core.actions import NotFound, run
from anello.core.events.consumers import drain
from anello.core.inbox import jobs, notify
from anello.core.inbox.models import Notice
from anello.kit.text import L

pytestmark = pytest.mark.django_db(transaction=True)


def told(user) -> list[tuple[str, str]]:
    """The person's notices, oldest first: (kind, text)."""
    return list(Notice.objects.filter(user=user).order_by("pk").values_list("kind", "text"))


@pytest.fixture
def mario(cast):
    person = run("person.create", {"first_name": "Mario", "last_name": "Rossi"}, cast.ctx("carla"))
    drain()
    return person


def test_each_reads_in_the_own_language_once(cast):
    cast.bruno.language = "en"
    cast.bruno.save()
    notify([cast.bruno, cast.carla, cast.carla.pk, None], L("Ciao", "Hello"), url="/x/")
    assert (told(cast.bruno), told(cast.carla)) == ([("info", "Hello")], [("info", "Ciao")])


def test_a_mention_in_any_long_text_reaches_who_may_see_the_record(cast, mario):
    note = "Chiedi a @bruno e @dario, non a x@anna.example; @nessuno. @bruno!"
    run("person.update", {"notes": note}, cast.ctx("carla"), target=mario.pk)
    drain()
    assert told(cast.bruno) == [("mention", "Carla Conti ti ha menzionato in Mario Rossi")]
    assert told(cast.dario) == told(cast.anna) == told(cast.carla) == []


def test_a_mention_is_told_when_it_is_written_and_not_at_every_edit(cast, mario):
    for note in ("@bruno", "@bruno, davvero"):
        run("person.update", {"notes": note}, cast.ctx("carla"), target=mario.pk)
    drain()
    assert len(told(cast.bruno)) == 1


def test_a_new_owner_is_told(cast, mario):
    run("person.update", {"owner": cast.carla.pk, "city": "Roma"}, cast.ctx("bruno"), target=mario.pk)
    run("person.update", {"owner": cast.dario.pk}, cast.ctx("bruno"), target=mario.pk)
    drain()
    assert told(cast.dario) == [("assigned", "Bruno Bassi ti ha assegnato Mario Rossi")]


def test_many_records_in_one_gesture_are_one_notice(cast):
    people = run("person.create", [{"last_name": f"P{i}"} for i in range(6)], cast.ctx("carla"))
    run("person.update", {"owner": cast.dario.pk}, cast.ctx("bruno"), target=[p.pk for p in people])
    drain()
    assert told(cast.dario) == [("assigned", "Bruno Bassi ti ha assegnato 6 persone")]


def test_followers_hear_of_changes_by_others(cast, mario):
    run("record.watch", {"module": "person", "id": mario.pk}, cast.ctx("bruno"))
    for who in ("bruno", "carla"):
        run("person.update", {"city": who}, cast.ctx(who), target=mario.pk)
    drain()
    assert told(cast.bruno) == [("watched", "Carla Conti ha modificato Mario Rossi")]


def test_nobody_follows_what_they_may_not_see(cast, mario):
    for who in ("dario", "marta"):
        with pytest.raises(NotFound):
            run("record.watch", {"module": "person", "id": mario.pk}, cast.ctx(who))


def test_imports_and_old_events_wake_nobody(cast, mario):
    run("record.watch", {"module": "person", "id": mario.pk}, cast.ctx("bruno"))
    run("person.update", {"city": "Roma"}, cast.ctx("carla", via="import"), target=mario.pk)
    old = cast.ctx("carla")
    old.now = timezone.now() - dt.timedelta(days=3)
    run("person.update", {"city": "Bari"}, old, target=mario.pk)
    drain()
    assert told(cast.bruno) == []


def test_the_page_lists_reads_and_counts_only_ones_own(cast):
    notify([cast.carla], "Mia", url="/people/")
    notify([cast.dario], "Sua")
    browser = Client()
    browser.force_login(cast.carla)
    html = browser.get("/inbox/").content.decode()
    assert "Mia" in html
    assert "Sua" not in html
    mine, his = (Notice.objects.get(user=user) for user in (cast.carla, cast.dario))
    assert browser.get(f"/inbox/{his.pk}/").status_code == 404
    for foreign in (his.pk, "x", "9" * 30):
        browser.post("/inbox/read/", {"id": foreign})
    mine.refresh_from_db()
    assert mine.read_at is None
    his.refresh_from_db()
    assert his.read_at is None
    assert browser.get(f"/inbox/{mine.pk}/").headers["Location"] == "/people/"
    mine.refresh_from_db()
    assert mine.read_at is not None


def test_the_digest_tells_what_is_unread_once(cast):
    run("inbox.preferences", {"digest": "daily"}, cast.ctx("carla"))
    notify([cast.carla], "Da leggere", url="/people/1/")
    notify([cast.carla], "Già letto")
    run("notice.read", {"ids": [Notice.objects.get(text="Già letto").pk]}, cast.ctx("carla"))
    jobs.digest(user=cast.carla.pk)
    jobs.digest(user=cast.carla.pk)
    [letter] = mail.outbox
    assert letter.to == ["carla@anello.example"]
    assert "Da leggere" in letter.body
    assert "/people/1/" in letter.body
    assert "Già letto" not in letter.body


@pytest.mark.parametrize(
    ("digest", "moment", "due"),
    [
        ("daily", "2026-11-24T06:05:00+00:00", True),  # seven in Rome
        ("daily", "2026-11-24T07:05:00+00:00", False),
        ("weekly", "2026-11-24T06:05:00+00:00", False),  # a Tuesday
        ("weekly", "2026-11-23T06:05:00+00:00", True),
    ],
)
def test_the_digest_leaves_at_seven_where_the_person_lives(cast, digest, moment, due):
    cast.carla.preferences = {"digest": digest}
    assert jobs.due(cast.carla, dt.datetime.fromisoformat(moment)) is due
