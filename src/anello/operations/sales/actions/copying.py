"""One document from another: the customer, the terms and the lines."""

from __future__ import annotations

from typing import Any

from anello.core.actions import Change, Context, engine
from anello.core.modules import by_model
from anello.operations.sales.actions.lines import lines_of
from anello.operations.sales.models import Product

CUSTOMER = ("person_id", "organisation_id", "owner_id", "currency")
TERMS = ("discount", "payment_terms", "notes")
LINE = ("description", "quantity", "unit_price", "discount", "position")
DETAILS = ("unit", "vat_rate")


def customer_of(document: Any) -> dict[str, Any]:
    """Columns that name customer, owner and currency."""
    return {name: getattr(document, name) for name in CUSTOMER}


def terms_of(document: Any) -> dict[str, Any]:
    """Columns that a following document takes over."""
    return customer_of(document) | {name: getattr(document, name) for name in TERMS}


def store(ctx: Context, document: Any) -> Any:
    """Store a new document that the product itself drew up, readonly fields included."""
    engine.store_new(ctx, by_model(type(document)), [Change(document)])
    return document


def copy_lines(ctx: Context, source: Any, link: str, target: Any) -> None:
    """The lines of `source` on `target`, whose lines are of the module `<link>_line`; prices stay as agreed."""
    lines = lines_of(source)
    # A product that was deleted since stays on paper as words.
    alive = set(Product.objects.filter(pk__in=[line.product_id for line in lines]).values_list("pk", flat=True))
    rows = [
        {
            link: target.pk,
            "product": line.product_id if line.product_id in alive else None,
            **{name: getattr(line, name) for name in LINE},
            **{name: getattr(line, name) for name in DETAILS if getattr(line, name, "")},
        }
        for line in lines
    ]
    if rows:
        ctx.create_many(f"{link}_line", rows)
        target.refresh_from_db()
