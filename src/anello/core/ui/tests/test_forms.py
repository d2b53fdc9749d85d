"""Forms: what people type becomes values or words at the field; nothing typed is lost; two people at once merge."""

from __future__ import annotations

import decimal
from typing import Annotated

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pydantic import BaseModel, Field
from tests.samples import sample

from anello.core.accounts.models import Role
from anello.core.actions import Context, Invalid, action, run
from anello.core.actions import registry as actions
from anello.core.modules import get
from anello.core.ui import formats
from anello.kit.text import L

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true", "HX-Request-Type": "partial"}


def text(answer) -> str:
    return answer.content.decode()


def people():
    return get("person").model.objects


# Creating


def test_what_italians_type_is_understood(as_, cast):
    answer = as_(cast.carla).post(
        "/organisations/new/",
        {"name": "Brenta", "phone": "0444 123456", "revenue": "1.234.567,50", "employees": "85", "key_account": "true"},
    )
    firm = get("organisation").model.objects.get()
    assert answer.headers["Location"] == f"/organisations/{firm.pk}/"
    assert (firm.phone, firm.revenue, firm.employees) == ("+390444123456", decimal.Decimal("1234567.50"), 85)
    assert firm.key_account


def test_what_the_english_type_is_understood(as_, cast):
    cast.carla.language = "en"
    cast.carla.save()
    as_(cast.carla).post("/organisations/new/", {"name": "Brenta", "revenue": "1,234.50"})
    assert get("organisation").model.objects.get().revenue == decimal.Decimal("1234.50")


def test_errors_stand_at_their_fields_and_what_was_typed_stays(as_, cast):
    typed = {"first_name": "Ugo", "last_name": "", "email": "no", "birth_date": "31/02/2020", "notes": "Da tenere"}
    answer = as_(cast.carla).post("/people/new/", typed)
    assert answer.status_code == 422
    html = text(answer)
    assert html.count('class="form-error"') == 3
    assert 'value="Ugo"' in html
    assert 'value="no"' in html
    assert "Da tenere" in html
    assert not people().exists()


@pytest.mark.parametrize(
    "values",
    [
        {"last_name": "x" * 5000},
        {"last_name": "nul\x00nul"},
        {"last_name": "Rossi", "organisation": "999999"},
        {"last_name": "Rossi", "organisation": "9" * 500},
        {"last_name": "Rossi", "organisation": "Brenta"},
        {"last_name": "Rossi", "source": "nonsense"},
        {"last_name": "Rossi", "birth_date": "soon"},
        {"last_name": "Rossi", "email": "a@b\r\nBcc: x@y.example"},
        {"last_name": "Rossi", "tags": ["x" * 500]},
    ],
)
def test_hostile_values_are_refused_and_nothing_is_stored(as_, cast, values):
    answer = as_(cast.carla).post("/people/new/", values)
    assert answer.status_code == 422
    assert 'class="form-error"' in text(answer)
    assert not people().exists()


def test_fields_that_are_not_the_actors_are_ignored(as_, cast):
    role = Role.objects.get(key="sales")
    role.fields = {"person": {"tax_code": "hidden", "source": "read"}}
    role.save()
    forged = {
        "last_name": "Rossi",
        "tax_code": "RSSMRA84C12F205Y",
        "source": "web",
        "phase": "loyal",
        "id": "7",
        "version": "9",
    }
    as_(cast.carla).post("/people/new/", forged)
    made = people().get()
    assert (made.tax_code, made.source, made.phase) == ("", "", "prospect")


def test_who_may_not_create_finds_no_form(as_, cast):
    assert as_(cast.ivo).get("/people/new/").status_code == 404
    assert as_(cast.ivo).post("/people/new/", {"last_name": "Rossi"}).status_code == 404
    assert as_(cast.marta).get("/people/new/").status_code == 404


def test_the_address_fills_fields_in_and_titles_stay_secret(as_, cast):
    firm = run("organisation.create", {"name": "Brenta"}, cast.ctx("carla"))
    html = text(as_(cast.carla).get(f"/people/new/?organisation={firm.pk}&last_name=Verdi&source=web"))
    assert 'value="Verdi"' in html
    assert 'value="Brenta"' in html
    assert '<option value="web" selected>' in html
    assert 'value="Brenta"' not in text(as_(cast.dario).get(f"/people/new/?organisation={firm.pk}"))


def test_quick_form_asks_little_and_says_where_it_belongs(as_, cast):
    firm = run("organisation.create", {"name": "Brenta"}, cast.ctx("carla"))
    url = f"/people/new/?quick=1&stay=1&organisation={firm.pk}"
    html = text(as_(cast.carla).get(url, headers=PART))
    assert 'name="last_name"' in html
    assert 'name="notes"' not in html
    answer = as_(cast.carla).post(url, {"last_name": "Neri", "organisation": firm.pk}, headers=PART)
    assert "dialog:close" in answer.headers["HX-Trigger"]
    assert people().get().organisation_id == firm.pk


