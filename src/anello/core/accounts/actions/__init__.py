"""The verbs of accounts; importing them registers them."""

from anello.core.accounts.actions import own, people, roles, teams

__all__ = ["own", "people", "roles", "teams"]
