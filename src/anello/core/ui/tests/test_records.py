"""The record page: who sees what of a record, and what that costs."""

from __future__ import annotations

import html
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import resolve, reverse
from tests.samples import sample

from anello.core.accounts.models import Role
from anello.core.actions import run
from anello.core.modules import all_modules, get
from anello.core.ui.records import related

pytestmark = pytest.mark.django_db
MOST_QUERIES = 15


def hide(role: str, module: str, **levels: str) -> None:
    """Field rules of a role."""
    found = Role.objects.get(key=role)
    found.fields = {module: levels}
    found.save()


def test_page_shows_identity_facts_and_history(as_, cast, mario):
    run("person.update", {"city": "Torino"}, cast.ctx("carla"), target=mario.pk)
    html = as_(cast.carla).get(f"/people/{mario.pk}/").content.decode()
    assert "<h1>Mario Rossi</h1>" in html
    assert "mario@rossi.example" in html
    assert "<strong>Milano</strong>" in html
    assert "<strong>Torino</strong>" in html
    assert "Carla Conti" in html


def test_history_tells_of_an_amount_that_was_set_cleared_and_set_again(as_, cast):
    product = run("product.create", {"code": "SED", "name": "Sedia", "price": "10"}, cast.ctx("bruno"))
    for cost in ("5", None, "6"):
        run("product.update", {"cost": cost}, cast.ctx("bruno"), target=product.pk)
    html = as_(cast.bruno).get(f"/products/{product.pk}/").content.decode()
    assert "<strong>5,00\xa0€</strong>" in html
    assert "<strong>6,00\xa0€</strong>" in html


@pytest.mark.parametrize("name", ["dario", "marta"])
@pytest.mark.parametrize("path", ["", "edit/", "edit/city/", "?part=head", "?part=related", "?part=side", "do/x/"])
def test_foreign_records_do_not_exist(as_, cast, mario, name, path):
    assert as_(getattr(cast, name)).get(f"/people/{mario.pk}/{path}").status_code == 404


@pytest.mark.parametrize("path", ["edit/", "edit/city/", "delete/", "files/", "watch/", "do/person.x/"])
def test_foreign_records_cannot_be_changed(as_, cast, mario, path):
    assert as_(cast.dario).post(f"/people/{mario.pk}/{path}", {"city": "Roma"}).status_code == 404
    mario.refresh_from_db()
    assert (mario.city, mario.deleted_at) == ("Milano", None)


@pytest.mark.parametrize(
    "path", ["/nothing/1/", "/people/999999/", "/people/99999999999999999999/", "/nothing/new/", "/lookup/nothing/"]
)
def test_what_is_not_there_is_404(as_, cast, path):
    assert as_(cast.anna).get(path).status_code == 404


def test_visitors_are_sent_to_sign_in(client, mario):
    answer = client.get(f"/people/{mario.pk}/")
    assert answer.status_code == 302
    assert "next=" in answer.headers["Location"]


def test_who_may_only_look_gets_no_way_to_change(as_, cast, mario):
    browser = as_(cast.ivo)
    html = browser.get(f"/people/{mario.pk}/").content.decode()
    assert "editable" not in html
    assert f"/people/{mario.pk}/edit/" not in html
    assert f"/people/{mario.pk}/delete/" not in html
    assert browser.get(f"/people/{mario.pk}/edit/").status_code == 403
    assert browser.get(f"/people/{mario.pk}/edit/city/").status_code == 404
    assert browser.post(f"/people/{mario.pk}/delete/").status_code == 403


def test_hidden_fields_leave_no_trace(as_, cast, mario):
    run("person.update", {"city": "Segretopoli"}, cast.ctx("carla"), target=mario.pk)
    hide("sales", "person", city="hidden")
    browser = as_(cast.carla)
    for url in ("", "?part=facts", "?part=timeline", "?part=head", "edit/"):
        html = browser.get(f"/people/{mario.pk}/{url}").content.decode()
        assert "Segretopoli" not in html
        assert "Milano" not in html
        assert 'name="city"' not in html
    assert "Segretopoli" not in browser.get(f"/people/{mario.pk}/?part=timeline").content.decode()
    assert browser.get(f"/people/{mario.pk}/edit/city/").status_code == 404
    assert browser.post(f"/people/{mario.pk}/edit/city/", {"city": "Roma"}).status_code == 404


def test_read_only_fields_are_shown_and_not_edited(as_, cast, mario):
    hide("sales", "person", city="read")
    browser = as_(cast.carla)
    html = browser.get(f"/people/{mario.pk}/").content.decode()
    assert "Milano" in html
    assert "/edit/city/" not in html
    assert 'name="city"' not in browser.get(f"/people/{mario.pk}/edit/").content.decode()
    assert browser.post(f"/people/{mario.pk}/edit/city/", {"city": "Roma"}).status_code == 404
    browser.post(f"/people/{mario.pk}/edit/", {"city": "Roma", "last_name": "Rossi", "version": 1})
    mario.refresh_from_db()
    assert mario.city == "Milano"


def test_titles_of_records_one_may_not_see_stay_unnamed(as_, cast):
    secret = run("organisation.create", {"name": "Segretissima"}, cast.ctx("anna"))
    person = run("person.create", {"last_name": "Neri", "organisation": secret.pk}, cast.ctx("anna"))
    run("person.update", {"owner": cast.carla.pk}, cast.ctx("anna"), target=person.pk)
    html = as_(cast.carla).get(f"/people/{person.pk}/").content.decode()
    assert "Neri" in html
    assert "Segretissima" not in html


