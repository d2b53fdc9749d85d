"""What is worth counting: declared by a module, or derived from its fields."""

from __future__ import annotations

from dataclasses import replace

import pytest

from anello.core.modules import Fact, L, Module, all_modules, get


def test_every_record_has_something_to_count():
    for module in all_modules():
        if module.is_record:
            assert module.facts, module.name


def test_a_module_that_says_nothing_counts_its_records_as_they_came():
    (fact,) = get("person").facts
    assert fact.derived
    assert fact.at == "created_at"
    assert "organisation" in fact.customer
    assert {"source", "owner"} <= set(fact.dims)


def test_a_fact_speaks_of_fields_that_are_there():
    lead = get("lead")
    wrong = replace(lead.facts[0], measures=["nothing"])
    with pytest.raises(ValueError, match="nothing"):
        Module("lead", lead.model, lead.names, lead.plural, fields=lead.fields, facts=[wrong])
    assert Fact("x", L("X", "X"), at="created_at").where == {}
