"""Imports through actions: what is stored, what is refused, who may, and what is taken back."""

from __future__ import annotations

import pytest

from anello.core.accounts.models import Role
from anello.core.actions import Denied, Invalid, NotFound, run
from anello.core.events.models import Event
from anello.core.exchange import importer, queries, running, storage
from anello.core.modules import get

PEOPLE = "Nome,Cognome,E-mail,Città\nAda,Rossi,ada@example.it,Milano\nUgo,Bianchi,ugo@example.it,Roma\n"


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def bring(cast, tmp_path):
    """`bring(text or bytes, **options)` imports a file of people as Bruno and returns the ended run."""

    def imports(content, module="person", who="bruno", name="file.csv", **options):
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return importer.run_file(module, file, actor=cast.actor(who), **options)

    return imports


def people(**where):
    return get("person").model.objects.filter(**where).order_by("pk")


def messages(done):
    return {error.line: error.messages for error in queries.errors(done)}


def test_columns_named_like_fields_are_stored_with_events_and_search_text(bring, cast):
    done = bring(PEOPLE)
    assert (done.status, done.counts["person"]["created"], done.failed) == ("done", 2, 0)
    ada = people(email="ada@example.it").get()
    assert (ada.title, ada.city, ada.owner, ada.team.name) == ("Ada Rossi", "Milano", cast.bruno, "Vendite")
    assert "ada rossi" in ada.search_text
    event = Event.objects.get(kind="person.created", record_id=ada.pk)
    assert (event.via, event.batch, event.actor, event.changes["city"]) == (
        "import",
        done.batch,
        cast.bruno,
        [None, "Milano"],
    )


def test_rows_with_errors_are_refused_by_line_and_column_and_the_others_stored(bring):
    done = bring("Nome,Cognome,E-mail,Data di nascita\nAda,Rossi,ada@,\nUgo,,ugo@example.it,31/02/1990\nEva,Neri,,\n")
    assert (done.counts["person"]["created"], done.failed) == (1, 2)
    found = messages(done)
    assert set(found[2]) == {"E-mail"}
    assert set(found[3]) == {"Cognome", "Data di nascita"}


def test_a_reference_to_what_one_may_not_see_refuses_its_row(bring, cast):
    own = run("person.create", {"last_name": "Rossi"}, cast.ctx("carla")).pk
    foreign = run("webhook.create", {"name": "ERP", "url": "https://example.com", "kinds": ["*"]}, cast.ctx("anna")).pk
    rows = f"Tipo,Oggetto,Riguarda\ntask,A,person:{own}\ntask,B,webhook:{foreign}\ntask,C,person:999999\n"
    done = bring(rows, module="activity")
    assert (done.counts["activity"]["created"], sorted(messages(done))) == (1, [3, 4])


def test_known_rows_are_skipped_and_rows_of_the_same_file_count(bring):
    bring(PEOPLE)
    done = bring(PEOPLE + "Ada,Altra,ada@example.it,Torino\nNuova,Uno,n@example.it,\nNuova,Due,n@EXAMPLE.it,\n")
    assert done.counts["person"] == {"created": 1, "skipped": 4}
    assert people().count() == 3


def test_known_rows_update_what_the_file_says_and_nothing_else(bring):
    bring("Nome,Cognome,E-mail,Città\nAda,Rossi,ada@example.it,Milano\n")
    done = bring(
        "Cognome,E-mail,CAP\n,ada@example.it,20121\nNeri,eva@example.it,\nNeri,eva@example.it,00100\n,no@example.it,1\n",
        duplicates="update",
    )
    assert done.counts["person"] == {"created": 1, "updated": 2}
    assert set(messages(done)) == {5}
    ada = people(email="ada@example.it").get()
    assert (ada.last_name, ada.city, ada.postal_code) == ("Rossi", "Milano", "20121")
    assert people(email="eva@example.it").get().postal_code == "00100"


def test_create_makes_duplicates_and_counts_them(bring):
    bring(PEOPLE)
    done = bring(PEOPLE, duplicates="create")
    assert done.counts["person"] == {"created": 2, "duplicates": 2}


def test_which_of_several_to_update_is_an_error(bring):
    bring(PEOPLE + "Ada,Due,ada@example.it,\n", duplicates="create")
    done = bring("Cognome,E-mail\nX,ada@example.it\n", duplicates="update")
    assert (set(messages(done)), done.failed) == ({2}, 1)


def test_numbers_change_their_records_as_exported(bring):
    bring(PEOPLE)
    ada = people(email="ada@example.it").get()
    done = bring(f"Numero,Cognome\n{ada.pk},Verdi\n999999999,Mai\n", duplicates="update")
    ada.refresh_from_db()
    assert (ada.last_name, set(messages(done))) == ("Verdi", {3})


