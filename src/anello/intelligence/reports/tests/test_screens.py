"""Reports and dashboards over HTTP: built, read by others, opened onto their records."""

from __future__ import annotations

import html
import json
import re

import pytest
from django.test import Client

from anello.core.accounts.models import Role
from anello.core.actions import Invalid, run
from anello.intelligence.reports.models import Dashboard, Report
from anello.intelligence.reports.tests.conftest import WON

FORM = {
    "module": "opportunity",
    "metric": ["sum:amount", "count", ""],
    "row": ["closed_at@month", "", ""],
    "column": "owner",
    "filter": json.dumps(WON["filter"]),
    "chart": "stacked",
    "limit": "50",
}


def as_(user):
    client = Client()
    client.force_login(user)
    return client


def shown(response):
    return re.sub(r"\s+", " ", html.unescape(response.content.decode()))


def figures(response):
    """The table as text: {label of the line: its figures}."""
    rows = re.findall(r'<tr class="report-depth[^"]*"><th scope="row">(.*?)</th>(.*?)</tr>', shown(response))
    return {
        label: [re.sub(r"<[^>]+>", "", cell).replace("\xa0", " ") for cell in re.findall(r"<td.*?</td>", cells)]
        for label, cells in rows
    }


def test_won_value_by_month_and_owner_from_the_builder_to_the_dashboard(cast, deals):
    bruno = as_(cast.bruno)
    preview = bruno.get("/reports/preview/", FORM)
    assert figures(preview)["Totale"][-2:] == ["390,00 €", "3"]
    assert '"type": "bar"' in shown(preview)
    saved = bruno.post("/reports/build/", {**FORM, "name": "Vinto", "audience": "all"})
    report = Report.objects.get()
    assert saved.url == f"/reports/{report.pk}/build/"
    assert "Vinto" in shown(bruno.get(saved.url))
    put = bruno.post(f"/reports/{report.pk}/put/")
    board = Dashboard.objects.get()
    assert put.url == f"/dashboards/{board.pk}/view/"
    assert f'hx-get="/reports/{report.pk}/tile/?board={board.pk}"' in shown(bruno.get(put.url))
    everything = figures(bruno.get(f"/reports/{report.pk}/tile/"))
    hers = figures(as_(cast.carla).get(f"/reports/{report.pk}/tile/"))
    assert everything["Totale"][-2:] == ["390,00 €", "3"]
    assert hers["Totale"][-2:] == ["350,00 €", "2"]
    assert as_(cast.marta).get(f"/reports/{report.pk}/tile/").status_code == 404


def test_a_figure_opens_the_list_of_exactly_its_records(cast, deals):
    bruno = as_(cast.bruno)
    page = shown(bruno.get("/reports/preview/", FORM))
    links = re.findall(r'<a href="(/opportunities/\?[^"]+)">([^<]*)</a>', page)
    assert links
    for url, text in links:
        count = shown(bruno.get(url.replace("/opportunities/?", "/opportunities/count/?")))
        if "€" not in text:
            assert count == text


def test_a_report_is_seen_by_those_it_is_shared_with(cast, warehouse):
    report = run("report.create", {"name": "Mio", "definition": {"module": "person"}}, cast.ctx("bruno"))
    page = f"/reports/{report.pk}/build/"
    assert as_(cast.ivo).get(page).status_code == 404
    run("report.update", {"audience": "all"}, cast.ctx("bruno"), target=report.pk)
    assert as_(cast.ivo).get(page).status_code == 200
    refused = as_(cast.ivo).post(page, {"module": "person", "name": "Suo"})
    assert refused.status_code == 403
    assert as_(cast.marta).get(page).status_code == 404


def test_filters_of_a_dashboard_narrow_its_reports(cast, deals):
    report = run("report.create", {"name": "Vinto", "definition": {**WON, "columns": []}}, cast.ctx("bruno"))
    narrowed = as_(cast.bruno).get(f"/reports/{report.pk}/tile/", {"owner": cast.dario.pk, "period": "this_year"})
    assert figures(narrowed)["Totale"] == ["40,00 €", "1"]
    assert "periodo del cruscotto non vale" in shown(narrowed)


