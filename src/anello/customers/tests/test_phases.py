"""The phase is the life cycle's: nobody sets it, through whatever door, and every change says why."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from tests.samples import in_phase

from anello.core.actions import Invalid, run
from anello.core.exchange import importer

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(cast):
    return run("person.create", {"last_name": "Rossi"}, cast.ctx("carla"))


def phase(person):
    person.refresh_from_db()
    return person.phase


def test_nobody_sets_a_phase_by_hand(cast, ada, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    for verb, target in (("create", None), ("update", ada.pk)):
        with pytest.raises(Invalid) as refused:
            run(f"person.{verb}", {"last_name": "Rossi", "phase": "loyal"}, cast.ctx("anna"), target=target)
        assert "phase" in refused.value.errors
    client = Client()
    client.force_login(cast.anna)
    client.post("/people/bulk/", {"id": [ada.pk], "verb": "edit", "field": "phase", "value": "loyal"})
    assert client.post(f"/people/{ada.pk}/edit/phase/", {"phase": "loyal"}).status_code == 404
    assert 'name="phase"' not in client.get(f"/people/{ada.pk}/edit/").content.decode()
    assert phase(ada) == "prospect"
    file = tmp_path / "people.csv"
    file.write_text("Nome,Cognome,Fase\nAda,Verdi,Fedele\n")
    done = importer.run_file("person", file, actor=cast.actor("bruno"))
    assert done.counts["person"]["created"] == 1
    assert type(ada).objects.get(last_name="Verdi").phase == "prospect"
    columns = [{"field": "last_name", "source": "Cognome"}, {"field": "phase", "source": "Fase"}]
    with pytest.raises(Invalid) as refused:
        importer.run_file(
            "person", file, actor=cast.actor("bruno"), feeds={"feeds": [{"module": "person", "columns": columns}]}
        )
    assert "«Fase»" in str(refused.value.errors)


@pytest.mark.parametrize(("language", "words"), [("it", "«Fedele»: prova"), ("en", "“Loyal”: test")])
def test_the_timeline_says_what_phase_and_why(cast, ada, language, words):
    in_phase("loyal", ada)
    type(cast.carla).objects.filter(pk=cast.carla.pk).update(language=language)
    client = Client()
    client.force_login(cast.carla)
    assert words in client.get(f"/people/{ada.pk}/").content.decode()
    for value, there in (("loyal", True), ("churn", False)):
        wanted = json.dumps({"field": "phase", "op": "in", "value": [value]})
        assert ("Rossi" in client.get("/people/", {"filter": wanted}).content.decode()) is there
