"""The screens of the customer database over HTTP."""

from __future__ import annotations

import pytest
from django.test import Client

from anello.core.actions import run
from anello.core.modules import get
from anello.customers import merging
from anello.customers.jobs import scan
from anello.customers.models import DuplicatePair, Interaction, MergeRecord, Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def browse(cast):
    def as_user(name):
        client = Client()
        client.force_login(getattr(cast, name))
        return client

    return as_user


@pytest.fixture
def twins(cast):
    values = {"first_name": "Mario", "last_name": "Rossi", "email": "m@rossi.it"}
    one = run("person.create", {**values, "city": "Torino"}, cast.ctx("carla"))
    two = run("person.create", {**values, "city": "<b>Roma</b>", "job_title": "CEO"}, cast.ctx("carla"))
    scan("person")
    return one, two


def test_pairs_are_shown_to_those_who_may_change_both(browse, twins):
    page = browse("carla").get("/people/duplicates/").content.decode()
    assert page.count("Mario Rossi") >= 2
    assert "Stessa e-mail" in page
    for name in ("dario", "elena"):
        assert "Mario Rossi" not in browse(name).get("/people/duplicates/").content.decode()
    for name in ("marta", "ivo"):
        assert browse(name).get("/people/duplicates/").status_code == 404


def test_side_by_side_offers_what_differs_and_escapes_it(browse, twins):
    one, two = twins
    page = browse("carla").get(f"/people/merge/?id={one.pk}&id={two.pk}").content.decode()
    assert f'name="take-city" value="{one.pk}" checked' in page
    assert f'name="take-job_title" value="{two.pk}" checked' in page
    assert 'name="take-email"' not in page
    assert "<b>Roma" not in page


def test_merging_on_the_screen_keeps_the_chosen_values_and_is_undone(browse, twins):
    one, two = twins
    client = browse("carla")
    data = {"id": [one.pk, two.pk], "survivor": one.pk, "take-city": two.pk}
    answer = client.post("/people/merge/", data)
    assert (answer.status_code, answer["Location"]) == (302, f"/people/{one.pk}/")
    one.refresh_from_db()
    assert (one.city, one.job_title) == ("<b>Roma</b>", "CEO")
    assert merging.heir(get("person"), two.pk) == one.pk
    made = MergeRecord.objects.get()
    assert client.post(f"/people/{one.pk}/unmerge/{made.pk}/").status_code == 200
    assert Person.objects.count() == 2
    assert client.post(f"/people/{one.pk}/unmerge/{made.pk}/").status_code == 422


def test_foreign_records_cannot_be_compared(cast, browse, twins):
    theirs = run("person.create", {"last_name": "Verdi"}, cast.ctx("dario"))
    for ids in (f"id={twins[0].pk}&id={theirs.pk}", "id=999999", "id=x", ""):
        assert browse("carla").get(f"/people/merge/?{ids}").status_code == 404


def test_dismissing_a_pair_is_undone_by_its_toast(browse, twins):
    client = browse("carla")
    pair = DuplicatePair.objects.get()
    client.post(f"/people/duplicates/{pair.pk}/dismiss/")
    pair.refresh_from_db()
    assert pair.status == "dismissed"
    client.post(f"/people/duplicates/{pair.pk}/reopen/")
    pair.refresh_from_db()
    assert pair.status == "open"
    assert browse("dario").post(f"/people/duplicates/{pair.pk}/dismiss/").status_code == 404


def test_the_composer_logs_a_call_and_keeps_what_was_typed_when_refused(browse, twins):
    one, _two = twins
    client = browse("carla")
    answer = client.post(f"/people/{one.pk}/log/", {"channel": "phone", "direction": "in", "body": "Richiamare"})
    assert answer.status_code == 302
    logged = Interaction.objects.get()
    assert (logged.person, logged.channel, logged.body) == (one, "phone", "Richiamare")
    refused = client.post(f"/people/{one.pk}/log/", {"channel": "pigeon", "body": "Vola"})
    assert refused.status_code == 422
    assert "Vola" in refused.content.decode()
    assert client.post(f"/people/{one.pk}/log/", {"channel": "note"}).status_code == 422
    assert browse("dario").post(f"/people/{one.pk}/log/", {"channel": "note", "body": "x"}).status_code in (404, 422)
    assert Interaction.objects.count() == 1


def test_the_dossier_is_a_zip_for_those_who_may_export(browse, twins):
    one, _two = twins
    answer = browse("bruno").post(f"/people/{one.pk}/dossier/")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/zip")
    for name in ("carla", "marta"):
        assert browse(name).post(f"/people/{one.pk}/dossier/").status_code == 404
    assert browse("bruno").get(f"/people/{one.pk}/dossier/").status_code == 405


def test_forgetting_needs_elevation(browse, twins):
    one, _two = twins
    assert browse("anna").post(f"/people/{one.pk}/erase/").status_code == 403
    one.refresh_from_db()
    assert one.last_name == "Rossi"