def test_ready_made_dashboards_answer_each_reader(cast, deals):
    page = shown(as_(cast.carla).get("/dashboards/ready/sales/"))
    tiles = re.findall(r'hx-get="(/dashboards/ready/sales/\d+/)"', page)
    assert len(tiles) == 9
    for tile in [*tiles, *(f"/dashboards/ready/management/{i}/" for i in range(9))]:
        answer = as_(cast.carla).get(tile)
        assert answer.status_code == 200
        assert "alert-danger" not in shown(answer)
    assert as_(cast.marta).get("/dashboards/ready/sales/").status_code == 404


def test_a_list_becomes_a_report_of_its_records(cast, warehouse):
    carla = as_(cast.carla)
    answer = carla.get("/opportunities/to-report/", {"filter": json.dumps(WON["filter"])})
    assert answer.url.startswith("/reports/build/?module=opportunity&filter=")
    assert 'name="audience"' not in shown(carla.get(answer.url))
    assert "to-report/?" in shown(carla.get("/opportunities/", {"view": "all"}))


def test_before_the_first_load_it_says_so(cast, warehouse):
    assert "vuoto" in shown(as_(cast.bruno).get("/reports/preview/", FORM))


@pytest.mark.parametrize(
    "wrong", [{"filter": "{"}, {"filter": "[]"}, {"chart": "pie"}, {"limit": "0x"}, {"metric": ["sum:nothing"]},
              {"module": "nothing"}, {"row": ["a"] * 9}]
)  # fmt: skip
def test_an_address_that_makes_no_sense_is_explained(cast, warehouse, wrong):
    bruno = as_(cast.bruno)
    for path in ("/reports/preview/", "/reports/build/"):
        assert bruno.get(path, {**FORM, **wrong}).status_code in (200, 422)


def test_a_dashboard_takes_only_reports_one_may_see(cast, warehouse):
    report = run("report.create", {"name": "Mio", "definition": {"module": "person"}}, cast.ctx("bruno"))
    with pytest.raises(Invalid):
        run("dashboard.create", {"name": "X", "layout": [{"report": report.pk}]}, cast.ctx("ivo"))


def test_tiles_are_arranged(cast, warehouse):
    ctx = cast.ctx("bruno")
    first, second = (
        run("report.create", {"name": name, "definition": {"module": "person"}}, ctx).pk for name in ("A", "B")
    )
    board = run("dashboard.create", {"name": "X", "layout": [{"report": first}]}, ctx)
    bruno = as_(cast.bruno)
    for move in ({"add": second}, {"up": 1}, {"wide": 0}, {"remove": 1}):
        bruno.post(f"/dashboards/{board.pk}/arrange/", move)
    board.refresh_from_db()
    assert board.layout == [{"report": second, "wide": True}]


def test_tiles_are_those_that_were_shown_and_come_back(cast, warehouse):
    ctx = cast.ctx("bruno")
    made = [run("report.create", {"name": name, "definition": {"module": "person"}}, ctx).pk for name in ("A", "B")]
    layout = [{"report": pk, "wide": False} for pk in made]
    board = run("dashboard.create", {"name": "X", "layout": layout}, ctx)
    bruno, url = as_(cast.bruno), f"/dashboards/{board.pk}/arrange/"
    part = {"HTTP_HX_REQUEST": "true"}
    answer = bruno.post(url, {"remove": 0, "version": board.version}, **part)
    # A second window still shows both, and means A.
    stale = bruno.post(url, {"remove": 0, "version": board.version}, **part)
    assert json.loads(stale.headers["HX-Trigger"])["toast"]["messages"][0]["kind"] == "warning"
    board.refresh_from_db()
    assert board.layout == layout[1:]
    bruno.post(json.loads(answer.headers["HX-Trigger"])["toast"]["messages"][0]["undo"], **part)
    board.refresh_from_db()
    assert board.layout == layout


def test_a_report_of_many_figures_keeps_them_all(cast, warehouse):
    metrics = ["count", "sum:amount", "avg:amount", "min:amount", "max:amount"]
    definition = {"module": "opportunity", "metrics": metrics}
    report = run("report.create", {"name": "X", "definition": definition}, cast.ctx("bruno"))
    page = as_(cast.bruno).get(f"/reports/{report.pk}/build/").content.decode()
    assert re.findall(r'name="metric" value="([^"]*)"', page) == metrics


