"""What belongs to a person or an organisation: contact points, addresses, consents, relations."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from anello.core.modules.models import Record
from anello.customers.models.customers import Organisation, Person


def one_of(name: str, *links: str) -> models.CheckConstraint:
    """Exactly one of the links is set."""
    condition = Q()
    for link in links:
        condition |= Q(**{f"{other}__isnull": other != link for other in links})
    return models.CheckConstraint(condition=condition, name=name)


class Detail(Record):
    """A record that belongs to one person or one organisation and is reached through it.

    Its access follows the customer's, so of the indexes of every record only the way from the customer is kept.
    """

    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="%(class)ss")
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="%(class)ss"
    )

    class Meta(Record.Meta):
        abstract = True
        indexes = []  # type: ignore[var-annotated]

    @property
    def customer(self) -> Any:
        return self.person or self.organisation


class ContactPoint(Detail):
    """A further way to reach a customer; the one of each kind that counts most is in the customer's own columns."""

    kind = models.CharField(max_length=10)
    value = models.CharField(max_length=300)
    purpose = models.CharField(max_length=20, blank=True)
    primary = models.BooleanField(default=False)
    notes = models.CharField(max_length=200, blank=True)

    class Meta(Detail.Meta):
        abstract = False
        indexes = [models.Index(Lower("value"), name="contactpoint_key", condition=Q(deleted_at=None))]
        constraints = [one_of("contactpoint_of_one", "person", "organisation")]


class Address(Detail):
    """A postal address besides the main one."""

    kind = models.CharField(max_length=20)
    street = models.CharField(max_length=200)
    postal_code = models.CharField(max_length=12, blank=True)
    city = models.CharField(max_length=100)
    province = models.CharField(max_length=60, blank=True)
    country = models.CharField(max_length=2, default="IT")
    notes = models.CharField(max_length=200, blank=True)

    class Meta(Detail.Meta):
        abstract = False
        constraints = [one_of("address_of_one", "person", "organisation")]


class Consent(Detail):
    """What a customer allowed or forbade at a moment. Never changed: the last one of a purpose holds."""

    purpose = models.CharField(max_length=30)
    status = models.CharField(max_length=10)
    at = models.DateTimeField(default=timezone.now)
    source = models.CharField(max_length=40)
    proof = models.TextField(blank=True)

    class Meta(Detail.Meta):
        abstract = False
        constraints = [one_of("consent_of_one", "person", "organisation")]


class Relation(Detail):
    """`person` or `organisation` is, to the other one, what `kind` says."""

    kind = models.CharField(max_length=30)
    other_person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="related")
    other_organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="related"
    )
    since = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)
    notes = models.CharField(max_length=200, blank=True)

    class Meta(Detail.Meta):
        abstract = False
        constraints = [
            one_of("relation_of_one", "person", "organisation"),
            one_of("relation_to_one", "other_person", "other_organisation"),
            models.CheckConstraint(
                condition=~Q(person=models.F("other_person")) & ~Q(organisation=models.F("other_organisation"))
                | Q(person=None) & Q(other_organisation=None)
                | Q(organisation=None) & Q(other_person=None),
                name="relation_not_to_itself",
            ),
        ]
