"""Lines of a deal through their small form."""

import pytest
from django.test import Client

from anello.core.actions import run

pytestmark = pytest.mark.django_db


def test_a_line_without_a_price_takes_the_product_s(house, drill):
    deal = run("opportunity.create", {"name": "Trapani"}, house.ctx("carla"))
    browser = Client()
    browser.force_login(house.carla)
    form = {"product": drill.pk, "description": "", "quantity": "3", "unit_price": "", "discount": "0"}
    answer = browser.post(
        f"/opportunity-lines/new/?quick=1&stay=1&opportunity={deal.pk}", form | {"opportunity": deal.pk}
    )
    assert answer.status_code == 200
    line = type(deal).objects.get(pk=deal.pk).lines.get()
    assert (line.description, str(line.unit_price), str(line.net)) == ("Trapano", "100.00", "300.00")
