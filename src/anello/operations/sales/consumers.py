"""What sales does about events."""

from __future__ import annotations

from anello.core.actions import Context, run
from anello.core.events.consumers import consumer
from anello.core.events.models import Event
from anello.core.modules import get
from anello.operations.sales.models import Opportunity

WON = {"it": "una trattativa è stata vinta", "en": "a deal was won"}


@consumer("sales.customer_phase", kinds=["opportunity.won"])
def prospects_become_customers(events: list[Event]) -> None:
    """Whoever buys for the first time is a prospect no more."""
    won = Opportunity.everything.filter(pk__in=[event.record_id for event in events])
    for module in ("person", "organisation"):
        customers = [pk for pk in won.values_list(f"{module}_id", flat=True) if pk is not None]
        prospects = get(module).model._default_manager.filter(pk__in=customers, phase="prospect")
        changes = [{"id": pk, "phase": "first_time", "cause": WON} for pk in prospects.values_list("pk", flat=True)]
        run("customers.set_phases", {"module": module, "changes": changes}, Context(via="consumer"))
