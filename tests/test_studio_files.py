"""Fields that hold files: stored once, named by records, seen by who sees the field, kept as long as anything names them."""

from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from anello.core import contents
from anello.core.actions import Invalid, run
from anello.core.exchange import exporter
from anello.core.exchange.guessing import by_names, template
from anello.core.files import jobs
from anello.core.modules import get
from anello.core.policies import Actor
from anello.core.search import RecordQuery
from anello.core.studio.models import CustomField
from anello.customers.models import MergeRecord
from tests.shapes import fresh, refused

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7 un contratto"


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def contract(add: Any) -> str:
    return add(kind="file", label="Contratto firmato").name


def file(content: bytes = PDF, name: str = "contratto.pdf") -> dict[str, Any]:
    sha256, size, _ = contents.store([content], 10**6)
    return {"name": name, "sha256": sha256, "size": size}


def signed_in(who: Any) -> Client:
    client = Client()
    client.force_login(who)
    return client


def bearer(cast: Any, name: str = "carla") -> Client:
    return Client(
        headers={"Authorization": f"Bearer {run('token.issue', {}, cast.ctx(name))}", "Accept-Language": "en"}
    )


def age(days: float) -> None:
    """As if so much time had passed."""
    for path in contents.older_than(-400 * 86400):
        os.utime(path, (path.stat().st_mtime - days * 86400,) * 2)


def is_there(stored: dict[str, Any]) -> bool:
    return contents.path_of(stored["sha256"]).exists()


def test_uploaded_on_the_page_it_is_named_by_the_field_and_read_by_its_address(cast: Any, contract: str):
    client = signed_in(cast.carla)
    posted = client.post("/files/", {"file": SimpleUploadedFile("contratto.pdf", PDF)})
    said = posted.json()
    assert said == {"name": "contratto.pdf", "sha256": hashlib.sha256(PDF).hexdigest(), "size": len(PDF)}
    assert client.post("/people/new/", {"last_name": "Rossi", contract: posted.content.decode()}).status_code == 302
    person = get("person").model.objects.get(last_name="Rossi")
    assert getattr(person, contract) == said
    address = f"/people/{person.pk}/file/{contract}/"
    for page in (f"/people/{person.pk}/", f"/people/?columns=title,{contract}"):
        html = client.get(page).content.decode()
        assert f'href="{address}?inline=1"' in html
        assert "contratto.pdf" in html
    shown = client.get(f"{address}?inline=1")
    assert (b"".join(shown), shown.headers["Content-Type"]) == (PDF, "application/pdf")
    taken = client.get(address)
    assert taken.headers["Content-Disposition"] == 'attachment; filename="contratto.pdf"'
    assert b"".join(taken) == PDF


def test_what_only_calls_itself_a_pdf_is_never_shown_in_place(cast: Any, contract: str):
    script = file(b"<script>alert(1)</script>", "contratto.pdf")
    person = run("person.create", {"last_name": "Rossi", contract: script}, cast.ctx("carla"))
    answer = signed_in(cast.carla).get(f"/people/{person.pk}/file/{contract}/?inline=1")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    answer.close()


def test_only_who_sees_the_record_and_the_field_gets_the_file(cast: Any, anna: Any, contract: str, client: Client):
    person = run("person.create", {"last_name": "Rossi", contract: file()}, cast.ctx("carla"))
    address = f"/people/{person.pk}/file/{contract}/"
    assert client.get(address).status_code == 302  # to sign in
    for who in ("dario", "carla"):
        seen = RecordQuery(cast.actor(who), get("person")).records.filter(pk=person.pk).exists()
        assert signed_in(getattr(cast, who)).get(address).status_code == (200 if seen else 404)
    assert signed_in(cast.carla).get(f"/people/{person.pk}/file/last_name/").status_code == 404
    assert signed_in(cast.carla).get(f"/people/{person.pk + 999}/file/{contract}/").status_code == 404
    token = bearer(cast)
    assert token.get(f"/api/v1/files/person/{person.pk}/{contract}").status_code == 200
    row = CustomField.objects.get(name=contract)
    role = cast.carla.roles.first()
    rules = {"person": {row.name: "hidden"}}
    run("role.set_access", {"areas": role.areas, "grants": role.grants, "fields": rules}, anna, target=role)
    assert signed_in(type(cast.carla).objects.get(pk=cast.carla.pk)).get(address).status_code == 404
    assert token.get(f"/api/v1/files/person/{person.pk}/{contract}").status_code == 404