def test_history_is_paged_and_complete(as_, cast, mario):
    for i in range(25):
        run("person.update", {"city": f"Città{i}."}, cast.ctx("carla"), target=mario.pk)
    browser = as_(cast.carla)
    html, url = "", f"/people/{mario.pk}/?part=timeline"
    pages = 0
    while url:
        page = browser.get(url).content.decode()
        html, pages = html + page, pages + 1
        url = page.partition('timeline-more"><button type="button" class="btn btn-sm" hx-get="')[2].partition('"')[0]
        url = url.replace("&amp;", "&")
    assert pages == 2
    assert all(html.count(f"<strong>Città{i}.</strong>") in (1, 2) for i in range(25))
    assert html.count('class="timeline-item') == 26


@pytest.mark.parametrize("before", ["", "x", "2026-99-99T00:00:00Z", "2026-11-21T10:00:00"])
def test_forged_places_in_the_timeline_are_404(as_, cast, mario, before):
    answer = as_(cast.carla).get(f"/people/{mario.pk}/", {"part": "timeline", "before": before})
    assert answer.status_code == 404


def test_script_in_a_field_stays_text(as_, cast):
    evil = "<script>alert(1)</script>"
    person = run("person.create", {"last_name": evil, "notes": evil, "tags": [evil[:50]]}, cast.ctx("carla"))
    run("person.update", {"city": evil}, cast.ctx("carla"), target=person.pk)
    browser = as_(cast.carla)
    for url in (f"/people/{person.pk}/", f"/people/{person.pk}/edit/", "/lookup/person/?q=script"):
        assert "<script>alert" not in browser.get(url).content.decode()


def test_related_records_are_counted_shown_and_added(as_, cast):
    firm = run("organisation.create", {"name": "Brenta"}, cast.ctx("carla"))
    run("person.create", [{"last_name": f"P{i}", "organisation": firm.pk} for i in range(7)], cast.ctx("carla"))
    run("person.create", {"last_name": "Invisibile", "organisation": firm.pk}, cast.ctx("anna"))
    html = as_(cast.carla).get(f"/organisations/{firm.pk}/?part=related").content.decode()
    assert html.count('related-row"') == 5
    assert '<span class="count">7</span>' in html
    assert "Invisibile" not in html
    assert f"organisation={firm.pk}" in html


def test_a_timeline_drawn_anew_is_as_long_as_it_was(as_, cast, mario):
    for number in range(24):
        run("person.update", {"job_title": f"Capo {number}"}, cast.ctx("carla"), target=mario.pk)
    browser, url = as_(cast.carla), f"/people/{mario.pk}/?part=timeline"
    first = browser.get(url).content.decode()
    assert first.count("timeline-dot") == 20
    older = html.unescape(re.search(r'hx-get="([^"]*before=[^"]*)"', first)[1])
    assert '<input type="hidden" name="depth" value="2">' in browser.get(older).content.decode()
    anew = browser.get(f"{url}&depth=2").content.decode()
    assert anew.count("timeline-dot") == 25
    assert '<input type="hidden" name="depth" value="2">' in anew


def test_a_related_list_that_was_opened_is_open_when_drawn_anew(as_, cast, monkeypatch):
    monkeypatch.setattr(related, "OPEN", 0)
    firm = run("organisation.create", {"name": "Brenta"}, cast.ctx("carla"))
    run("person.create", {"last_name": "Rossi", "organisation": firm.pk}, cast.ctx("carla"))
    browser, url = as_(cast.carla), f"/organisations/{firm.pk}/?part=related"
    assert "related-row" not in browser.get(url).content.decode()
    for address in (f"{url}&only=person.organisation", f"{url}&open=person.organisation"):
        opened = browser.get(address).content.decode()
        assert opened.count('related-row"') == 1
        assert '<input type="hidden" name="open" value="person.organisation">' in opened


def test_previewing_in_the_panel_is_the_same_page(as_, cast, mario):
    headers = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "div#panel"}
    html = as_(cast.carla).get(f"/people/{mario.pk}/", headers=headers).content.decode()
    assert "<html" not in html
    assert f"/people/{mario.pk}/delete/?stay=1" in html


def test_following_a_record_puts_the_name_among_its_followers(as_, cast, mario):
    browser = as_(cast.bruno)
    browser.post(f"/people/{mario.pk}/watch/", {"on": "1"})
    assert "Bruno Bassi" in browser.get(f"/people/{mario.pk}/?part=side").content.decode()
    browser.post(f"/people/{mario.pk}/watch/", {"on": "0"})
    assert "Bruno Bassi" not in browser.get(f"/people/{mario.pk}/?part=side").content.decode()


def test_deleting_can_be_undone(as_, cast, mario):
    answer = as_(cast.carla).post(f"/people/{mario.pk}/delete/", headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "/undo/" in answer.headers["HX-Trigger"]
    assert as_(cast.carla).get(f"/people/{mario.pk}/").status_code == 404


@pytest.mark.parametrize("name", [m.name for m in all_modules()])
def test_every_part_of_the_page_costs_at_most_15_queries(as_, cast, name):
    """Bruno sees by teams, which costs more than seeing all."""
    module = get(name)
    record = module.model._default_manager.first() or sample(module, cast.bruno)
    browser = as_(cast.bruno)
    expensive: dict[str, list[str]] = {}
    for part in ("", "?part=head", "?part=facts", "?part=timeline", "?part=related", "?part=side", "edit/"):
        url = f"/{module.slug}/{record.pk}/{part}"
        with CaptureQueriesContext(connection) as queries:
            answer = browser.get(url)
        assert answer.status_code in (200, 403, 404), url
        if len(queries) > MOST_QUERIES:
            expensive[url] = [q["sql"][:150] for q in queries]
    assert not expensive


def test_no_other_address_stands_in_the_way_of_a_lookup():
    for module in all_modules():
        assert resolve(reverse("ui:lookup", args=[module.name])).func.__name__ == "lookup", module.name