def test_a_dry_run_counts_exactly_what_the_run_will_do_and_stores_nothing(bring, monkeypatch):
    monkeypatch.setattr(running, "BATCH", 2)
    text = PEOPLE + "Ada,Bis,ada@example.it,\nEva,,,\nIda,Gialli,ida@example.it,\n"
    rehearsed = bring(text, dry_run=True)
    assert rehearsed.status == "draft"
    assert not people().exists()
    assert not Event.objects.filter(module="person").exists()
    done = bring(text)
    assert rehearsed.rehearsal["counts"] == done.counts
    assert rehearsed.rehearsal["failed"] == done.failed == 1


def test_links_are_found_by_title_and_made_when_asked(bring, cast):
    run("organisation.create", {"name": "Officine Brenta"}, cast.ctx("bruno"))
    run("organisation.create", {"name": "Doppia"}, cast.ctx("bruno"))
    run("organisation.create", {"name": "Doppia"}, cast.ctx("bruno"))
    text = "Cognome,Organizzazione\nA,officine brenta\nB,Ignota\nC,Doppia\n"
    done = bring(text)
    assert (done.counts["person"]["created"], set(messages(done))) == (1, {3, 4})
    assert people(last_name="A").get().organisation.name == "Officine Brenta"
    feeds = {
        "feeds": [
            {
                "module": "person",
                "columns": [
                    {"field": "last_name", "source": "Cognome"},
                    {"field": "organisation", "source": "Organizzazione", "create": True},
                ],
            }
        ]
    }
    done = bring("Cognome,Organizzazione\nD,Nuova\nE,Nuova\n", feeds=feeds)
    assert done.failed == 0
    assert get("organisation").model.objects.filter(name="Nuova").count() == 1


def test_links_to_records_of_others_are_refused(bring, cast):
    run("organisation.create", {"name": "Del Sud"}, cast.ctx("dario"))
    grant(cast, "sales", {"person": {"import": "own"}})
    done = bring("Cognome,Organizzazione\nA,Del Sud\n", who="carla")
    assert done.failed == 1


def grant(cast, role, grants):
    Role.objects.filter(key=role).update(grants=grants)


def test_who_may_not_import_is_refused_and_strangers_see_no_module(bring):
    with pytest.raises(Denied):
        bring(PEOPLE, who="carla")
    with pytest.raises(NotFound):
        bring(PEOPLE, who="marta")
    assert not people().exists()


def test_nobody_gives_records_to_people_out_of_their_scope(bring, cast):
    grant(cast, "sales", {"person": {"import": "own"}})
    done = bring("Cognome,Responsabile\nA,carla\nB,dario\n", who="carla")
    assert (done.counts["person"]["created"], set(messages(done))) == (1, {3})


def test_fields_that_the_actor_may_not_write_cannot_be_mapped(bring, cast):
    Role.objects.filter(key="sales_manager").update(fields={"person": {"notes": "hidden", "tags": "read"}})
    for name in ("notes", "tags", "nowhere", "title"):
        feeds = {"feeds": [{"module": "person", "columns": [{"field": name, "source": "Nome"}]}]}
        with pytest.raises(Invalid) as caught:
            bring(PEOPLE, feeds=feeds)
        assert "mapping" in caught.value.errors
    assert not people().exists()


def test_records_of_others_are_neither_matched_nor_changed(bring, cast):
    run("person.create", {"last_name": "Sud", "email": "s@example.it"}, cast.ctx("dario"))
    grant(cast, "sales", {"person": {"import": "own"}})
    done = bring("Cognome,E-mail\nNord,s@example.it\n", who="carla", duplicates="update")
    assert done.counts["person"] == {"created": 1}
    assert people(owner=cast.dario).get().last_name == "Sud"


def test_undo_deletes_what_was_made_and_gives_old_values_back_unless_changed_since(bring, cast):
    bring(PEOPLE)
    done = bring(
        "Cognome,E-mail,Città\nRossi,ada@example.it,Bari\nBianchi,ugo@example.it,Bari\nNeri,eva@example.it,Bari\n",
        duplicates="update",
    )
    ugo = people(email="ugo@example.it").get()
    run("person.update", {"city": "Palermo"}, cast.ctx("bruno"), target=ugo.pk)
    undone = importer.undo(done.pk, cast.actor("bruno"))
    assert undone.status == "undone"
    assert (undone.undone["deleted"], undone.undone["restored"]) == (1, 1)
    assert [(kept["id"], kept["field"]) for kept in undone.undone["kept"]] == [(ugo.pk, "city")]
    assert sorted(people().values_list("city", flat=True)) == ["Milano", "Palermo"]
    with pytest.raises(Invalid):
        importer.undo(done.pk, cast.actor("bruno"))


def test_undo_of_somebody_elses_import_does_not_exist(bring, cast):
    done = bring(PEOPLE)
    with pytest.raises(NotFound):
        importer.undo(done.pk, cast.actor("franco"))
    importer.undo(done.pk, cast.actor("anna"))
    assert not people().exists()


