"""Lists through HTTP: who sees which rows and columns, in which order, filtered how, at what cost."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.samples import in_phase, sample

from anello.core.accounts.models import Role
from anello.core.actions import Invalid, run
from anello.core.modules import Board, all_modules, get

from .conftest import PART, place

pytestmark = pytest.mark.django_db
MOST_QUERIES = 15


def people(cast: Any, name: str, *last_names: str, **values: Any) -> list[Any]:
    rows = [{"first_name": "Ada", "last_name": last, **values} for last in last_names]
    return run("person.create", rows, cast.ctx(name))


def order_of(html: str, *words: str) -> list[str]:
    return sorted(words, key=html.index)


def test_anonymous_visitor_is_sent_to_sign_in(client):
    answer = client.get("/people/?sort=title")
    assert answer.status_code == 302
    assert "next=/people/%3Fsort%3Dtitle" in answer.headers["Location"]


@pytest.mark.parametrize(
    "path", ["", "count/", "board/", "filter/", "columns/", "views/save/", "bulk/", "board/cards/"]
)
def test_outsider_gets_404(enter, path):
    assert enter("marta").get(f"/people/{path}").status_code == 404


def test_unknown_module_is_404(enter):
    assert enter("anna").get("/unicorns/").status_code == 404


def test_people_see_the_rows_of_their_team_only(cast, enter):
    people(cast, "carla", "Nordica")
    people(cast, "dario", "Sudista")
    seen = enter("carla").get("/people/").content.decode()
    assert "Nordica" in seen
    assert "Sudista" not in seen
    assert "Sudista" in enter("bruno").get("/people/").content.decode()


def test_list_of_nobody_says_what_to_do(enter):
    html = enter("carla").get("/people/").content.decode()
    assert 'href="/people/new/"' in html
    assert 'class="empty"' in html


def test_count_comes_apart_from_the_rows(cast, enter):
    people(cast, "carla", *[f"N{i}" for i in range(3)])
    client = enter("carla")
    assert 'hx-get="/people/count/"' in client.get("/people/").content.decode()
    assert client.get("/people/count/").content == b"3"


def test_hostile_text_is_shown_as_text(cast, enter):
    people(cast, "carla", '<script>alert("1")</script>', tags=["<b>fat</b>"])
    html = enter("carla").get("/people/?columns=title,tags,email&q=%3Cimg+src=x%3E").content.decode()
    html += enter("carla").get("/people/?columns=title,tags").content.decode()
    assert "<script>alert" not in html
    assert "<b>fat" not in html
    assert "<img src=x" not in html
    assert "&lt;script&gt;" in html
    assert "&lt;b&gt;fat" in html


def test_rows_come_page_by_page_and_back(cast, enter):
    people(cast, "carla", *[f"P{i:03}" for i in range(120)])
    client = enter("carla")

    def shown(url: str) -> tuple[list[str], Any]:
        answer = client.get(url)
        return [row.title for row in answer.context["rows"]], answer.context

    first, page = shown("/people/?sort=title")
    second, page2 = shown(page["next"])
    third, page3 = shown(page2["next"])
    assert [*first, *second, *third] == [f"Ada P{i:03}" for i in range(120)]
    assert not page3["next"]
    assert shown(page3["previous"])[0] == second


def test_order_follows_the_header_and_empty_values_come_last(cast, enter):
    run(
        "organisation.create",
        [{"name": "Grande", "revenue": 900}, {"name": "Ignota"}, {"name": "Piccola", "revenue": 5}],
        cast.ctx("carla"),
    )
    client = enter("carla")
    up = client.get("/organisations/?sort=revenue").content.decode()
    down = client.get("/organisations/?sort=-revenue").content.decode()
    assert order_of(up, "Grande", "Ignota", "Piccola") == ["Piccola", "Grande", "Ignota"]
    assert order_of(down, "Grande", "Ignota", "Piccola") == ["Grande", "Piccola", "Ignota"]
    assert 'aria-sort="ascending"' in up


def test_columns_of_linked_records_can_be_shown(cast, enter):
    [company] = run("organisation.create", [{"name": "Officine Brenta", "city": "Vicenza"}], cast.ctx("carla"))
    people(cast, "carla", "Rossi", organisation=company.pk)
    html = enter("carla").get("/people/?columns=title,organisation,organisation.city").content.decode()
    assert "Vicenza" in html
    assert f'href="/organisations/{company.pk}/"' in html


def test_title_of_a_linked_record_one_may_not_see_is_not_told(cast, enter):
    [company] = run("organisation.create", [{"name": "Segreta", "city": "Enna"}], cast.ctx("dario"))
    sample_person = run("person.create", {"last_name": "Rossi", "organisation": company.pk}, cast.ctx("dario"))
    run("person.update", {"owner": cast.carla.pk}, cast.ctx("anna"), target=sample_person.pk)
    html = enter("carla").get("/people/?columns=title,organisation,organisation.city").content.decode()
    assert "Rossi" in html
    assert "Segreta" not in html
    assert "Enna" not in html


def test_chosen_columns_are_remembered(enter):
    client = enter("carla")
    client.post("/people/columns/", {"column": ["city", "title"]}, **PART)
    shown = client.get("/people/").context["heads"]
    assert [head.column.path for head in shown] == ["city", "title"]


def test_columns_move_in_their_dialog_before_they_are_kept(enter):
    client = enter("carla")
    dialog = client.get("/people/columns/?column=title&column=email&up=email&add=phone")
    assert [c.path for c in dialog.context["chosen"]] == ["email", "title", "phone"]


def test_hidden_field_is_nowhere_in_the_list(cast, enter):
    role = Role.objects.get(key="sales")
    role.fields = {"organisation": {"revenue": "hidden"}}
    role.save()
    run("organisation.create", [{"name": "Brenta", "revenue": 123456}], cast.ctx("bruno"))
    run("organisation.create", {"name": "Vela", "revenue": 123456, "owner": cast.carla.pk}, cast.ctx("bruno"))
    client = enter("carla")
    for url in ("/organisations/", "/organisations/?columns=title,revenue", "/organisations/board/"):
        answer = client.get(url)
        assert "123.456" not in answer.content.decode()
        assert "Fatturato" not in answer.content.decode()
    assert "revenue" not in dict(client.get("/organisations/columns/").context["others"])
    assert "revenue" not in dict(client.get("/organisations/filter/").context["choices"])
    condition = json.dumps({"field": "revenue", "op": "gt", "value": 1})
    refused = client.get("/organisations/", {"filter": condition})
    assert not refused.context["rows"]
    assert refused.context["errors"]
    sorted_by = client.get("/organisations/?sort=revenue")
    assert not sorted_by.context["rows"]
    assert client.get("/organisations/", {"filter": condition}).status_code == 200
    assert client.get("/organisations/bulk/?id=1&verb=edit").status_code == 200


@pytest.mark.parametrize(
    "tree",
    ["not json", "[]", "3", '{"field": "unicorn"}', '{"field": "birth_date", "op": "gt", "value": "tomorrowish"}',
     '{"field": "phase", "op": "between"}', '{"all": 3}', "[" * 5000, '{"not":' * 900 + "{}" + "}" * 900,
     '{"field": "email", "op": "is", "value": "\\ud800"}', '{"field": "email", "op": "contains", "value": "a\\u0000"}'],
)  # fmt: skip
def test_filter_that_makes_no_sense_is_explained_and_shows_no_rows(cast, enter, tree):
    people(cast, "carla", "Rossi")
    answer = enter("carla").get("/people/", {"filter": tree})
    assert answer.status_code == 200
    assert answer.context["errors"]
    assert not answer.context["rows"]
    assert enter("carla").get("/people/count/", {"filter": tree}).status_code == 200


@pytest.mark.parametrize(
    "query", ["sort=unicorn", "after=!!!", "after=WyJ4Il0", "before=e30", "view=7777", "sort=-tags"]
)
def test_address_that_is_not_ours_is_explained(enter, query):
    answer = enter("carla").get(f"/people/?{query}")
    assert answer.status_code == 200
    assert answer.context["errors"]


def test_filter_reads_as_a_sentence(cast, enter):
    [company] = run("organisation.create", [{"name": "Brenta"}], cast.ctx("carla"))
    tree = {
        "all": [
            {"field": "phase", "op": "in", "value": ["prospect", "loyal"]},
            {
                "any": [
                    {"field": "organisation", "op": "in", "value": [company.pk]},
                    {"field": "owner", "op": "in", "value": ["me"]},
                ]
            },
            {"field": "created_at", "op": "period", "value": "this_month"},
            {"field": "birth_date", "op": "lt", "value": "1980-02-01"},
        ]
    }
    chips = enter("carla").get("/people/", {"filter": json.dumps(tree)}).context["chips"]
    said = [[f"{p.subject} {p.operator} {p.value}" for p in item["chip"].parts] for item in chips]
    assert said == [
        ["Fase è uno di Potenziale cliente, Fedele"],
        ["Organizzazione è uno di Brenta", "Responsabile è uno di io"],
        ["Creato il è questo mese"],
        ["Data di nascita prima del 01/02/1980"],
    ]


def test_builder_adds_changes_and_joins_conditions(cast, enter):
    people(cast, "carla", "Rossi", city="Torino")
    in_phase("loyal", *people(cast, "carla", "Verdi", city="Milano"))
    people(cast, "carla", "Neri", city="Bari")
    client = enter("carla")
    form = {"what": "city", "op": "is", "value": "Torino", "add": "1", "at": "new"}
    first = place(client.get("/people/filter/", form, **PART))
    assert [row.title for row in client.get(first).context["rows"]] == ["Ada Rossi"]

    held = client.get(first).context["state"].given["filter"]
    either = {"what": "phase", "op": "in", "value": ["loyal"], "add": "1", "at": "0.new", "filter": held}
    second = place(client.get("/people/filter/", either, **PART))
    assert {row.title for row in client.get(second).context["rows"]} == {"Ada Rossi", "Ada Verdi"}

    held = client.get(second).context["state"].given["filter"]
    narrower = {"what": "city", "op": "is", "value": "Milano", "add": "1", "at": "0.0", "filter": held}
    third = place(client.get("/people/filter/", narrower, **PART))
    assert {row.title for row in client.get(third).context["rows"]} == {"Ada Verdi"}


def test_builder_says_what_is_wrong_with_a_value(enter):
    form = {"what": "birth_date", "op": "lt", "value": "31/02/2020", "add": "1"}
    answer = enter("carla").get("/people/filter/", form, **PART)
    assert answer.status_code == 422
    assert answer.context["error"]
    assert "31/02/2020" in answer.content.decode()


def test_builder_reads_numbers_as_the_reader_writes_them(cast, enter):
    for amount in (5, 500, 1500):
        sample(get("opportunity"), cast.carla, amount=amount)
    client = enter("carla")
    form = {"what": "amount", "op": "gte", "value": "1.000", "add": "1"}
    found = client.get(place(client.get("/opportunities/filter/", form, **PART)))
    assert [row.record.amount for row in found.context["rows"]] == [1500]
    [chip] = found.context["chips"]
    assert [part.value.replace("\xa0", " ") for part in chip["chip"].parts] == ["1.000,00 €"]
    again = {"filter": found.context["state"].given["filter"], "what": "amount", "op": "gte", "at": "0"}
    assert 'value="1.000"' in client.get("/opportunities/filter/", again, **PART).content.decode()
    refused = client.get("/opportunities/filter/", {**form, "value": "mille"}, **PART)
    assert refused.status_code == 422
    assert 'value="mille"' in refused.content.decode()


def test_builder_filters_by_related_records(cast, enter):
    busy, idle = run("organisation.create", [{"name": "Con gente"}, {"name": "Deserta"}], cast.ctx("carla"))
    people(cast, "carla", "Rossi", organisation=busy.pk, city="Torino")
    client = enter("carla")
    for subject, op, value, seen in [
        ("person:organisation", "has", "", "Con gente"),
        ("person:organisation", "has_no", "", "Deserta"),
        ("person:organisation.city", "is", "Torino", "Con gente"),
    ]:
        form = {"what": subject, "op": op, "value": value, "add": "1"}
        found = client.get(place(client.get("/organisations/filter/", form, **PART)))
        assert [row.title for row in found.context["rows"]] == [seen]
    assert idle.pk


def test_words_narrow_the_list(cast, enter):
    people(cast, "carla", "Rossi", "Bianchi")
    rows = enter("carla").get("/people/?q=ross").context["rows"]
    assert [row.title for row in rows] == ["Ada Rossi"]


def test_cells_can_be_edited_where_the_record_may_be(cast, enter):
    [mine] = people(cast, "carla", "Mia")
    html = enter("carla").get("/people/?columns=title,city,created_at").content.decode()
    assert f'hx-get="/people/{mine.pk}/edit/city/"' in html
    assert "edit/created_at" not in html
    assert "/edit/" not in enter("ivo").get("/people/?columns=title,city").content.decode()


def test_export_and_import_are_offered_to_whom_may(enter):
    assert "/people/export/?format=csv" in enter("ivo").get("/people/").content.decode()
    assert "/people/import/" not in enter("ivo").get("/people/").content.decode()
    assert "/people/import/" in enter("anna").get("/people/").content.decode()


LISTED = [module.name for module in all_modules() if module.listed]
BOARDS = [module.name for module in all_modules() if module.listed and module.view(Board)]


@pytest.mark.parametrize(("name", "layout"), [*((n, "") for n in LISTED), *((n, "board/") for n in BOARDS)])
def test_list_costs_a_fixed_number_of_queries(cast, enter, name, layout):
    module = get(name)
    if module.is_record:
        sample(module, cast.anna)
        # Some modules allow one record of a kind.
        with suppress(Invalid):
            sample(module, cast.anna)
    client = enter("anna")
    client.get(f"/{module.slug}/{layout}")
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(f"/{module.slug}/{layout}")
    assert answer.status_code == 200
    assert not answer.context["errors"]
    assert len(queries) <= MOST_QUERIES, "\n".join(q["sql"][:150] for q in queries)


def test_two_hundred_rows_cost_no_more_queries_than_three(cast, enter):
    company = run("organisation.create", [{"name": f"C{i}"} for i in range(60)], cast.ctx("carla"))
    client = enter("carla")
    cost = []
    for number in (3, 200):
        rows = [{"last_name": f"R{i}", "organisation": company[i % 60].pk} for i in range(number)]
        run("person.create", rows, cast.ctx("carla"))
        with CaptureQueriesContext(connection) as queries:
            client.get("/people/?columns=title,organisation,organisation.city,organisation.owner,owner")
        cost.append(len(queries))
    assert cost[0] == cost[1] <= MOST_QUERIES
