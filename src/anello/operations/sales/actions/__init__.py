"""All writes of sales: rules that always hold, and verbs."""

from anello.operations.sales.actions import (
    arranging,
    catalogue,
    documents,
    invoices,
    leads,
    lines,
    numbers,
    opportunities,
    orders,
    quotas,
    quotes,
)

__all__ = [
    "arranging",
    "catalogue",
    "documents",
    "invoices",
    "leads",
    "lines",
    "numbers",
    "opportunities",
    "orders",
    "quotas",
    "quotes",
]