def test_the_api_takes_and_gives_files(cast: Any, contract: str):
    api = bearer(cast)
    posted = api.post("/api/v1/files", {"file": SimpleUploadedFile("../../etc/contratto.pdf", PDF)})
    assert (posted.status_code, posted.json()["name"]) == (201, "contratto.pdf")
    made = api.post(
        "/api/v1/people", {"last_name": "Rossi", contract: posted.json()}, content_type="application/json"
    ).json()
    assert made[contract] == posted.json()
    answer = api.get(f"/api/v1/files/person/{made['id']}/{contract}")
    assert b"".join(answer) == PDF
    for path in (
        f"person/{made['id']}/last_name",
        f"person/x/{contract}",
        f"nothing/1/{contract}",
        f"person/²/{contract}",
    ):
        assert api.get(f"/api/v1/files/{path}").status_code == 404
    emptied = api.patch(f"/api/v1/people/{made['id']}", {contract: None}, content_type="application/json").json()
    assert emptied[contract] is None
    assert api.get(f"/api/v1/files/person/{made['id']}/{contract}").status_code == 404


def test_what_is_no_upload_is_refused_in_words(cast: Any, contract: str, settings: Any):
    good = file()
    wrong = [
        "contratto.pdf",
        5,
        ["x"],
        {"name": "a.pdf"},
        {**good, "sha256": "../../etc/passwd"},
        {**good, "sha256": "0" * 64},
        {**good, "name": "   "},
        {**good, "name": "a\x00b"},
        {**good, "more": 1},
    ]
    for value in wrong:
        assert list(refused("person.create", {"last_name": "Rossi", contract: value}, cast.ctx("carla"))) == [contract]
    run("person.create", {"last_name": "Rossi", contract: {**good, "size": 1}}, cast.ctx("carla"))
    assert getattr(get("person").model.objects.get(last_name="Rossi"), contract)["size"] == len(PDF)
    settings.ATTACHMENT_MAX_BYTES = 10
    client = signed_in(cast.carla)
    assert client.post("/files/", {"file": SimpleUploadedFile("a.pdf", PDF)}).status_code == 413
    assert client.post("/files/", {"file": SimpleUploadedFile("...", b"x")}).status_code == 422
    assert client.post("/files/").status_code == 400
    api = bearer(cast)
    too_large = api.post("/api/v1/files", {"file": SimpleUploadedFile("a.pdf", PDF)})
    assert (too_large.status_code, list(too_large.json()["errors"])) == (422, ["file"])
    assert api.post("/api/v1/files", b"not multipart", content_type="multipart/form-data").status_code == 400
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    long = {"last_name": "R" * 200}
    assert api.post("/api/v1/people", long, content_type="application/json").status_code == 413
    assert api.post("/api/v1/files", {}, content_type="application/json").status_code == 422


def test_required_it_asks_for_a_file(cast: Any, add: Any):
    made = add(kind="file", label="Documento", required=True)
    assert list(refused("person.create", {"last_name": "Rossi", made.name: None}, cast.ctx("carla"))) == [made.name]
    assert list(refused("person.create", {"last_name": "Rossi"}, cast.ctx("carla"))) == [made.name]
    run("person.create", {"last_name": "Rossi", made.name: file()}, cast.ctx("carla"))


