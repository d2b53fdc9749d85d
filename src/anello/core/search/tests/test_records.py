"""Lists: filters, order, pages and what they must not give away."""

import base64
import contextlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anello.core.actions import Invalid, run
from anello.core.modules import get
from anello.core.search import RecordQuery, suggest, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(cast):
    milano = run("organisation.create", {"name": "Officine Nord", "city": "Milano"}, cast.ctx("carla"))
    rows = [
        {
            "last_name": "Rossi",
            "first_name": "Mario",
            "email": "mario@rossi.it",
            "organisation": milano.pk,
            "birth_date": "1980-02-01",
        },
        {"last_name": "Bianchi", "first_name": "Nicolò", "city": "Torino", "mobile": "+393331234567", "tags": ["vip"]},
        {"last_name": "Rossini", "first_name": "Ada", "city": "Torino", "birth_date": "1990-05-05"},
        {"last_name": "D'Angelo", "first_name": "Zoe", "notes": "100% <script>"},
    ]
    return run("person.create", rows, cast.ctx("carla"))


def titles(query: RecordQuery) -> list[str]:
    return [record.title for record in query.page().records]


@pytest.mark.parametrize(
    ("tree", "found"),
    [
        ({"field": "city", "op": "is", "value": "torino"}, {"Nicolò Bianchi", "Ada Rossini"}),
        ({"field": "title", "op": "contains", "value": "ROSSI"}, {"Mario Rossi", "Ada Rossini"}),
        ({"field": "organisation.city", "op": "is", "value": "Milano"}, {"Mario Rossi"}),
        ({"field": "birth_date", "op": "between", "value": ["1980-01-01", "1980-12-31"]}, {"Mario Rossi"}),
        ({"field": "birth_date", "op": "empty"}, {"Nicolò Bianchi", "Zoe D'Angelo"}),
        ({"field": "tags", "op": "in", "value": ["vip"]}, {"Nicolò Bianchi"}),
        ({"field": "created_at", "op": "period", "value": "today"}, {"Mario Rossi", "Nicolò Bianchi", "Ada Rossini", "Zoe D'Angelo"}),
        ({"field": "owner", "op": "in", "value": ["me"]}, {"Mario Rossi", "Nicolò Bianchi", "Ada Rossini", "Zoe D'Angelo"}),
        ({"any": [{"field": "city", "op": "is", "value": "Torino"}, {"field": "notes", "op": "contains", "value": "<script>"}]},
         {"Nicolò Bianchi", "Ada Rossini", "Zoe D'Angelo"}),
        ({"not": {"field": "city", "op": "is", "value": "Torino"}}, {"Mario Rossi", "Zoe D'Angelo"}),
        ({"field": "organisation", "op": "not_empty"}, {"Mario Rossi"}),
    ],
)  # fmt: skip
def test_filters(cast, people, tree, found):
    assert set(titles(RecordQuery(cast.actor("carla"), get("person")).where(tree))) == found


def test_a_relation_backwards(cast, people):
    tree = {"field": "person:organisation", "op": "has", "value": {"field": "last_name", "op": "is", "value": "Rossi"}}
    organisations = RecordQuery(cast.actor("carla"), get("organisation"))
    assert titles(organisations.where(tree)) == ["Officine Nord"]
    none = {**tree, "op": "has_no"}
    assert titles(RecordQuery(cast.actor("carla"), get("organisation")).where(none)) == []


@pytest.mark.parametrize(
    "tree",
    [
        {"field": "colour", "op": "is", "value": 1},
        {"field": "birth_date", "op": "gt", "value": "tomorrow-ish"},
        {"field": "birth_date", "op": "contains", "value": "1"},
        {"field": "organisation", "op": "in", "value": ["x"]},
        {"all": "x"},
        [1],
        {"field": "phase", "op": "in", "value": [{}]},
        {"field": "nothing:here", "op": "has"},
    ],
)
def test_a_wrong_filter_says_so(cast, people, tree):
    with pytest.raises(Invalid) as caught:
        RecordQuery(cast.actor("carla"), get("person")).where(tree).page()
    assert "filter" in caught.value.errors


def test_a_hidden_field_is_no_filter_no_order_and_no_search(cast, people):
    role = cast.carla.roles.get()
    role.fields = {"person": {"email": "hidden"}}
    role.save()
    actor = cast.actor("carla")
    with pytest.raises(Invalid):
        RecordQuery(actor, get("person")).where({"field": "email", "op": "is", "value": "mario@rossi.it"})
    with pytest.raises(Invalid):
        RecordQuery(actor, get("person")).order("email")
    assert titles(RecordQuery(actor, get("person")).words("mario@rossi.it")) == []
    assert titles(RecordQuery(actor, get("person")).words("mario rossi")) == ["Mario Rossi"]


