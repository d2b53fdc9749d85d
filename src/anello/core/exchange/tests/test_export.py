"""Exports: who may, which rows and fields, and files that come back in."""

from __future__ import annotations

import csv
import io
import json

import pytest

from anello.core.accounts.models import Role
from anello.core.actions import Denied, Invalid, run
from anello.core.exchange import exporter, importer
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
