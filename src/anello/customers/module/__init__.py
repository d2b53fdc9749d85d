"""The specs of the customer database."""

from anello.customers.module.customers import INDUSTRIES, LANGUAGES, ORGANISATION, PERSON, PHASES, SOURCES
from anello.customers.module.details import ADDRESS, CONSENT, CONTACT_POINT, PURPOSES, RELATION, RELATION_KINDS
from anello.customers.module.interaction import CHANNELS, INTERACTION

__all__ = [
    "ADDRESS",
    "CHANNELS",
    "CONSENT",
    "CONTACT_POINT",
    "INDUSTRIES",
    "INTERACTION",
    "LANGUAGES",
    "ORGANISATION",
    "PERSON",
    "PHASES",
    "PURPOSES",
    "RELATION",
    "RELATION_KINDS",
    "SOURCES",
]