def test_alerts_of_a_report_whose_records_one_may_not_see_any_more_say_so(cast, warehouse):
    report = run("report.create", {"name": "X", "definition": {"module": "opportunity"}}, cast.ctx("bruno"))
    role = Role.objects.get(key="sales_manager")
    role.grants = {**role.grants, "opportunity": {"view": "none"}}
    role.save()
    answer = as_(cast.bruno).get(f"/reports/{report.pk}/alert/")
    assert answer.status_code == 422
    assert "alert-danger" in answer.content.decode()


def test_a_report_that_makes_no_sense_is_not_kept(cast, warehouse):
    for wrong in ({"module": "nothing"}, {"module": "person", "rows": ["nothing"]}, {}):
        with pytest.raises(Invalid):
            run("report.create", {"name": "X", "definition": wrong}, cast.ctx("bruno"))


def test_what_is_picked_in_one_report_narrows_the_others(cast, deals):
    bruno = as_(cast.bruno)
    won = run("report.create", {"name": "Vinto", "definition": {**WON, "by": "closed_at"}}, cast.ctx("bruno"))
    people = run("report.create", {"name": "Persone", "definition": {"module": "person"}}, cast.ctx("bruno"))
    layout = [{"report": won.pk}, {"report": people.pk}]
    board = run("dashboard.create", {"name": "X", "layout": layout}, cast.ctx("bruno"))
    page = shown(bruno.get(f"/reports/{won.pk}/tile/", {"board": board.pk}))
    march = next(
        url for url, label in re.findall(r'class="report-pick" href="([^"]+)"[^>]*>([^<]+)', page) if "mar" in label
    )
    narrowed = shown(bruno.get(march))
    assert "Chiusa il: mar 2026" in narrowed
    first, second = re.findall(r'hx-get="(/reports/\d+/tile/[^"]+)"', narrowed)
    assert figures(bruno.get(first))["Totale"][-2:] == ["290,00 €", "2"]
    assert "«Chiusa il: mar 2026» non vale qui" in shown(bruno.get(second))


def test_a_pick_that_makes_no_sense_is_explained_and_shows_nothing(cast, deals):
    bruno = as_(cast.bruno)
    report = run("report.create", {"name": "Vinto", "definition": WON}, cast.ctx("bruno"))
    for wrong in ("{", "[1]", '[{"module": "person", "dimension": "nothing", "value": 1}]',
                  '[{"module": "opportunity", "dimension": "closed_at@month", "value": "soon"}]'):  # fmt: skip
        answer = bruno.get(f"/reports/{report.pk}/tile/", {"only": wrong})
        assert "alert-danger" in shown(answer)
        assert not figures(answer)


def test_conditions_are_put_together_in_the_builder(cast, deals):
    bruno = as_(cast.bruno)
    form = {**FORM, "filter": "", "what": "status", "op": "in"}
    assert 'type="checkbox" name="value" value="won"' in shown(bruno.post("/reports/conditions/", form))
    added = shown(bruno.post("/reports/conditions/", {**form, "value": "won", "add": "1"}))
    assert json.loads(added.split('name="filter" value="')[1].split('"><input')[0]) == {"all": [WON["filter"]]}
    assert "/reports/preview/" in added
    refused = bruno.post("/reports/conditions/", {**form, "what": "amount", "op": "gt", "value": "viele", "add": "1"})
    assert refused.status_code == 422
    assert as_(cast.marta).post("/reports/conditions/", form).status_code == 404


def test_a_fact_begins_a_report_of_what_happened(cast, deals):
    page = shown(as_(cast.bruno).get("/reports/new/"))
    url = re.search(r'href="(/reports/build/\?[^"]+)">(?:(?!</a>).)*Trattative vinte', page)[1]
    report = as_(cast.bruno).get(url)
    assert figures(report)["Totale"] == ["390,00 €", "3"]


def test_a_large_number_stands_beside_that_of_the_days_before(cast, deals):
    definition = {
        "module": "opportunity",
        "metric": "count",
        "chart": "number",
        "by": "created_at",
        "period": "this_month",
    }
    page = shown(as_(cast.bruno).get("/reports/preview/", definition))
    assert re.search(r'class="tile-value"><a href="/opportunities/[^"]+">4</a>', page)
    assert "0 dal" in page
