"""The shell: places, home, search, favourites, preferences."""

from __future__ import annotations

import json
import threading
import time
from contextlib import closing

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from anello.core.actions import run
from anello.core.modules import get
from anello.core.ui.shell import records

from .conftest import PART

pytestmark = pytest.mark.django_db


def labels(answer):
    return {place.url for group in answer.context["navigation"] for place in group.items}


def test_navigation_has_the_modules_one_may_see(enter):
    assert {"/people/", "/organisations/", "/opportunities/"} <= labels(enter("carla").get("/"))
    assert "/users/" not in labels(enter("carla").get("/"))
    assert "/users/" in labels(enter("anna").get("/"))
    assert "/opportunities/" not in labels(enter("elena").get("/"))


def test_setup_is_offered_to_those_who_may_change_it(enter):
    assert "/pipelines/" not in labels(enter("carla").get("/"))
    assert "/pipelines/" in labels(enter("bruno").get("/"))


def test_list_of_which_no_field_may_be_seen_is_still_a_page(enter):
    assert enter("carla").get("/users/").status_code in (200, 404)


def test_outsider_finds_an_explained_empty_home(enter):
    answer = enter("marta").get("/")
    assert answer.status_code == 200
    assert not answer.context["navigation"]
    assert 'class="empty"' in answer.content.decode()


def test_parts_of_pages_work_out_no_shell(cast, enter):
    client = enter("carla")
    client.get("/search/", **PART)
    with CaptureQueriesContext(connection) as queries:
        client.get("/search/", **PART)
    assert not [q for q in queries if "favourite" in q["sql"]]


def test_search_finds_what_one_may_see_and_escapes_it(cast, enter):
    run("person.create", {"last_name": "<i>Zanzibar</i>"}, cast.ctx("carla"))
    run("organisation.create", {"name": "Zanzibar Viaggi"}, cast.ctx("dario"))
    page = enter("carla").get("/search/?q=zanzi").content.decode()
    assert "&lt;i&gt;Zanzibar" in page
    assert "<i>Zanzibar" not in page
    assert "Zanzibar Viaggi" not in page
    assert "Zanzibar Viaggi" in enter("bruno").get("/search/suggest/?q=zanzi", **PART).content.decode()


def test_palette_offers_what_one_may_create_and_settings(enter):
    palette = enter("carla").get("/search/suggest/?q=crea+pers", **PART).content.decode()
    assert 'href="/people/new/"' in palette
    assert 'data-value="dark"' in enter("carla").get("/search/suggest/?q=tema+sc", **PART).content.decode()
    assert 'href="/people/new/"' not in enter("ivo").get("/search/suggest/?q=crea", **PART).content.decode()


def test_favourite_is_starred_shown_and_taken_back(cast, enter):
    person = run("person.create", {"last_name": "Stella"}, cast.ctx("carla"))
    client = enter("carla")
    answer = client.post("/favourites/toggle/", {"module": "person", "id": person.pk}, **PART)
    assert 'aria-pressed="true"' in answer.content.decode()
    assert "Stella" in str(client.get("/").context["favourites"][0].label)
    client.post("/favourites/toggle/", {"module": "person", "id": person.pk}, **PART)
    assert not client.get("/").context["favourites"]


@pytest.mark.parametrize("form", [{"module": "person", "id": "999999"}, {"module": "x", "id": "1"}, {"id": "a"}, {}])
def test_favourite_of_nothing_is_404(enter, form):
    assert enter("carla").post("/favourites/toggle/", form, **PART).status_code == 404


def test_favourite_one_may_no_longer_see_is_not_named(cast, enter):
    person = run("person.create", {"last_name": "Persa"}, cast.ctx("carla"))
    client = enter("carla")
    client.post("/favourites/toggle/", {"module": "person", "id": person.pk}, **PART)
    run("person.update", {"owner": cast.dario.pk}, cast.ctx("bruno"), target=person.pk)
    assert "Persa" not in client.get("/").content.decode()


def test_recent_records_come_newest_first(cast, enter):
    first, second = run("person.create", [{"last_name": "Uno"}, {"last_name": "Due"}], cast.ctx("carla"))
    actor = cast.actor("carla")
    for person in (first, second, first):
        records.remember(actor, get("person"), person.pk)
    assert [known.label for known in records.recent(actor)] == ["Uno", "Due"]
    assert "Uno" in enter("carla").get("/search/suggest/?q=", **PART).content.decode()


def test_preferences_are_remembered(enter):
    client = enter("carla")
    client.post("/preferences/", {"theme": "dark"}, **PART)
    client.post("/preferences/", {"density": "comfortable", "language": "en"}, **PART)
    html = client.get("/").content.decode()
    assert 'data-bs-theme="dark"' in html
    assert 'data-density="comfortable"' in html
    assert '<html lang="en"' in html


@pytest.mark.parametrize("form", [{"theme": "pink"}, {"unicorn": "1"}, {"language": "xx"}, {"lists": "x"}])
def test_unknown_preference_is_refused(enter, form):
    answer = enter("carla").post("/preferences/", form, **PART)
    assert answer.status_code == 422
    assert json.loads(answer.content)["errors"]


def test_after_saving_without_htmx_one_stays_on_this_site(enter):
    answer = enter("carla").post("/preferences/", {"theme": "dark", "next": "https://evil.example/"})
    assert answer.headers["Location"] == "/"


def test_widgets_are_loaded_one_by_one(enter):
    client = enter("carla")
    assert 'hx-get="/home/recent/"' in client.get("/").content.decode()
    assert client.get("/home/recent/", **PART).status_code == 200
    assert client.get("/home/unicorn/", **PART).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_on_a_star_take_turns(cast):
    person = run("person.create", {"last_name": "Rossi"}, cast.ctx("carla"))
    star, answers = {"module": "person", "id": person.pk}, []

    def second_click():
        with closing(connection):
            answers.append(run("favourite.toggle", star, cast.ctx("carla")))

    click = threading.Thread(target=second_click)
    with transaction.atomic():
        answers.append(run("favourite.toggle", star, cast.ctx("carla")))
        click.start()
        while not waiting_for_locks():
            time.sleep(0.01)
    click.join()
    assert answers == [True, False]


def waiting_for_locks() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0] > 0