def test_where_it_is_not_shown_it_is_emptied(cast: Any, add: Any, contract: str):
    proof = add(kind="file", label="Prova", show_if="last_name == 'Rossi'").name
    person = run("person.create", {"last_name": "Rossi", proof: file()}, cast.ctx("carla"))
    run("person.update", {"last_name": "Verdi"}, cast.ctx("carla"), target=person.pk)
    assert getattr(fresh(person), proof) is None


def test_filters_exports_and_history_know_its_name(cast: Any, contract: str):
    one = run("person.create", {"last_name": "Rossi", contract: file()}, cast.ctx("carla"))
    two = run("person.create", {"last_name": "Verdi"}, cast.ctx("carla"))
    actor = cast.actor("carla")
    for op, found in (("not_empty", [one.pk]), ("empty", [two.pk])):
        page = RecordQuery(actor, get("person")).where({"field": contract, "op": op}).page(10)
        assert [record.pk for record in page.records] == found
    records = RecordQuery(cast.actor("anna"), get("person")).where({"field": "last_name", "op": "is", "value": "Rossi"})
    fields = [get("person").field("last_name"), get("person").field(contract)]
    assert list(exporter.rows(records, fields)) == [["Rossi", "contratto.pdf"]]
    assert list(exporter.rows(records, fields, plain=True)) == [["Rossi", fresh(one).__dict__[contract]]]
    run("person.update", {contract: file(b"%PDF-2", "nuovo.pdf")}, cast.ctx("carla"), target=one.pk)
    page = signed_in(cast.carla).get(f"/people/{one.pk}/").content.decode()
    assert "nuovo.pdf" in page
    assert "contratto.pdf" in page  # what it was before


def test_a_table_of_people_is_not_asked_for_files(cast: Any, contract: str):
    anna = Actor.of(cast.anna)
    mapped = by_names(anna, get("person"), ["last_name", "Contratto firmato"])
    assert mapped is not None
    assert [column.field for column in mapped.feeds[0].columns] == ["last_name"]
    assert "Contratto firmato" not in template(anna, get("person"))[0]


def test_many_records_can_name_one_content(cast: Any, contract: str):
    stored = file()
    people = run("person.create", [{"last_name": f"Rossi {n}", contract: stored} for n in range(60)], cast.ctx("carla"))
    assert all(getattr(fresh(person), contract) == stored for person in people)
    other = file(b"%PDF-2", "altro.pdf")
    run("person.update", {contract: other}, cast.ctx("carla"), target=[person.pk for person in people])
    assert all(getattr(fresh(person), contract) == other for person in people)


def test_what_is_replaced_can_be_taken_back_for_thirty_days(cast: Any, contract: str):
    before, after = file(), file(b"%PDF-2", "nuovo.pdf")
    person = run("person.create", {"last_name": "Rossi", contract: before}, cast.ctx("carla"))
    age(days=100)
    gesture = cast.ctx("carla")
    run("person.update", {contract: after}, gesture, target=person.pk)
    jobs.sweep(timestamp=int(time.time()))
    run("undo", {"batch": gesture.batch}, cast.ctx("carla"))
    assert getattr(fresh(person), contract) == before
    assert is_there(before)
    age(days=31)
    jobs.sweep(timestamp=int(time.time()))
    assert is_there(before)
    assert not is_there(after)


def test_undoing_after_the_content_is_gone_changes_nothing_and_says_so(cast: Any, contract: str):
    before = file()
    person = run("person.create", {"last_name": "Rossi", contract: before}, cast.ctx("carla"))
    gesture = cast.ctx("carla")
    run("person.update", {contract: None}, gesture, target=person.pk)
    age(days=31)
    jobs.sweep(timestamp=int(time.time()))
    with pytest.raises(Invalid, match="contenuto"):
        run("undo", {"batch": gesture.batch}, cast.ctx("carla"))
    assert getattr(fresh(person), contract) is None


