"""Exports: who may, which rows and fields, and files that come back in."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import os
from urllib.parse import quote

import pytest
from django.db import connection
from django.utils import timezone
from python_calamine import CalamineWorkbook
from tests.jobs import run_jobs

from anello.core.accounts.models import Role
from anello.core.actions import Denied, Invalid, NotFound, run
from anello.core.exchange import exporter, importer, storage
from anello.core.exchange.models import ExportRun, ImportRun
from anello.core.files import jobs as files_jobs
from anello.core.inbox.models import Notice
from anello.core.modules import get
from anello.kit import tabular


@pytest.fixture
def people(cast):
    for last_name, city, who in [("Rossi", "Milano", "bruno"), ("=1+1", "Roma", "bruno"), ("Sud", "Bari", "dario")]:
        run("person.create", {"last_name": last_name, "city": city, "phone": "+390212345678"}, cast.ctx(who))
    return get("person").model.objects


def read(path):
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))


def test_rows_are_those_the_actor_may_export(cast, people, tmp_path):
    file = tmp_path / "people.csv"
    assert exporter.run_file("person", file, actor=cast.actor("anna")) == 3
    with pytest.raises(Denied):
        exporter.run_file("person", file, actor=cast.actor("carla"))
    with pytest.raises(Denied):
        exporter.run_file("person", file, actor=cast.actor("marta"))
    Role.objects.filter(key="sales").update(grants={"person": {"export": "own"}})
    assert exporter.run_file("person", file, actor=cast.actor("dario")) == 1
    assert [row["Cognome"] for row in read(file)] == ["Sud"]


def test_hidden_fields_are_not_there_and_cannot_be_asked_for(cast, people, tmp_path):
    Role.objects.filter(key="sales_manager").update(fields={"person": {"city": "hidden"}})
    actor = cast.actor("bruno")
    exporter.run_file("person", tmp_path / "p.csv", actor=actor)
    assert "Città" not in read(tmp_path / "p.csv")[0]
    for names in (["city"], ["nowhere"]):
        with pytest.raises(Invalid):
            exporter.run_file("person", tmp_path / "q.csv", actor=actor, names=names)
    with pytest.raises(Invalid):
        exporter.run_file("person", tmp_path / "q.csv", actor=actor, filter={"field": "city", "op": "is", "value": "x"})
    assert not (tmp_path / "q.csv").exists()


def test_filter_and_columns_narrow_the_export(cast, people, tmp_path):
    file = tmp_path / "p.json"
    tree = {"field": "city", "op": "is", "value": "Roma"}
    exporter.run_file("person", file, "json", cast.actor("anna"), tree, names=["last_name", "city", "owner"])
    assert json.loads(file.read_text()) == [{"last_name": "=1+1", "city": "Roma", "owner": cast.bruno.pk}]


def test_formulas_are_harmless_and_come_back_as_they_were(cast, people, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    file = tmp_path / "p.csv"
    exporter.run_file("person", file, actor=cast.actor("anna"), names=["id", "last_name", "city"])
    assert "'=1+1" in file.read_text("utf-8-sig")
    done = importer.run_file("person", file, actor=cast.actor("anna"), duplicates="update")
    assert done.counts["person"] == {"unchanged": 3}


def test_workbook_holds_the_same_rows(cast, people, tmp_path):
    file = tmp_path / "p.xlsx"
    exporter.run_file("person", file, "xlsx", cast.actor("anna"), names=["last_name", "owner"])
    sheet = tabular.sniff(file)
    assert sheet.header == ("Cognome", "Responsabile")
    assert sorted(sheet.sample) == [("=1+1", "Bruno Bassi"), ("Rossi", "Bruno Bassi"), ("Sud", "Dario Donati")]


def test_pages_join_without_gaps(cast, people, tmp_path, monkeypatch):
    monkeypatch.setattr(exporter, "PAGE", 2)
    seen = []
    exporter.run_file("person", tmp_path / "p.csv", actor=cast.actor("anna"), progress=seen.append)
    assert (len(read(tmp_path / "p.csv")), seen) == (3, [2, 3])


@pytest.mark.django_db(transaction=True)
def test_a_large_workbook_is_made_by_a_job_for_whoever_asked(cast, people, client, settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr("anello.core.ui.exchange.exports.AT_ONCE", 1)
    tree = json.dumps({"field": "city", "op": "in", "value": ["Milano", "Roma"]})
    url = f"/people/export/?format=xlsx&fields=last_name,city&filter={quote(tree)}"
    client.force_login(cast.anna)
    assert client.get(url).headers["Content-Type"].startswith("text/html")
    assert not ExportRun.objects.exists()
    page = client.post(url).headers["Location"]
    assert client.get(page + "file/").status_code == 404
    run_jobs()
    book = io.BytesIO(b"".join(client.get(page + "file/").streaming_content))
    rows = [
        [str(cell) for cell in row] for row in CalamineWorkbook.from_filelike(book).get_sheet_by_index(0).to_python()
    ]
    assert sorted(rows[1:]) == [["'=1+1", "Roma"], ["Rossi", "Milano"]]
    assert Notice.objects.get(user=cast.anna).url == page
    client.force_login(cast.bruno)
    assert (client.get(page).status_code, client.get(page + "file/").status_code) == (404, 404)


@pytest.mark.django_db(transaction=True)
def test_whoever_waits_for_a_file_hears_once_that_none_will_come(cast, people, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "a file, no folder"
    settings.MEDIA_ROOT.touch()
    asked = run("export.start", {"module": "person"}, cast.ctx("anna"))
    run_jobs()
    assert not Notice.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET attempts = 3")  # the retries between the first and the last
    run_jobs(early=True)
    notice = Notice.objects.get(user=cast.anna)
    assert (notice.url, "NotADirectoryError" in notice.text) == (f"/exports/{asked.pk}/", True)
    asked.refresh_from_db()
    assert (asked.status, asked.finished_at is None) == ("failed", False)


def test_an_export_is_made_under_the_rights_of_that_moment(cast, people, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    asked = run("export.start", {"module": "person"}, cast.ctx("anna"))
    cast.anna.roles.clear()
    exporter.perform(asked.pk)
    asked.refresh_from_db()
    assert (asked.status, list(storage.folder("exports").iterdir())) == ("failed", [])
    with pytest.raises(Denied):
        run("export.start", {"module": "person"}, cast.ctx("carla"))
    with pytest.raises(NotFound):
        run("export.start", {"module": "person"}, cast.ctx("marta"))


@pytest.mark.parametrize("when", ["waiting", "being made"])
def test_an_export_that_nobody_wants_any_more_leaves_nothing(cast, people, settings, tmp_path, when, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    asked = run("export.start", {"module": "person"}, cast.ctx("anna"))
    with pytest.raises(NotFound):
        run("export.cancel", {"run": asked.pk}, cast.ctx("bruno"))

    def cancel():
        run("export.cancel", {"run": asked.pk}, cast.ctx("anna"))

    if when == "waiting":
        cancel()
    else:
        whole = exporter.chunks

        def chunks(records, fields, form, progress):
            cancel()
            return whole(records, fields, form, progress)

        ExportRun.objects.filter(pk=asked.pk).update(form="csv")
        monkeypatch.setattr(exporter, "chunks", chunks)
    exporter.perform(asked.pk)
    assert not list(storage.folder("exports").iterdir())
    assert not Notice.objects.filter(user=cast.anna).exists()


def test_a_file_that_is_there_is_not_cancelled(cast, people, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    asked = run("export.start", {"module": "person"}, cast.ctx("anna"))
    exporter.perform(asked.pk)
    with pytest.raises(NotFound):
        run("export.cancel", {"run": asked.pk}, cast.ctx("anna"))
    assert storage.export_path(asked.pk).exists()


def test_files_go_when_nobody_needs_them_any_more(cast, people, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    now = timezone.now()

    def uploaded(name, **values):
        file = tmp_path / name
        file.write_text(f"Cognome\n{name}\n")
        sha256 = storage.keep(storage.chunks_of(file))
        draft = run("import.prepare", {"module": "person", "sha256": sha256, "file_name": name}, cast.ctx("anna"))
        ImportRun.objects.filter(pk=draft.pk).update(created_at=now - dt.timedelta(days=40), **values)
        return storage.path_of(sha256)

    old = uploaded("old", status="done", finished_at=now - dt.timedelta(days=31))
    stopped = uploaded("stopped", status="cancelled", finished_at=now - dt.timedelta(days=31))
    draft = uploaded("draft")
    fresh = uploaded("fresh", status="done", finished_at=now - dt.timedelta(days=2))
    working = uploaded("working", status="queued")
    export = run("export.start", {"module": "person"}, cast.ctx("anna"))
    exporter.perform(export.pk)
    for path in (*storage.folder().iterdir(), storage.export_path(export.pk)):
        os.utime(path, (0, 0))
    files_jobs.sweep(int(now.timestamp()))
    assert storage.sweep(now) == 3
    assert [path.exists() for path in (old, stopped, draft, fresh, working)] == [False, False, False, True, True]
    assert storage.export_path(export.pk).exists()
    with pytest.raises(Invalid):
        run("import.resume", {"run": ImportRun.objects.get(file_name="stopped").pk}, cast.ctx("anna"))
    assert storage.sweep(now + dt.timedelta(days=8)) == 1
    assert not storage.export_path(export.pk).exists()
