"""Who may: one predicate for lists and single records, and what of a record a person may see and change."""

from anello.core.policies.access import (
    SYSTEM,
    Actor,
    can,
    default_level,
    default_scope,
    field_access,
    policy,
    rank,
    readable,
    scoped,
    views_of,
    visible,
)

__all__ = [
    "SYSTEM",
    "Actor",
    "can",
    "default_level",
    "default_scope",
    "field_access",
    "policy",
    "rank",
    "readable",
    "scoped",
    "views_of",
    "visible",
]