def test_what_can_be_restored_keeps_its_content(cast: Any, add: Any, anna: Any, studio: Any, contract: str):
    """Of a deleted record, a deleted field, a deleted module."""
    one, two, three = (file(f"%PDF-{n}".encode()) for n in range(3))
    gone = run("person.create", {"last_name": "Rossi", contract: one}, cast.ctx("carla"))
    run("person.delete", {}, cast.ctx("carla"), target=gone.pk)
    other = add(kind="file", label="Altro")
    run("person.create", {"last_name": "Verdi", other.name: two}, cast.ctx("carla"))
    run("custom_field.delete", {}, anna, target=other)
    words = {"label_it": "Pratica", "plural_it": "Pratiche", "label_en": "File", "plural_en": "Case files"}
    module = run("custom_module.create", words, anna)
    studio()
    scan = add(module=module.name, kind="file", label="Scansione").name
    run(f"{module.name}.create", {"name": "Prima", scan: three}, anna)
    run("custom_module.delete", {}, anna, target=module)
    studio()
    age(days=400)
    jobs.sweep(timestamp=int(time.time()))
    assert [is_there(stored) for stored in (one, two, three)] == [True] * 3


def test_of_an_erased_person_nothing_stays(
    cast: Any, anna: Any, add: Any, studio: Any, contract: str, django_capture_on_commit_callbacks: Any
):
    before, stored, visited = file(), file(b"%PDF-2"), file(b"%PDF-3", "Visita a Rossetti.pdf")
    words = {"label_it": "Visita", "plural_it": "Visite", "label_en": "Visit", "plural_en": "Visits"}
    visit = run("custom_module.create", words, anna).name
    studio()
    whom = add(module=visit, kind="link", label="Persona", to="person").name
    report = add(module=visit, kind="file", label="Rapporto").name
    person = run("person.create", {"last_name": "Rossetti", contract: before}, cast.ctx("carla"))
    run("person.update", {contract: stored}, cast.ctx("carla"), target=person.pk)
    other = run(f"{visit}.create", {"name": "Prima", whom: person.pk, report: visited}, anna)
    with django_capture_on_commit_callbacks(execute=True):
        run("person.erase", {}, anna, target=person.pk)
    assert getattr(fresh(person), contract) is None
    jobs.sweep(timestamp=int(time.time()))
    assert [is_there(one) for one in (before, stored, visited)] == [False, False, True]
    assert getattr(fresh(other), report)["name"] == "Visita a •••.pdf"


def test_what_a_file_is_not(cast: Any, anna: Any, contract: str):
    """Unique, ordered by, begun with, calculated with."""
    base = {"module": "person", "kind": "file", "label_it": "Prova", "label_en": "Proof"}
    for wrong in ({"unique": True}, {"initial": "x"}, {"pattern": "x"}):
        assert list(refused("custom_field.create", {**base, **wrong}, anna)) == list(wrong)
    formula = {"module": "person", "kind": "formula", "label_it": "F", "label_en": "F", "formula": f"len({contract})"}
    assert list(refused("custom_field.create", formula, anna)) == ["formula"]
    with pytest.raises(Invalid):
        RecordQuery(cast.actor("carla"), get("person")).order(contract)
    with pytest.raises(Invalid):
        RecordQuery(cast.actor("carla"), get("person")).where(
            {"field": contract, "op": "is", "value": json.dumps(file())}
        )


def test_studio_s_pages_know_of_files(cast: Any, enter: Any, contract: str):
    client = enter("anna", elevated=True)
    for path in ("", "fields/new/", "fields/new/file/", f"fields/{contract}/", "layout/"):
        assert client.get(f"/studio/people/{path}").status_code == 200
    assert '/studio/people/fields/new/file/"' in client.get("/studio/people/fields/new/").content.decode()


