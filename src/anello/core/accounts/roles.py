"""The roles that every installation starts with; administrators change them and add their own."""

from __future__ import annotations

from typing import Any

from anello.core.accounts.models import Role

USER, MANAGER, READER = "user", "manager", "reader"

DEFAULT_ROLES: dict[str, dict[str, Any]] = {
    "administrator": {"name_it": "Amministratore", "name_en": "Administrator", "administrator": True},
    "sales_manager": {
        "name_it": "Responsabile vendite",
        "name_en": "Sales manager",
        "areas": {
            "customers": MANAGER,
            "activities": MANAGER,
            "sales": MANAGER,
            "catalogue": MANAGER,
            "marketing": USER,
            "analysis": USER,
            "decisions": MANAGER,
        },
    },
    "sales": {
        "name_it": "Venditore",
        "name_en": "Salesperson",
        "areas": {"customers": USER, "activities": USER, "sales": USER, "catalogue": USER},
    },
    "service": {"name_it": "Assistenza", "name_en": "Service", "areas": {"customers": USER, "activities": USER}},
    "supervisor": {
        "name_it": "Supervisore",
        "name_en": "Supervisor",
        "areas": {"customers": MANAGER, "activities": MANAGER},
    },
    "agent": {"name_it": "Operatore", "name_en": "Agent", "areas": {"customers": USER, "activities": USER}},
    "analyst": {
        "name_it": "Analista",
        "name_en": "Analyst",
        "areas": {
            "customers": READER,
            "activities": READER,
            "sales": READER,
            "catalogue": READER,
            "marketing": MANAGER,
            "analysis": MANAGER,
            "decisions": MANAGER,
        },
    },
}


def ensure_default_roles() -> None:
    """Create the default roles that are missing; those that exist stay as the administrator left them."""
    for key, values in DEFAULT_ROLES.items():
        Role.objects.get_or_create(key=key, defaults=values)
