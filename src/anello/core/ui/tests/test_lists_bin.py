"""What was deleted waits in the bin of its list and comes back from there."""

from __future__ import annotations

import pytest

from anello.core.actions import Invalid, rules, run
from anello.core.modules import get
from anello.core.ui.lists import bin

from .conftest import PART, toasts

pytestmark = pytest.mark.django_db


def gone(cast, who="carla", count=3):
    rows = [{"last_name": f"P{n}"} for n in range(count)]
    ids = [person.pk for person in run("person.create", rows, cast.ctx(who))]
    for pk in ids:
        run("person.delete", None, cast.ctx(who), target=pk)
    return ids


def titles(answer):
    return [row.title for row in answer.context["rows"]]


def living():
    return set(get("person").model.objects.values_list("title", flat=True))


def test_one_or_many_come_back_and_can_be_undone(cast, enter):
    first, second, third = gone(cast)
    carla = enter("carla")
    page = carla.get("/people/deleted/")
    assert titles(page) == ["P2", "P1", "P0"]
    assert {str(row.by) for row in page.context["rows"]} == {str(cast.carla)}
    carla.post("/people/deleted/", {"id": [third]}, **PART)
    assert living() == {"P2"}
    answer = carla.post("/people/deleted/", {"id": [first, second]}, **PART)
    assert living() == {"P0", "P1", "P2"}
    carla.post(toasts(answer)[0]["undo"], **PART)
    assert living() == {"P2"}


def test_it_shows_what_its_reader_may_delete(cast, enter):
    (foreign,) = gone(cast, "dario", 1)
    assert titles(enter("carla").get("/people/deleted/")) == []
    assert titles(enter("bruno").get("/people/deleted/")) == ["P0"]
    assert enter("carla").post("/people/deleted/", {"id": [foreign]}, **PART).status_code == 404
    assert enter("ivo").get("/people/deleted/").status_code == 403
    assert enter("marta").get("/people/deleted/").status_code == 404
    assert "/people/deleted/" in enter("carla").get("/people/").content.decode()
    assert "/people/deleted/" not in enter("ivo").get("/people/").content.decode()


def test_it_is_paged(cast, enter, monkeypatch):
    monkeypatch.setattr(bin, "PAGE_SIZE", 2)
    gone(cast)
    carla = enter("carla")
    page = carla.get("/people/deleted/")
    assert titles(page) == ["P2", "P1"]
    assert titles(carla.get("/people/deleted/" + page.context["next"])) == ["P0"]
    for forged in ("x", "20260101T000000.0Z-x", "2026-1", "99999999T000000.000000Z-1"):
        assert carla.get("/people/deleted/", {"after": forged}).status_code == 404


def test_what_a_rule_keeps_deleted_says_why(cast, enter, monkeypatch):
    (pk,) = gone(cast, count=1)
    monkeypatch.setattr(rules, "_rules", {key: list(value) for key, value in rules._rules.items()})

    @rules.rule("person", when="after_restore")
    def stays(ctx, changes):
        raise Invalid("stays deleted")

    answer = enter("carla").post("/people/deleted/", {"id": [pk]}, **PART)
    assert answer.status_code == 422
    assert "stays deleted" in toasts(answer)[0]["text"]
    assert living() == set()
