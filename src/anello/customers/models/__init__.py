"""The customer database: people and organisations, what belongs to them, and what was said with them."""

from anello.customers.models.customers import Organisation, Person
from anello.customers.models.details import Address, Consent, ContactPoint, Relation
from anello.customers.models.identity import DuplicatePair, DuplicateScan, MergeRecord
from anello.customers.models.interactions import Interaction

__all__ = [
    "Address",
    "Consent",
    "ContactPoint",
    "DuplicatePair",
    "DuplicateScan",
    "Interaction",
    "MergeRecord",
    "Organisation",
    "Person",
    "Relation",
]
