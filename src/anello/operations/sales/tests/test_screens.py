"""Home, forecast and papers over HTTP."""

import pytest

from anello.core.actions import run

pytestmark = pytest.mark.django_db


@pytest.fixture
def quote(house, customer, drill):
    opportunity = run(
        "opportunity.create",
        {"name": "Trapani", "organisation": customer.pk, "amount": "1000", "close_date": "2020-01-01"},
        house.ctx("carla"),
    )
    run("opportunity.create", {"name": "Vinta", "organisation": customer.pk, "amount": "70"}, house.ctx("carla"))
    quote = run("quote.from_opportunity", {}, house.ctx("carla"), target=opportunity.pk)
    run("quote_line.create", {"quote": quote.pk, "product": drill.pk, "discount": "20"}, house.ctx("carla"))
    return run("quote.request_approval", None, house.ctx("carla"), target=quote.pk)


def test_home_shows_what_wants_attention(client, house, quote):
    client.force_login(house.carla)
    page = client.get("/sales/").content.decode()
    deal = f'href="/opportunities/{quote.opportunity_id}/"'
    assert deal in page
    assert quote.number not in page
    client.force_login(house.bruno)
    assert deal not in client.get("/sales/").content.decode()
    page = client.get("/sales/?who=all&pipeline=nonsense").content.decode()
    assert deal in page
    assert quote.number in page


@pytest.mark.parametrize("by", ["person", "team"])
def test_forecast_page(client, house, quote, by):
    client.force_login(house.carla)
    opportunity = quote.opportunity
    run("opportunity.win", None, house.ctx("carla"), target=opportunity.pk)
    page = client.get(f"/sales/forecast/?period=year&by={by}").content.decode()
    assert (str(house.carla) if by == "person" else "Vendite Nord") in page.split("<main", 1)[1]
    assert "1.000" in page
    assert client.get("/sales/forecast/?period=never").status_code == 404


def test_paper_is_a_pdf_for_who_may_see_it(client, house, quote):
    client.force_login(house.carla)
    answer = client.get(f"/quotes/{quote.pk}/pdf/")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF")
    assert f"/quotes/{quote.pk}/pdf/" in client.get(f"/quotes/{quote.pk}/").content.decode()
    for who in ("dario", "marta"):
        client.force_login(getattr(house, who))
        assert client.get(f"/quotes/{quote.pk}/pdf/").status_code == 404


def test_who_does_not_sell_has_no_sales_pages(client, house):
    for who in ("marta", "elena"):
        client.force_login(getattr(house, who))
        for url in ("/sales/", "/sales/forecast/"):
            assert client.get(url).status_code == 404
            assert f'href="{url}"' not in client.get("/").content.decode()
