"""The tables of sales."""

from anello.operations.sales.models.catalogue import Price, PriceList, Product, ProductCategory
from anello.operations.sales.models.documents import (
    DiscountLimit,
    Document,
    Invoice,
    InvoiceLine,
    Line,
    NumberCounter,
    NumberSequence,
    Order,
    OrderLine,
    Quote,
    QuoteLine,
)
from anello.operations.sales.models.pipeline import (
    AssignmentRule,
    Competitor,
    Lead,
    Opportunity,
    OpportunityLine,
    Pipeline,
    Quota,
    Stage,
    Territory,
)

__all__ = [
    "AssignmentRule",
    "Competitor",
    "DiscountLimit",
    "Document",
    "Invoice",
    "InvoiceLine",
    "Lead",
    "Line",
    "NumberCounter",
    "NumberSequence",
    "Opportunity",
    "OpportunityLine",
    "Order",
    "OrderLine",
    "Pipeline",
    "Price",
    "PriceList",
    "Product",
    "ProductCategory",
    "Quota",
    "Quote",
    "QuoteLine",
    "Stage",
    "Territory",
]
