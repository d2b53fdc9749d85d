"""A company ready to sell."""

import pytest

from anello.core.actions import run
from anello.operations.sales.defaults import ensure_defaults


@pytest.fixture
def house(cast):
    """The cast, with pipelines, number series, the base price list and the discount limit in place."""
    ensure_defaults()
    return cast


@pytest.fixture
def customer(house):
    return run("organisation.create", {"name": "Ferramenta Brambilla"}, house.ctx("carla"))


@pytest.fixture
def drill(house):
    return run("product.create", {"code": "TR-1", "name": "Trapano", "price": "100", "cost": "60"}, house.ctx("bruno"))
