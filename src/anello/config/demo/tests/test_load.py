"""The load set holds what the engine would have stored."""

from __future__ import annotations

import pytest

from anello.config.demo import DemoError
from anello.config.demo.load import fill
from anello.core.actions.engine import search_text
from anello.core.events.consumers import lags
from anello.core.modules import get
from anello.kit.text import normalise

# VACUUM and batches of their own: no transaction around.
pytestmark = pytest.mark.django_db(transaction=True)

MODULES = ("organisation", "person", "opportunity", "activity", "order", "interaction")


def test_rows_are_as_the_engine_would_have_stamped_them():
    told: dict[str, int] = {}
    fill(50, lambda what, done, total: told.update({what: total - done}))
    assert set(told.values()) == {0}
    for name in MODULES:
        module = get(name)
        records = list(module.model._default_manager.all())
        assert records, name
        for record in records:
            assert record.title == module.title(record), name
            assert record.title_key == normalise(record.title)[:100], name
            assert record.search_text == search_text(module, record), name
            assert record.team_id == record.owner.team_id
    assert get("person").model._default_manager.count() == 50
    assert get("interaction").model._default_manager.count() == 150
    assert not any(lag.events for lag in lags()), "consumers would be told of made history"


def test_what_is_there_already_is_not_made_again():
    fill(20, lambda *_: None)
    with pytest.raises(DemoError):
        fill(20, lambda *_: None)
