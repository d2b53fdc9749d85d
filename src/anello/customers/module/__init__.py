"""The specs of the customer database."""

from anello.customers.module.customers import (
    CUSTOMERS,
    INDUSTRIES,
    KINDS,
    LANGUAGES,
    ORGANISATION,
    PERSON,
    PHASES,
    SOURCES,
)
from anello.customers.module.details import (
    ADDRESS,
    CONSENT,
    CONTACT_POINT,
    MAIN_COLUMNS,
    PURPOSES,
    RELATION,
    RELATION_KINDS,
)
from anello.customers.module.interaction import CHANNELS, INTERACTION, talked_about

__all__ = [
    "ADDRESS",
    "CHANNELS",
    "CONSENT",
    "CONTACT_POINT",
    "CUSTOMERS",
    "INDUSTRIES",
    "INTERACTION",
    "KINDS",
    "LANGUAGES",
    "MAIN_COLUMNS",
    "ORGANISATION",
    "PERSON",
    "PHASES",
    "PURPOSES",
    "RELATION",
    "RELATION_KINDS",
    "SOURCES",
    "talked_about",
]
