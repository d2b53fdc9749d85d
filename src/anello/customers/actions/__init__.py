"""Everything that is done to customers; importing this registers the rules and the verbs."""

from anello.customers.actions import identity, phases, privacy, rules

__all__ = ["identity", "phases", "privacy", "rules"]