def test_save_and_new_gives_an_empty_form(as_, cast):
    answer = as_(cast.carla).post("/people/new/?quick=1", {"last_name": "Neri", "again": "1"}, headers=PART)
    assert answer.status_code == 200
    assert "Neri" not in text(answer)
    assert people().count() == 1


def test_a_form_sent_twice_makes_one_record_and_another_one_when_it_says_something_else(as_, cast):
    browser, form = as_(cast.carla), {"last_name": "Neri", "once": "0a1b"}
    for _ in range(2):
        browser.post("/people/new/", form)
    assert people().count() == 1
    browser.post("/people/new/", {**form, "first_name": "Ugo"})
    assert people().count() == 2


def test_what_was_typed_quickly_goes_on_in_the_whole_form(as_, cast):
    firm = run("organisation.create", {"name": "Brenta"}, cast.ctx("carla"))
    url = f"/people/new/?quick=1&stay=1&organisation={firm.pk}"
    typed = {"last_name": "Neri", "organisation": firm.pk, "all": "1"}
    html = text(as_(cast.carla).post(url, typed, headers=PART))
    for words in ('value="Neri"', 'value="Brenta"', 'name="notes"', f'action="/people/new/?organisation={firm.pk}"'):
        assert words in html
    # Its draft begins with what is in it.
    assert " data-dirty" in html
    assert not people().exists()


def test_drafts_belong_to_what_the_address_fills_in(as_, cast):
    browser = as_(cast.carla)
    assert 'data-draft="/people/new/"' in text(browser.get("/people/new/"))
    assert 'data-draft="/people/new/?last_name=Verdi"' in text(browser.get("/people/new/?last_name=Verdi"))


def test_duplicates_are_shown_while_typing_and_only_visible_ones(as_, cast, mario):
    url = "/people/new/duplicates/?email=MARIO@rossi.example"
    assert f"/people/{mario.pk}/" in text(as_(cast.carla).get(url))
    assert "Mario Rossi" not in text(as_(cast.dario).get(url))
    assert text(as_(cast.carla).get("/people/new/duplicates/?email=half")).strip() == ""
    assert "Mario Rossi" not in text(as_(cast.carla).get(f"{url}&record={mario.pk}"))


# Editing


def test_saving_changes_what_was_changed(as_, cast, mario):
    browser = as_(cast.carla)
    assert 'value="Milano"' in text(browser.get(f"/people/{mario.pk}/edit/"))
    browser.post(f"/people/{mario.pk}/edit/", {"last_name": "Rossi", "city": "Torino", "version": mario.version})
    mario.refresh_from_db()
    assert mario.city == "Torino"


def test_two_people_on_different_fields_do_not_disturb_each_other(as_, cast, mario):
    """Bruno's form holds the old city, which Carla changed and he did not touch."""
    run("person.update", {"city": "Torino"}, cast.ctx("carla"), target=mario.pk)
    typed = {"last_name": "Rossi", "city": "Milano", "job_title": "CFO", "version": "1"}
    as_(cast.bruno).post(f"/people/{mario.pk}/edit/", typed)
    mario.refresh_from_db()
    assert (mario.city, mario.job_title) == ("Torino", "CFO")


@pytest.mark.parametrize(("choice", "city"), [("mine", "Roma"), ("theirs", "Torino")])
def test_two_people_on_the_same_field_choose(as_, cast, mario, choice, city):
    run("person.update", {"city": "Torino"}, cast.ctx("carla"), target=mario.pk)
    browser = as_(cast.bruno)
    typed = {"last_name": "Rossi", "city": "Roma", "job_title": "CFO", "version": "1"}
    answer = browser.post(f"/people/{mario.pk}/edit/", typed)
    assert answer.status_code == 409
    html = text(answer)
    assert "Torino" in html
    assert "Roma" in html
    assert "Carla Conti" in html
    assert 'name="job_title" value="CFO"' in html
    mario.refresh_from_db()
    assert mario.city == "Torino"
    browser.post(f"/people/{mario.pk}/edit/", {**typed, "version": mario.version, "keep:city": choice})
    mario.refresh_from_db()
    assert (mario.city, mario.job_title) == (city, "CFO")


