"""Contents are stored once, whole or not at all, and swept when nothing names them."""

from __future__ import annotations

import datetime as dt
import os
import time

import pytest
from django.utils import timezone

from anello.core import contents
from anello.core.actions import Denied, NotFound, run
from anello.core.files import jobs
from anello.core.files.models import Attachment

pytestmark = pytest.mark.django_db
DAY = 24 * 3600


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def stored(media) -> list[str]:
    return [path.name for path in media.rglob("*") if path.is_file()]


def attach(cast, who, person, content=b"ciao"):
    digest, size, _ = contents.store([content], 100)
    data = {"module": "person", "record": person.pk, "name": "a.txt", "sha256": digest, "size": size}
    return run("file.attach", data, cast.ctx(who))


@pytest.fixture
def mario(cast):
    return run("person.create", {"last_name": "Rossi"}, cast.ctx("carla"))


def test_the_same_content_is_stored_once(media):
    first, second = contents.store([b"ci", b"ao"], 100), contents.store([b"ciao"], 100)
    assert first == second
    assert stored(media) == [first[0]]


def test_too_large_or_broken_uploads_leave_nothing(media):
    def broken():
        yield b"half"
        raise ConnectionError

    with pytest.raises(contents.TooLarge):
        contents.store([b"x" * 101], 100)
    with pytest.raises(ConnectionError):
        contents.store(broken(), 100)
    assert stored(media) == []


def test_only_who_may_edit_the_record_attaches(cast, mario):
    attach(cast, "carla", mario)
    with pytest.raises(NotFound):
        attach(cast, "dario", mario)
    with pytest.raises(Denied):
        attach(cast, "ivo", mario)


def test_undoing_the_record_is_not_confused_by_its_files(cast, mario):
    """Recovering a file is no restoring of the record: taking that gesture back must not delete the record."""
    made = attach(cast, "carla", mario)
    run("file.remove", {"id": made.pk}, cast.ctx("carla"))
    gesture = cast.ctx("carla")
    run("file.restore", {"id": made.pk}, gesture)
    with pytest.raises(NotFound):
        run("undo", {"batch": gesture.batch}, cast.ctx("carla"))
    mario.refresh_from_db()
    assert mario.deleted_at is None


def test_the_sweep_takes_what_nothing_names_and_leaves_the_rest(cast, mario, media):
    kept = attach(cast, "carla", mario)
    removed = attach(cast, "carla", mario, b"tolto da poco")
    forgotten = attach(cast, "carla", mario, b"tolto da tanto")
    for one, days in ((removed, 1), (forgotten, 31)):
        gone = timezone.now() - dt.timedelta(days=days)
        Attachment.everything.filter(pk=one.pk).update(deleted_at=gone)
    orphan, _, _ = contents.store([b"orfano"], 100)
    for path in list(media.rglob("*")):
        if path.is_file():
            os.utime(path, (time.time() - 31 * DAY,) * 2)
    fresh, _, _ = contents.store([b"in corso"], 100)
    jobs.sweep(timestamp=int(time.time()))
    assert set(stored(media)) == {kept.sha256, removed.sha256, fresh}
    assert orphan not in stored(media)
