"""The import wizard and exports over HTTP, as the cast."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from anello.core.accounts.models import Role
from anello.core.exchange import running, undoing
from anello.core.exchange.models import ImportRun
from anello.core.modules import get

PEOPLE = "Nome;Cognome;E-mail\nAda;Rossi;ada@example.it\nUgo;;ugo@\n"


@pytest.fixture
def as_(client, cast, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path

    def enter(name):
        client.force_login(getattr(cast, name))
        return client

    return enter


def send(client, text=PEOPLE, **more):
    file = SimpleUploadedFile("people.csv", text.encode() if isinstance(text, str) else text)
    return client.post("/people/import/", {"file": file, **more})


def test_a_file_is_uploaded_mapped_previewed_rehearsed_run_and_undone(as_):
    client = as_("bruno")
    answer = send(client)
    assert answer.status_code == 302
    address = answer["Location"]
    html = client.get(address).content.decode()
    assert "Ada" in html
    assert "Indirizzo e-mail non valido" in html
    assert get("person").model.objects.count() == 0
    draft = ImportRun.objects.get()
    client.post(f"{address}configure/", {"then": "rehearse"})
    running.perform(draft.pk)
    draft.refresh_from_db()
    assert draft.rehearsal["counts"] == {"person": {"created": 1}}
    assert get("person").model.objects.count() == 0
    client.post(f"{address}configure/", {"then": "start"})
    assert "hx-trigger" in client.get(address).content.decode()
    running.perform(draft.pk)
    assert get("person").model.objects.count() == 1
    rows = b"".join(client.get(f"{address}errors/").streaming_content).decode()
    assert "ugo@" in rows
    client.post(f"{address}do/undo/")
    undoing.perform(draft.pk)
    assert get("person").model.objects.count() == 0
    assert client.get(address).status_code == 200
    assert "people.csv" in client.get("/imports/").content.decode()


def test_the_mapping_chosen_in_the_form_is_used(as_):
    client = as_("bruno")
    address = send(client, "A;B\nRossi;Milano\n")["Location"]
    fields = {"fields": "1", "field-0": "last_name", "field-1": "city", "duplicates": "create"}
    html = client.post(f"{address}configure/", fields).content.decode()
    assert "Milano" in html
    draft = ImportRun.objects.get()
    assert (draft.duplicates, [c["field"] for c in draft.feeds["feeds"][0]["columns"]]) == (
        "create",
        ["last_name", "city"],
    )
    wrong = client.post(f"{address}configure/", {"fields": "1", "field-0": "last_name", "field-1": "last_name"})
    assert wrong.status_code == 422
    forged = client.post(f"{address}configure/", {"fields": "1", "field-0": "search_text"})
    assert forged.status_code == 422


def test_an_import_starts_with_the_mapping_as_it_stands_in_the_form(as_):
    client = as_("bruno")
    address = send(client, "A;B\nRossi;Milano\n")["Location"]
    fields = {"fields": "1", "field-0": "last_name", "field-1": "city"}
    for _ in range(2):
        assert client.post(f"{address}configure/", {**fields, "then": "start"})["Location"] == address
    running.perform(ImportRun.objects.get().pk)
    assert list(get("person").model.objects.values_list("last_name", "city")) == [("Rossi", "Milano")]


def test_each_module_of_a_mapping_is_edited_on_its_own(as_):
    client = as_("bruno")
    text = "customer_id,date,number_of_cds,dollar_value\n1,19970101,1,11.77\n"
    address = send(client, text, mapping="cdnow")["Location"]
    html = client.get(f"{address}?feed=1").content.decode()
    assert 'name="text-currency" value="USD"' in html
    columns = {"field-0": "person", "field-1": "date", "field-2": "items", "field-3": "total"}
    client.post(f"{address}configure/", {"fields": "1", "feed": "1", **columns, "text-currency": "EUR"})
    first, second = ImportRun.objects.get().feeds["feeds"]
    assert first["module"] == "person"
    assert {"external_id", "last_name"} < {c["field"] for c in first["columns"]}
    assert {c["field"]: c.get("text") for c in second["columns"]}["currency"] == "EUR"
    # What the form does not show of a column stays: how the customer is found.
    assert next(c for c in second["columns"] if c["field"] == "person")["by"] == "external_id"
    # A place that is none is the first.
    assert client.get(f"{address}?feed=9").status_code == 200


def test_broken_files_are_answered_with_the_reason(as_):
    client = as_("bruno")
    for text, words in [("", "vuoto"), ('A,B\n1,"x\n', "virgolette"), ("A,A\n1,2\n", "stesso nome")]:
        answer = send(client, text)
        assert answer.status_code == 422
        assert words in answer.content.decode()
    assert client.post("/people/import/").status_code == 422
    assert not ImportRun.objects.exists()


def test_imports_of_others_and_of_strangers_do_not_exist(as_):
    address = send(as_("bruno"))["Location"]
    assert as_("franco").get(address).status_code == 404
    assert as_("marta").get("/people/import/").status_code == 404
    assert as_("marta").get("/people/export/").status_code == 404
    assert as_("carla").get("/people/import/").status_code == 403
    assert as_("carla").get("/people/export/").status_code == 403
    assert as_("carla").post(f"{address}configure/", {"then": "start"}).status_code == 404
    assert as_("anna").get(address).status_code == 200


def test_script_in_a_file_stays_text(as_):
    address = send(as_("bruno"), "Cognome;<script>x</script>\n<script>alert(1)</script>;b\n")["Location"]
    html = as_("bruno").get(address).content.decode()
    assert "<script>alert" not in html
    assert "<script>x" not in html


def test_the_template_comes_back_without_a_mapping(as_):
    client = as_("bruno")
    for form in ("csv", "xlsx"):
        answer = client.get(f"/people/import/template/?format={form}")
        content = answer.getvalue()
        draft = client.post("/people/import/", {"file": SimpleUploadedFile(f"t.{form}", content)})
        assert draft.status_code == 302, draft.content.decode()[:2000]
        html = client.get(draft["Location"]).content.decode()
        assert "text-danger" not in html.partition("3.")[2], html.partition("3.")[2]


@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
def test_lists_are_exported_in_their_filter(as_, cast, form):
    from anello.core.actions import run

    for city in ("Milano", "Roma"):
        run("person.create", {"last_name": f"Da{city}", "city": city}, cast.ctx("bruno"))
    tree = '{"field":"city","op":"is","value":"Roma"}'
    answer = as_("anna").get("/people/export/", {"format": form, "filter": tree, "fields": "last_name,city"})
    content = b"".join(answer.streaming_content)
    assert "attachment" in answer["Content-Disposition"]
    if form != "xlsx":
        assert b"DaRoma" in content
        assert b"DaMilano" not in content


def test_an_export_speaks_its_reader_s_language_to_the_end(as_, cast):
    from anello.core.actions import run

    run("person.create", {"last_name": "Rossi", "source": "fair"}, cast.ctx("bruno"))
    cast.anna.language = "en"
    cast.anna.save()
    answer = as_("anna").get("/people/export/", {"format": "csv", "fields": "last_name,source"})
    assert b"Rossi,Trade fair" in b"".join(answer.streaming_content).replace(b";", b",")


def test_hidden_fields_are_neither_mapped_nor_exported(as_, cast):
    Role.objects.filter(key="sales_manager").update(fields={"person": {"city": "hidden"}})
    client = as_("bruno")
    html = client.get(send(client, "Cognome;Città\nRossi;Milano\n")["Location"]).content.decode()
    assert 'value="city"' not in html
    assert client.get("/people/export/", {"fields": "city"}).status_code == 302