def test_amounts_of_two_versions_are_in_the_record_s_currency(as_, cast):
    values = {"name": "Sedie", "amount": 100, "currency": "USD"}
    deal = run("opportunity.create", {**values, "stage": sample(get("stage")).pk}, cast.ctx("carla"))
    run("opportunity.update", {"amount": 200}, cast.ctx("carla"), target=deal.pk)
    typed = {"name": "Sedie", "amount": "300", "version": deal.version}
    html = text(as_(cast.bruno).post(f"/opportunities/{deal.pk}/edit/", typed))
    for amount in (200, 300):
        assert formats.money(amount, "USD") in html


def test_what_was_typed_into_a_deleted_record_can_be_saved_as_new(as_, cast, mario):
    run("person.delete", None, cast.ctx("carla"), target=mario.pk)
    answer = as_(cast.carla).post(f"/people/{mario.pk}/edit/", {"last_name": "Rossi", "notes": "Lungo lavoro"})
    assert answer.status_code == 410
    html = text(answer)
    assert "Lungo lavoro" in html
    assert 'action="/people/new/"' in html
    assert "Carla Conti" in html
    foreign = as_(cast.dario).post(f"/people/{mario.pk}/edit/", {"last_name": "Rossi"})
    assert foreign.status_code == 404


# One value


def test_a_cell_is_edited_in_its_place(as_, cast, mario):
    browser = as_(cast.carla)
    assert 'value="Milano"' in text(browser.get(f"/people/{mario.pk}/edit/city/"))
    answer = browser.post(f"/people/{mario.pk}/edit/city/", {"city": "Torino", "version": "1"})
    assert (answer.status_code, text(answer)) == (200, "Torino")


def test_a_cell_says_what_is_wrong_and_keeps_what_was_typed(as_, cast, mario):
    answer = as_(cast.carla).post(f"/people/{mario.pk}/edit/email/", {"email": "nope", "version": "1"})
    assert answer.status_code == 422
    assert 'value="nope"' in text(answer)
    assert "form-error" in text(answer)


def test_a_cell_tells_what_others_wrote_meanwhile(as_, cast, mario):
    run("person.update", {"city": "Torino"}, cast.ctx("carla"), target=mario.pk)
    browser = as_(cast.bruno)
    answer = browser.post(f"/people/{mario.pk}/edit/city/", {"city": "Roma", "version": "1"})
    assert answer.status_code == 409
    assert "Torino" in text(answer)
    assert 'value="Roma"' in text(answer)
    assert text(browser.post(f"/people/{mario.pk}/edit/city/", {"city": "Roma", "version": "2"})) == "Roma"


@pytest.mark.parametrize("name", ["title", "created_at", "id", "team", "nonsense", "version", "search_text"])
def test_derived_fields_have_no_cell_editor(as_, cast, mario, name):
    assert as_(cast.carla).get(f"/people/{mario.pk}/edit/{name}/").status_code == 404


def test_a_choice_can_be_cleared_and_a_checkbox_unchecked(as_, cast):
    firm = run("organisation.create", {"name": "B", "key_account": True, "source": "web"}, cast.ctx("carla"))
    browser = as_(cast.carla)
    browser.post(f"/organisations/{firm.pk}/edit/key_account/", {"version": "1"})
    browser.post(f"/organisations/{firm.pk}/edit/source/", {"version": "2", "source": ""})
    firm.refresh_from_db()
    assert (firm.key_account, firm.source) == (False, "")


# Looking up


def test_lookup_finds_by_letters_and_only_what_is_visible(as_, cast, mario):
    assert "Mario Rossi" in text(as_(cast.carla).get("/lookup/person/?q=ros"))
    assert "Mario Rossi" in text(as_(cast.carla).get("/lookup/person/"))
    assert "Mario Rossi" not in text(as_(cast.dario).get("/lookup/person/?q=ros"))
    assert as_(cast.marta).get("/lookup/person/?q=ros").status_code == 404
    assert "Bruno Bassi" in text(as_(cast.carla).get("/lookup/user/?q=bas"))
    assert f'data-value="person:{mario.pk}"' in text(as_(cast.carla).get("/lookup/any/?in=person&q=ros"))


# Actions


class Promote(BaseModel):
    """What the dialog asks."""

    source: Annotated[
        str, Field(json_schema_extra={"label": L("Nuova fonte", "New source"), "options": [("fair", "A")]})
    ]
    amount: decimal.Decimal = Field(decimal.Decimal(0), title="Amount")


@pytest.fixture
def promote():
    @action("person.promote", module="person", input=Promote, label=L("Promuovi", "Promote"), when=lambda p: p.city)
    def handler(ctx: Context, person, data: Promote):
        if data.amount < 0:
            raise Invalid({"amount": ["Troppo poco."]})
        return ctx.update(person, {"source": data.source, "notes": str(data.amount)})

    yield "person.promote"
    del actions._actions["person.promote"]


