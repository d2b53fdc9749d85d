"""A newer version of the product, or another machine, comes to what an administrator has shaped."""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client

from anello.config.backup import Installation, restore, write
from anello.config.postgres import find_binaries
from anello.core.actions import run
from anello.core.modules import get
from tests.database import ROOT, server
from tests.processes import start

CONTRACT = {"label_it": "Contratto", "plural_it": "Contratti", "label_en": "Contract", "plural_en": "Contracts"}
FIELDS = [
    {"module": "person", "kind": "text", "label_it": "Soprannome", "label_en": "Nickname", "unique": True},
    {"module": "x_contract", "kind": "link", "to": "person", "label_it": "Persona", "label_en": "Person"},
    {"module": "x_contract", "kind": "money", "label_it": "Canone", "label_en": "Fee"},
    {
        "module": "x_contract",
        "kind": "autonumber",
        "label_it": "Numero",
        "label_en": "Number",
        "numbering": "C-{seq:03}",
    },
    {"module": "x_contract", "kind": "formula", "label_it": "Annuo", "label_en": "Yearly", "formula": "x_fee * 12"},
]
NEWER = """
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial")]
    operations = [
        migrations.AddField("person", "greeting", models.CharField(max_length=20, default="", db_default="")),
        migrations.AlterField("person", "city", models.CharField(max_length=180, blank=True, db_index=True)),
        migrations.CreateModel("memo", [
            ("id", models.BigAutoField(primary_key=True)),
            ("person", models.ForeignKey("customers.person", models.CASCADE)),
        ]),
        migrations.RunSQL("UPDATE customers_person SET greeting = 'Ciao ' || last_name"),
    ]
"""
ELSEWHERE = """
import json
import django
django.setup()
from django.core.management import call_command
call_command("makemigrations", check=True, dry_run=True, verbosity=0)
call_command("migrate", verbosity=0)
from anello.core.actions import Context, run
from anello.core.modules import get
from anello.core.studio import shape
shape.follow(shape.version())
(old,) = get("x_contract").model.objects.all()
run("x_contract.update", {"x_fee": "20"}, Context(), target=old)
new = run("x_contract.create", {"name": "Due", "x_fee": "1"}, Context())
old.refresh_from_db()
print(json.dumps([[str(one.x_number), str(one.x_yearly)] for one in (old, new)] + [old.x_person.x_nickname]))
"""


@pytest.fixture
def shaped(anna):
    """Makes a module, fields of it and of people, and a record; with what brings this process along."""

    def shaped(follow):
        run("custom_module.create", CONTRACT | {"area": "sales"}, anna)
        for field in FIELDS:
            follow()
            run("custom_field.create", field, anna)
        follow()
        ada = run("person.create", {"last_name": "Bianchi", "x_nickname": "Ada"}, anna)
        return run("x_contract.create", {"name": "Uno", "x_person": ada.pk, "x_fee": "10"}, anna)

    return shaped


@pytest.mark.django_db
def test_a_newer_version_changes_the_tables_beside_what_administrators_added(
    cast, anna, shaped, studio, settings, tmp_path, monkeypatch
):
    made = shaped(studio)
    connection.check_constraints()  # as at the end of the transactions that made the records
    newer = tmp_path / "newer"
    newer.mkdir()
    shutil.copy(ROOT / "src/anello/customers/migrations/0001_initial.py", newer)
    (newer / "__init__.py").touch()
    (newer / "0002_newer.py").write_text(NEWER)
    monkeypatch.syspath_prepend(tmp_path)
    settings.MIGRATION_MODULES = {"customers": "newer"}
    call_command("migrate", "customers", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT greeting, x_nickname FROM customers_person WHERE id = %s", [made.x_person_id])
        assert cursor.fetchone() == ("Ciao Bianchi", "Ada")
    run("x_contract.update", {"x_fee": "20"}, cast.ctx("anna"), target=made.pk)
    made.refresh_from_db()
    assert (made.x_yearly, made.x_person.x_nickname) == (240, "Ada")
    client = Client()
    client.force_login(cast.anna)
    assert "Uno" in client.get("/x-contract/").content.decode()
    assert client.get(f"/people/{made.x_person_id}/").status_code == 200


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """The name of an empty database of another installation."""
    name = f"elsewhere_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(server.url("postgres"), autocommit=True) as maintenance:
        maintenance.execute(f'CREATE DATABASE "{name}"')
        yield name
        maintenance.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.mark.django_db(transaction=True)
def test_what_was_shaped_is_worked_with_where_a_backup_is_restored(shaped, lasting, elsewhere, place: Path):
    shaped(lasting)
    here = Installation(server.url(connection.settings_dict["NAME"]), place / "here", find_binaries())
    there = Installation(server.url(elsewhere), place / "there", find_binaries())
    place.joinpath("here").mkdir()
    write(here, place / "shaped.anello")
    restore(there, place / "shaped.anello", replace=False)
    process = start("-c", ELSEWHERE, DATABASE_URL=there.url)
    told, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert json.loads(told.splitlines()[-1]) == [["C-001", "240.00"], ["C-002", "12.00"], "Ada"]
    assert get("x_contract").model.objects.count() == 1
