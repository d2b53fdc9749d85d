"""Json fields: text or structure in, a structure of the declared shape out."""

import pytest
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from anello.core.modules import Json
from anello.kit.text import L


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")
    days: int
    words: list[str] = []


FIELD = Json("definition", L("Definizione", "Definition"), shape=Shape)
FREE = Json("anything", L("Qualcosa", "Anything"), shape=dict | list)


def read(field, value):
    return TypeAdapter(field.annotation()).validate_python(value)


def test_text_and_structures_become_the_declared_shape():
    assert read(FIELD, '{"days": "3"}') == {"days": 3, "words": []}
    assert read(FIELD, {"days": 3, "words": ["à"]}) == {"days": 3, "words": ["à"]}
    assert read(FREE, "") == {}
    assert FIELD.parse(FIELD.edit_text({"days": 3})) == {"days": 3}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ('{"days": ', "1:10"),
        ({"days": "many"}, "days"),
        ({"days": 1, "hours": 2}, "hours"),
        ('{"days": NaN}', "JSON"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(value, said):
    with pytest.raises(ValidationError) as raised:
        read(FIELD, value)
    assert said in raised.value.errors()[0]["msg"]


def nested(levels):
    return [nested(levels - 1)] if levels else []


@pytest.mark.parametrize("value", [{"a": "\x00"}, {"\ud800": 1}, {"a": float("nan")}, nested(60)])
def test_what_postgresql_cannot_store_is_refused(value):
    with pytest.raises(ValidationError):
        read(FREE, value)
