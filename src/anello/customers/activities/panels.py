"""What the calendar adds to customers' pages."""

from anello.customers.activities import figures

__all__ = ["figures"]
