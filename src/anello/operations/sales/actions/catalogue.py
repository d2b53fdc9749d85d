"""What always holds in the catalogue."""

from __future__ import annotations

from decimal import Decimal

from anello.core.actions import Change, Context, rule
from anello.core.actions.checks import Errors
from anello.kit.pricing import margin
from anello.kit.text import L
from anello.operations.sales.models import ProductCategory

MOST = Decimal(9999)


@rule("product")
def margins_follow(ctx: Context, changes: list[Change]) -> None:
    for change in changes:
        product = change.record
        left = None if product.cost is None else margin(product.price, product.cost).percent
        product.margin = None if left is None else max(-MOST, left)


@rule("product_category")
def not_below_itself(ctx: Context, changes: list[Change]) -> None:
    with Errors(changes) as errors:
        for index, change in enumerate(changes):
            above, seen = change.record.parent_id, {change.record.pk}
            while above is not None and above not in seen:
                seen.add(above)
                above = ProductCategory.everything.values_list("parent_id", flat=True).get(pk=above)
            if above is not None:
                errors.add(
                    index,
                    "parent",
                    L("Una categoria non può stare sotto sé stessa.", "A category cannot be below itself."),
                )
