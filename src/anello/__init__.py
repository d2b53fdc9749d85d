"""Anello, the closed-loop CRM."""

__version__ = "0.1.0"
