"""Deals that were won, in a warehouse of the test's own."""

from __future__ import annotations

import datetime as dt

import pytest
from tests.samples import sample

from anello.core.modules import get
from anello.operations.sales.models import Opportunity


@pytest.fixture
def deals(cast, warehouse):
    """Won: Carla 100 in January and 250 in March, Dario 40 in March; open: Bruno 7."""
    stage = sample(get("stage")).pk
    for owner, amount, closed in (
        (cast.carla, 100, dt.datetime(2026, 1, 31, 23, 30, tzinfo=dt.UTC)),
        (cast.carla, 250, dt.datetime(2026, 3, 10, tzinfo=dt.UTC)),
        (cast.dario, 40, dt.datetime(2026, 3, 12, tzinfo=dt.UTC)),
        (cast.bruno, 7, None),
    ):
        made = sample(get("opportunity"), owner, stage=stage, amount=amount)
        # Half past eleven at night in Greenwich is the next day, and month, in Rome.
        Opportunity.objects.filter(pk=made.pk).update(closed_at=closed, status="won" if closed else "open")
    warehouse.load()
    return warehouse


WON = {
    "module": "opportunity",
    "metrics": ["sum:amount", "count"],
    "rows": ["closed_at@month"],
    "columns": ["owner"],
    "filter": {"field": "status", "op": "in", "value": ["won"]},
}