def test_error_rows_come_back_as_a_file_that_can_be_imported_again(bring, tmp_path):
    done = bring("Nome,Cognome,E-mail\nAda,Rossi,ada@\nEva,Neri,eva@example.it\n")
    mended = b"".join(queries.error_rows(done)).decode().replace("ada@,", "ada@example.it,")
    assert "ada@example.it" in mended
    again = bring(mended)
    assert (again.counts["person"]["created"], again.failed) == (1, 0)


def test_shipped_mapping_of_fake_1000_brings_every_person(bring):
    rows = [
        "unique_id,first_name,surname,dob,city,email,cluster",
        "0,Robert,Alan,1971-06-24,,r@smith.net,0",
        "1,,,2015-03-03,,a@b@c,0",
    ]
    done = bring("\n".join(rows), mapping="fake_1000")
    assert done.counts["person"] == {"created": 2, "omitted": 1}
    assert [p.last_name for p in people()] == ["Alan", "Sconosciuto 1"]


def test_the_same_columns_are_mapped_as_last_time(bring, cast):
    feeds = {"feeds": [{"module": "person", "columns": [{"field": "last_name", "source": "Pippo"}]}]}
    bring("Pippo,Pluto\nRossi,x\n", feeds=feeds)
    bring("Pippo,Pluto\nVerdi,x\n")
    assert people().count() == 2


def test_mapping_saved_by_name_is_used_by_name(bring, cast):
    done = bring(PEOPLE)
    run("import.save_mapping", {"run": done.pk, "name": "clienti"}, cast.ctx("bruno"))
    assert bring(PEOPLE.replace("ada@", "a@").replace("ugo@", "u@"), mapping="clienti").counts["person"]["created"] == 2
    with pytest.raises(Invalid, match="clienti"):
        bring(PEOPLE, mapping="altro")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "vuoto"),
        (b"Nome,Cognome\n", "solo l'intestazione"),
        (b"Nome,Nome\nA,B\n", "stesso nome"),
        (b'Nome,Cognome\nAda,"Rossi\nUgo,Bianchi\n', "Riga 2"),
        (b"\x00\x01\x02\x03" * 100, "non"),
        (b"PK\x03\x04rotto", "non"),
        (b"Pippo,Pluto\nx,y\n", "colonna"),
        (b"x" * 9_000_000, "troppo lunga"),
    ],
)
def test_files_that_cannot_be_read_say_why_and_store_nothing(bring, content, words):
    with pytest.raises(Invalid) as caught:
        bring(content)
    assert words in str(caught.value)
    assert not people().exists()


def test_a_break_far_down_the_file_stores_nothing(bring):
    rows = "".join(f"N{n},C{n}\n" for n in range(5000))
    with pytest.raises(Invalid, match="5002"):
        bring(f'Nome,Cognome\n{rows}Ada,"Rossi\n')
    assert not people().exists()


def test_wrong_encoding_is_an_error_with_its_place(bring):
    with pytest.raises(Invalid, match="codifica"):
        bring("Nome,Cognome\nNicolò,Rossi\n".encode("latin-1"), encoding="utf-8")


def test_detected_encodings_keep_accents(bring):
    for encoding in ("utf-8-sig", "cp1252", "utf-16"):
        bring(f"Nome,Cognome\nNicolò,{encoding}\n".encode(encoding))
        assert people(last_name=encoding).get().first_name == "Nicolò"


def test_a_row_of_another_width_is_refused_alone(bring):
    done = bring("Nome;Cognome\nAda;Rossi\nUgo;Bianchi;troppo\nEva;Neri\n")
    assert (done.counts["person"]["created"], set(messages(done))) == (2, {3})


def test_a_mapping_of_another_file_names_the_missing_columns(bring):
    with pytest.raises(Invalid, match="«surname»"):
        bring(PEOPLE, mapping="fake_1000")


def test_workbooks_bring_their_numbers_and_dates(bring, tmp_path):
    import datetime as dt

    from anello.kit.tabular import write_xlsx

    book = tmp_path / "book.xlsx"
    write_xlsx(book, ["Cognome", "Data di nascita", "CAP"], [["Rossi", dt.date(1980, 5, 1), 20121]])
    bring(book.read_bytes(), name="book.xlsx")
    person = people().get()
    assert (person.birth_date, person.postal_code) == (dt.date(1980, 5, 1), "20121")


def test_an_unknown_stored_file_is_refused(cast):
    with pytest.raises(Invalid):
        run("import.prepare", {"module": "person", "sha256": "0" * 64, "file_name": "x"}, cast.ctx("bruno"))


def test_a_file_over_the_limit_is_refused_and_not_kept(monkeypatch):
    monkeypatch.setattr(storage, "MOST_BYTES", 10)
    with pytest.raises(Invalid):
        storage.keep([b"123456", b"7890123"])
    assert not list(storage.folder().iterdir())
