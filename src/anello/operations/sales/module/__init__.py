"""The Modules of sales."""

from anello.operations.sales.module.catalogue import PRICE, PRICE_LIST, PRODUCT, PRODUCT_CATEGORY
from anello.operations.sales.module.documents import (
    DISCOUNT_LIMIT,
    INVOICE,
    INVOICE_LINE,
    NUMBER_SEQUENCE,
    ORDER,
    ORDER_LINE,
    QUOTE,
    QUOTE_LINE,
    SELLER,
)
from anello.operations.sales.module.pipeline import (
    ASSIGNMENT_RULE,
    COMPETITOR,
    LEAD,
    OPPORTUNITY,
    OPPORTUNITY_LINE,
    PIPELINE,
    QUOTA,
    STAGE,
    TERRITORY,
)

__all__ = [
    "ASSIGNMENT_RULE",
    "COMPETITOR",
    "DISCOUNT_LIMIT",
    "INVOICE",
    "INVOICE_LINE",
    "LEAD",
    "NUMBER_SEQUENCE",
    "OPPORTUNITY",
    "OPPORTUNITY_LINE",
    "ORDER",
    "ORDER_LINE",
    "PIPELINE",
    "PRICE",
    "PRICE_LIST",
    "PRODUCT",
    "PRODUCT_CATEGORY",
    "QUOTA",
    "QUOTE",
    "QUOTE_LINE",
    "SELLER",
    "STAGE",
    "TERRITORY",
]
