"""The rules of the rules are registered by importing them."""

from anello.intelligence.lifecycle import rules  # noqa: F401