def test_an_action_asks_in_a_dialog_runs_and_can_be_undone(as_, cast, mario, promote):
    browser, url = as_(cast.carla), f"/people/{mario.pk}/do/{promote}/"
    assert url in text(browser.get(f"/people/{mario.pk}/"))
    assert "Nuova fonte" in text(browser.get(url))
    refused = browser.post(url, {"source": "fair", "amount": "-1"}, headers=PART)
    assert refused.status_code == 422
    assert "Troppo poco." in text(refused)
    done = browser.post(url, {"source": "fair", "amount": "1.234,50"}, headers=PART)
    assert "/undo/" in done.headers["HX-Trigger"]
    mario.refresh_from_db()
    assert (mario.source, mario.notes) == ("fair", "1234.50")


def test_an_action_that_makes_no_sense_now_or_is_not_allowed_does_not_exist(as_, cast, mario, promote):
    url = f"/people/{mario.pk}/do/{promote}/"
    for name in ("dario", "marta", "ivo"):
        assert as_(getattr(cast, name)).post(url, {"source": "fair"}).status_code == 404
    run("person.update", {"city": ""}, cast.ctx("carla"), target=mario.pk)
    assert as_(cast.carla).get(url).status_code == 404
    assert url not in text(as_(cast.carla).get(f"/people/{mario.pk}/"))
    assert as_(cast.carla).post(f"/people/{mario.pk}/do/lead.convert/").status_code == 404


# Files


@pytest.fixture
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def upload(browser, mario, name="a.pdf", content=b"%PDF-1.7 x", kind="application/pdf"):
    posted = SimpleUploadedFile(name, content, kind)
    return browser.post(f"/people/{mario.pk}/files/", {"file": posted}, headers=PART)


def attachment():
    from anello.core.files.models import Attachment

    return Attachment.everything.get()


def test_files_follow_their_record(as_, cast, mario, media):
    assert "a.pdf" in text(upload(as_(cast.carla), mario))
    url = f"/files/{attachment().pk}/"
    got = as_(cast.bruno).get(url)
    assert b"".join(got.streaming_content) == b"%PDF-1.7 x"
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    for name in ("dario", "marta"):
        assert as_(getattr(cast, name)).get(url).status_code == 404
    assert upload(as_(cast.dario), mario).status_code == 404
    assert upload(as_(cast.ivo), mario).status_code == 403


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.html", b"<script>alert(1)</script>"),
        ("image.svg", b"<svg onload='alert(1)'/>"),
        ("fake.png", b"<html><script>alert(1)</script>"),
        ("fake.pdf", b"<html>"),
    ],
)
def test_nothing_that_could_run_is_shown_in_place(as_, cast, mario, media, name, content):
    browser = as_(cast.carla)
    upload(browser, mario, name, content, "image/png")
    got = browser.get(f"/files/{attachment().pk}/?inline=1")
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert got.headers["Content-Type"] == "application/octet-stream"


def test_real_images_are_shown_in_place(as_, cast, mario, media):
    browser = as_(cast.carla)
    upload(browser, mario, "x.bin", b"\x89PNG\r\n\x1a\n....")
    got = browser.get(f"/files/{attachment().pk}/?inline=1")
    assert got.headers["Content-Type"] == "image/png"
    assert got.headers["Content-Disposition"].startswith("inline")


def test_too_large_a_file_is_refused_in_words_and_leaves_nothing(as_, cast, mario, media, settings):
    settings.ATTACHMENT_MAX_BYTES = 2**20
    answer = upload(as_(cast.carla), mario, content=b"x" * (2**20 + 1))
    assert answer.status_code == 413
    assert "1 MB" in answer.headers["HX-Trigger"]
    assert not [p for p in media.rglob("*") if p.is_file()]


def test_a_path_as_file_name_is_only_its_last_part(as_, cast, mario, media):
    upload(as_(cast.carla), mario, "..\\..\\etc/passwd\x1f<b>.pdf")
    assert attachment().name == "passwdb.pdf"


def test_removing_a_file_can_be_taken_back(as_, cast, mario, media):
    browser = as_(cast.carla)
    upload(browser, mario)
    pk = attachment().pk
    assert as_(cast.dario).post(f"/files/{pk}/delete/").status_code == 404
    answer = browser.post(f"/files/{pk}/delete/", headers=PART)
    assert f"/files/{pk}/recover/" in answer.headers["HX-Trigger"]
    assert browser.get(f"/files/{pk}/").status_code == 404
    browser.post(f"/files/{pk}/recover/", headers=PART)
    assert browser.get(f"/files/{pk}/").status_code == 200
    html = text(browser.get(f"/people/{mario.pk}/?part=timeline"))
    assert html.count("a.pdf") == 3
