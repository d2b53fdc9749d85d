"""What time does to documents."""

from __future__ import annotations

from django.utils import timezone
from pydantic import BaseModel

from anello.core.actions import Context, NotFound, action, engine, run
from anello.core.jobs import periodic
from anello.core.modules import get
from anello.operations.sales.models import Invoice, Quote

BATCH = 1000


@periodic("5 0 * * *")
def expire(timestamp: int) -> None:
    """Every night: quotes nobody answered expire, invoices nobody paid become overdue."""
    while run("sales.expire", {}, Context(via="job")):
        pass


@action("sales.expire")
def expire_documents(ctx: Context, data: BaseModel) -> int:
    """The product's own: at most a batch of each; returns how many changed."""
    if not ctx.actor.system:
        raise NotFound("sales.expire")
    today = timezone.localdate(ctx.now)
    late = {
        "quote": (Quote.objects.filter(status="sent", valid_until__lt=today), "expired"),
        "invoice": (Invoice.objects.filter(status="issued", kind="invoice", due_date__lt=today), "overdue"),
    }
    changed = 0
    for module, (found, status) in late.items():
        records = list(found.select_for_update(of=("self",), skip_locked=True).order_by("pk")[:BATCH])
        if records:
            engine.update(ctx, get(module), [(record, {"status": status}) for record in records], verb="put")
            for record in records:
                ctx.emit(f"{module}.{status}", record)
        changed += len(records)
    return changed
