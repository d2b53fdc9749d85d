"""All writes of sales: rules that always hold, and verbs."""

from anello.operations.sales.actions import (
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