def test_a_related_record_one_may_not_see_does_not_filter(cast, people):
    hidden = run("organisation.create", {"name": "Segreta", "city": "Bari"}, cast.ctx("dario"))
    run("person.update", {"organisation": hidden.pk}, target=people[3].pk)
    tree = {"field": "organisation.city", "op": "is", "value": "Bari"}
    assert titles(RecordQuery(cast.actor("carla"), get("person")).where(tree)) == []


@pytest.mark.parametrize(
    "sort", ["title", "-title", "birth_date", "-birth_date", "organisation", "-organisation", "-updated_at", "id"]
)
@pytest.mark.parametrize("size", [1, 2, 3])
def test_pages_show_every_record_once_in_order_both_ways(cast, people, sort, size):
    def query() -> RecordQuery:
        return RecordQuery(cast.actor("carla"), get("person")).order(sort)

    whole = [r.pk for r in query().page(100).records]
    assert sorted(whole) == sorted(p.pk for p in people)
    forward, after, last = [], None, None
    for _ in range(10):
        page = query().page(size, after=after)
        forward += [r.pk for r in page.records]
        last, after = page, page.next
        if after is None:
            break
    assert forward == whole
    backward = [r.pk for r in last.records]
    while last.previous:
        last = query().page(size, before=last.previous)
        backward = [r.pk for r in last.records] + backward
    assert backward == whole


def test_records_without_a_value_come_last_both_ways(cast, people):
    for sort in ("birth_date", "-birth_date"):
        records = RecordQuery(cast.actor("carla"), get("person")).order(sort).page().records
        assert [r.birth_date is None for r in records] == [False, False, True, True]


@pytest.mark.parametrize("large", [words.LARGE, 0], ids=["asked beforehand", "asked at once"])
def test_search_finds_by_beginnings_stems_phones_and_despite_typing_errors(cast, people, large, monkeypatch):
    monkeypatch.setattr(words, "LARGE", large)

    def found(text: str) -> list[str]:
        return [hit.title for hit in suggest(cast.actor("carla"), text)]

    assert found("ross mar") == ["Mario Rossi"]
    assert found("nicolo") == ["Nicolò Bianchi"]
    assert found("333 1234567") == ["Nicolò Bianchi"]
    assert found("mario@rossi") == ["Mario Rossi"]
    assert "Nicolò Bianchi" in found("biancchi")
    assert found("d'angelo") == ["Zoe D'Angelo"]
    assert "Officine Nord" in found("officina")
    assert suggest(cast.actor("marta"), "rossi") == []
    assert suggest(cast.actor("dario"), "rossi") == []


_leaves = st.fixed_dictionaries(
    {},
    optional={
        "field": st.sampled_from(["city", "phase", "birth_date", "organisation", "created_at", "tags", "id", "x", "organisation.city", "person:organisation"])
        | st.text(max_size=5),
        "op": st.sampled_from(["is", "in", "contains", "gt", "between", "period", "empty", "has", "not_in"]) | st.text(max_size=3),
        "value": st.none() | st.text(max_size=8) | st.integers() | st.floats() | st.lists(st.text(max_size=4) | st.integers(), max_size=3) | st.dictionaries(st.text(max_size=3), st.none(), max_size=2),
    },
)  # fmt: skip
_trees = st.recursive(
    _leaves,
    lambda t: st.fixed_dictionaries({"all": st.lists(t, max_size=3)}) | st.fixed_dictionaries({"not": t}),
    max_leaves=4,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=_trees, name=st.sampled_from(["person", "organisation"]))
def test_no_filter_whatever_breaks_the_list(cast, tree, name):
    from anello.core.policies import SYSTEM

    with contextlib.suppress(Invalid):
        RecordQuery(SYSTEM, get(name)).where(tree).page(5)


def test_order_by_a_link_tells_nothing_of_records_one_may_not_see(cast):
    hidden = run("organisation.create", {"name": "Secret Acquisition"}, cast.ctx("carla"))
    own = run("organisation.create", {"name": "Open Door"}, cast.ctx("dario"))
    for name, company in (("A", hidden), ("B", own), ("C", hidden), ("D", None)):
        run("person.create", {"last_name": name, "organisation": company and company.pk, "owner": cast.dario.pk})
    found = RecordQuery(cast.actor("dario"), get("person")).order("organisation")
    names, cursor, cursors = [], None, []
    while True:
        page = found.page(1, after=cursor)
        names += [record.last_name for record in page.records]
        if page.next is None:
            break
        cursor = page.next
        cursors.append(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode())
    assert names == ["B", "A", "C", "D"]
    assert not any("secret" in one for one in cursors)
