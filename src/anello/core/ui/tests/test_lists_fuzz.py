"""Whatever stands in a list's address, the list answers."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anello.core.actions import run
from anello.core.modules import get
from anello.core.search.filters import OPERATORS

pytestmark = pytest.mark.django_db

NAMES = [f.name for f in get("person").fields]
PATHS = (
    st.sampled_from([*NAMES, "organisation.city", "organisation.revenue", "person:organisation", "x", ""]) | st.text()
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["me", "today", "1"])
LEAVES = st.fixed_dictionaries(
    {"field": PATHS, "op": st.sampled_from(list(OPERATORS)) | st.text(max_size=4)},
    optional={"value": SCALARS | st.lists(SCALARS, max_size=3)},
)
TREES = st.recursive(
    LEAVES | SCALARS,
    lambda inner: st.dictionaries(
        st.sampled_from(["all", "any", "not"]), inner | st.lists(inner, max_size=3), max_size=2
    ),
    max_leaves=6,
)
SORTS = st.sampled_from([*NAMES, *(f"-{name}" for name in NAMES)]) | st.text(max_size=10)
CURSORS = st.text(max_size=20) | st.tuples(SORTS, SCALARS, st.integers() | SCALARS).map(
    lambda parts: base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")
)


@pytest.fixture
def client(cast, enter):
    [company] = run("organisation.create", [{"name": "Brenta", "revenue": 5}], cast.ctx("carla"))
    run("person.create", [{"last_name": f"R{i}", "organisation": company.pk} for i in range(3)], cast.ctx("carla"))
    return enter("carla")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    tree=TREES.map(json.dumps) | st.text(max_size=30),
    sort=SORTS,
    after=st.none() | CURSORS,
    page=st.sampled_from(["", "board/", "count/", "filter/", "board/cards/"]),
)
def test_no_address_breaks_a_list(client, tree, sort, after, page):
    cursor = {} if after is None else {"after": after}
    answer = client.get(
        f"/people/{page}",
        {
            "filter": tree.encode("utf-8", "replace"),
            "sort": sort.encode("utf-8", "replace"),
            **cursor,
            "column": "prospect",
        },
    )
    assert answer.status_code in (200, 422)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(NAMES), descending=st.booleans(), value=SCALARS, pk=st.integers(-5, 2**70))
def test_no_forged_cursor_breaks_a_list(client, name, descending, value, pk):
    sort = f"-{name}" if descending else name
    cursor = base64.urlsafe_b64encode(json.dumps([sort, value, pk]).encode()).decode().rstrip("=")
    assert client.get("/people/", {"sort": sort, "after": cursor}).status_code == 200
