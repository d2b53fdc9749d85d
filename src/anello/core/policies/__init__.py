"""Who may: one predicate for lists and single records, and what of a record a person may see and change."""

from anello.core.policies.access import (
    SYSTEM,
    Actor,
    Ground,
    can,
    default_level,
    default_scope,
    field_access,
    grounds,
    level_scope,
    policy,
    rank,
    readable,
    scoped,
    union,
    views_of,
    visible,
)

__all__ = [
    "SYSTEM",
    "Actor",
    "Ground",
    "can",
    "default_level",
    "default_scope",
    "field_access",
    "grounds",
    "level_scope",
    "policy",
    "rank",
    "readable",
    "scoped",
    "union",
    "views_of",
    "visible",
]
