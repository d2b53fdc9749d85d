"""What administrators make, outside the CRM's own tables: imports, exports, the warehouse, reports."""

from __future__ import annotations

import json

import pytest

from anello.core.actions import run
from anello.core.exchange import exporter, importer
from anello.intelligence.reports.semantics import subjects

pytestmark = pytest.mark.django_db(transaction=True)

CONTRACT = {"label_it": "Contratto", "plural_it": "Contratti", "label_en": "Contract", "plural_en": "Contracts"}


def test_a_module_made_meanwhile_enters_the_warehouse_with_each_field_it_gets(cast, anna, lasting, warehouse):
    warehouse.load()
    run("custom_module.create", CONTRACT | {"area": "sales"}, anna)
    lasting()
    one = run("x_contract.create", {"name": "Uno"}, cast.ctx("carla"))
    warehouse.load()
    assert warehouse.sql("SELECT id, name FROM main.x_contract").to_pylist() == [{"id": one.pk, "name": "Uno"}]
    fee = {"module": "x_contract", "kind": "money", "label_it": "Canone", "label_en": "Fee"}
    run("custom_field.create", fee, anna)
    lasting()
    run("x_contract.update", {"x_fee": "12.50"}, cast.ctx("carla"), target=one.pk)
    warehouse.load()
    assert [str(row["x_fee"]) for row in warehouse.sql("SELECT x_fee FROM main.x_contract").to_pylist()] == ["12.50"]
    assert "x_contract" in {module.name for module in subjects(cast.actor("carla"))}


def test_a_thousand_rows_are_imported_and_exported(cast, anna, lasting, tmp_path):
    run("custom_module.create", CONTRACT | {"area": "sales"}, anna)
    lasting()
    fee = {"module": "x_contract", "kind": "money", "label_it": "Canone", "label_en": "Fee"}
    run("custom_field.create", fee, anna)
    lasting()
    source, target = tmp_path / "contracts.csv", tmp_path / "again.json"
    source.write_text("Nome;Canone\n" + "".join(f"Contratto {n};{n},50\n" for n in range(1000)))
    done = importer.run_file("x_contract", source, actor=cast.actor("bruno"))
    assert done.counts == {"x_contract": {"created": 1000}}, done.error
    written = exporter.run_file("x_contract", target, "json", cast.actor("bruno"))
    assert written == 1000
    rows = {row["name"]: row["x_fee"] for row in json.loads(target.read_text())}
    assert rows["Contratto 999"] == "999.50"