def test_a_browser_asks_again_for_what_may_have_been_replaced(cast: Any, contract: str):
    person = run("person.create", {"last_name": "Rossi", contract: file()}, cast.ctx("carla"))
    answer = signed_in(cast.carla).get(f"/people/{person.pk}/file/{contract}/?inline=1")
    assert answer.headers["Cache-Control"] == "private, no-cache"
    answer.close()


def test_who_only_looks_stores_nothing(cast: Any, enter: Any, tmp_path: Path):
    client = enter("anna", elevated=True)
    assert client.post(f"/users/{cast.carla.pk}/view-as/").status_code in (200, 302, 204)
    assert client.post("/files/", {"file": SimpleUploadedFile("a.pdf", PDF)}).status_code == 403
    assert not list((tmp_path / "files").rglob("*"))


def test_many_records_at_once_are_not_asked_for_files(cast: Any, contract: str):
    person = run("person.create", {"last_name": "Rossi"}, cast.ctx("carla"))
    page = signed_in(cast.carla).get(f"/people/bulk/?verb=edit&id={person.pk}").content.decode()
    assert "last_name" in page
    assert contract not in page


def test_what_is_held_long_is_not_held_less_by_being_named_or_stored_again(cast: Any):
    stored = file()
    contents.hold(stored["sha256"], 30 * 86400)
    contents.hold(stored["sha256"])
    assert file() == stored
    age(days=20)
    jobs.sweep(timestamp=int(time.time()))
    assert is_there(stored)


def test_unmerging_gives_back_the_file_however_late(cast: Any, contract: str):
    mine, theirs = file(), file(b"%PDF-2", "altro.pdf")
    one = run("person.create", {"last_name": "Rossi", contract: mine}, cast.ctx("anna"))
    two = run("person.create", {"last_name": "Rossi", contract: theirs}, cast.ctx("anna"))
    merge = {"losers": [two.pk], "take": {contract: two.pk}}
    run("person.merge", merge, cast.ctx("anna"), target=one.pk)
    assert getattr(fresh(one), contract) == theirs
    age(days=100)
    jobs.sweep(timestamp=int(time.time()))
    run("person.unmerge", {"merge": MergeRecord.objects.get().pk}, cast.ctx("anna"), target=one.pk)
    assert [getattr(fresh(person), contract) for person in (one, two)] == [mine, theirs]


def test_of_an_erased_person_deleted_fields_hold_nothing_either(
    cast: Any, anna: Any, add: Any, studio: Any, contract: str, django_capture_on_commit_callbacks: Any
):
    hobby = add(label="Passatempo")
    before, after = file(), file(b"%PDF-2")
    person = run("person.create", {"last_name": "Rossetti", contract: before, hobby.name: "vela"}, cast.ctx("carla"))
    run("person.update", {contract: after}, cast.ctx("carla"), target=person.pk)
    rows = [CustomField.objects.get(name=contract), hobby]
    for row in rows:
        run("custom_field.delete", {}, anna, target=row)
    studio()
    with django_capture_on_commit_callbacks(execute=True):
        run("person.erase", {}, anna, target=person.pk)
    jobs.sweep(timestamp=int(time.time()))
    assert [is_there(one) for one in (before, after)] == [False, False]
    for row in rows:
        run("custom_field.restore", {}, anna, target=row)
    studio()
    assert (getattr(fresh(person), contract), getattr(fresh(person), hobby.name)) == (None, "")


def test_a_record_whose_content_is_lost_can_still_be_changed(cast: Any, contract: str):
    stored = file()
    person = run("person.create", {"last_name": "Rossi", contract: stored}, cast.ctx("carla"))
    contents.path_of(stored["sha256"]).unlink()
    client = signed_in(cast.carla)
    assert client.get(f"/people/{person.pk}/file/{contract}/").status_code == 404
    given = {"last_name": "Verdi", contract: json.dumps(stored), "version": person.version}
    assert client.post(f"/people/{person.pk}/edit/", given).status_code == 302
    assert (fresh(person).last_name, getattr(fresh(person), contract)) == ("Verdi", stored)