@pytest.fixture
def furnished(cast):
    """An organisation and a person of whom there is much to show."""
    ctx = cast.ctx
    firm = run("organisation.create", {"name": "Officine Verdi"}, ctx("carla"))
    person = run("person.create", {"first_name": "Ada", "last_name": "Neri", "organisation": firm.pk}, ctx("carla"))
    for link, customer in (("person", person), ("organisation", firm)):
        mine = {link: customer.pk}
        run("contact_point.create", [mine | {"kind": "email", "value": f"{i}@x.it"} for i in range(5)], ctx("carla"))
        run("address.create", mine | {"kind": "billing", "street": "Via Po 1", "city": "Torino"}, ctx("carla"))
        run("consent.create", mine | {"purpose": "email", "status": "given", "source": "paper"}, ctx("carla"))
        talk = [mine | {"channel": c, "body": f"{c} <i>{n}</i>"} for c in ("note", "phone", "email") for n in range(9)]
        run("interaction.create", talk, ctx("carla"))
    run("relation.create", {"person": person.pk, "kind": "works_for", "other_organisation": firm.pk}, ctx("carla"))
    return person, firm


@pytest.mark.parametrize("part", ["", "?part=related", "?part=side", "?part=timeline&kind=said"])
def test_the_whole_page_costs_a_fixed_number_of_statements(browse, furnished, part, django_assert_max_num_queries):
    person, firm = furnished
    client = browse("carla")
    client.get("/people/")
    for url in (f"/people/{person.pk}/{part}", f"/organisations/{firm.pk}/{part}"):
        with django_assert_max_num_queries(17):  # two of them are the session and the person who asks
            assert client.get(url).status_code == 200


def test_the_page_shows_all_that_hangs_on_the_customer(browse, furnished):
    person, firm = furnished
    client = browse("carla")
    page = client.get(f"/people/{person.pk}/").content.decode()
    assert "phone &lt;i&gt;8&lt;/i&gt;" in page
    assert "Ultimo contatto" in client.get(f"/people/{person.pk}/figures/").content.decode()
    assert browse("dario").get(f"/people/{person.pk}/figures/").status_code == 404
    assert f'action="/people/{person.pk}/log/"' in page
    side = client.get(f"/people/{person.pk}/?part=side").content.decode()
    for text in ('href="mailto:0@x.it"', "Via Po 1, Torino", "lavora per", "Officine Verdi", "Marketing via e-mail"):
        assert text in side
    side = client.get(f"/organisations/{firm.pk}/?part=side").content.decode()
    assert "dà lavoro a" in side
    assert "Ada Neri" in client.get(f"/organisations/{firm.pk}/?part=related").content.decode()


def test_readers_get_no_composer_and_no_buttons(browse, furnished):
    person, _firm = furnished
    page = browse("ivo").get(f"/people/{person.pk}/").content.decode()
    assert "/log/" not in page
    assert "/people/merge/" not in page


def test_the_address_of_a_merged_record_leads_to_the_one_that_stayed(cast, browse, twins):
    one, two = twins
    run("person.merge", {"losers": [two.pk]}, cast.ctx("carla"), target=one.pk)
    answer = browse("carla").get(f"/people/{two.pk}/")
    assert (answer.status_code, answer["Location"]) == (302, f"/people/{one.pk}/")
    for name in ("dario", "marta"):
        assert browse(name).get(f"/people/{two.pk}/").status_code == 404


def test_likely_duplicates_are_named_with_their_reasons_while_typing(cast, twins):
    from anello.core.ui.records.duplicates import find

    found = find(cast.actor("carla"), get("person"), {"first_name": "Mario", "last_name": "Rosssi", "city": "Torino"})
    assert [(one.id, one.why.it) for one in found] == [(twins[0].pk, "Nome simile, Stessa città")]


def test_lists_lead_to_duplicates_and_merge(client, cast):
    client.force_login(cast.carla)
    for slug in ("people", "organisations"):
        page = client.get(f"/{slug}/").content.decode()
        assert f'href="/{slug}/duplicates/"' in page
    run("person.create", {"last_name": "Rossi"}, cast.ctx("carla"))
    assert 'hx-get="/people/merge/"' in client.get("/people/").content.decode()
    client.force_login(cast.ivo)
    assert "duplicates/" not in client.get("/people/").content.decode()


def test_the_composer_notes_a_task_for_a_day(browse, twins):
    one, _two = twins
    form = {"channel": "task", "body": "Mandare il catalogo\nquello nuovo", "due_on": "2026-12-01"}
    assert browse("carla").post(f"/people/{one.pk}/log/", form).status_code == 302
    task = get("activity").model.objects.get()
    assert (task.kind, task.subject, task.description) == ("task", "Mandare il catalogo", "quello nuovo")
    assert (str(task.due_on), task.person_id, task.owner.username) == ("2026-12-01", one.pk, "carla")
