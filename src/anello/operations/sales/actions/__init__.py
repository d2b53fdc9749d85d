"""All writes of sales: rules that always hold, and verbs."""

from anello.operations.sales.actions import catalogue, documents, lines, numbers, opportunities, quotas

__all__ = ["catalogue", "documents", "lines", "numbers", "opportunities", "quotas"]
