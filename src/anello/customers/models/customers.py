"""The customer database."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Lower

from anello.core.modules.models import Record


def _keys(*keys: models.Index) -> list[models.Index]:
    """Indexes by which duplicates are found, besides those of every record.

    An e-mail's key is the address in lower case (`kit.email.email_key`), a name's its words in alphabetical order
    (`kit.names.name_key`, in the database as `anello_name_key`); similar names are found by the trigrams of titles.
    """
    return [
        models.Index(Lower("email"), name="%(class)s_email_key", condition=Q(deleted_at=None) & ~Q(email="")),
        GinIndex(OpClass(F("title_key"), name="gin_trgm_ops"), name="%(class)s_title_trigrams"),
        *keys,
    ]


class Organisation(Record):
    """A company, body or household."""

    name = models.CharField(max_length=200)
    email = models.CharField(max_length=254, blank=True, db_index=True)
    phone = models.CharField(max_length=20, blank=True, db_index=True)
    website = models.CharField(max_length=300, blank=True)
    vat = models.CharField(max_length=20, blank=True, db_index=True)
    tax_code = models.CharField(max_length=16, blank=True, db_index=True)
    industry = models.CharField(max_length=40, blank=True)
    employees = models.PositiveIntegerField(null=True, blank=True)
    revenue = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    phase = models.CharField(max_length=20, default="prospect")
    phase_since = models.DateTimeField(null=True)
    phase_cause = models.JSONField(default=dict)
    source = models.CharField(max_length=40, blank=True)
    source_detail = models.CharField(max_length=200, blank=True)
    campaign = models.CharField(max_length=120, blank=True)
    first_contact_at = models.DateTimeField(null=True, blank=True)
    external_id = models.CharField(max_length=80, blank=True, db_index=True)
    street = models.CharField(max_length=200, blank=True)
    postal_code = models.CharField(max_length=12, blank=True)
    city = models.CharField(max_length=100, blank=True)
    province = models.CharField(max_length=60, blank=True)
    country = models.CharField(max_length=2, default="IT")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="branches")
    key_account = models.BooleanField(default=False)
    tags = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    notes = models.TextField(blank=True)
    merged_into = models.ForeignKey("self", null=True, editable=False, on_delete=models.PROTECT, related_name="merged")

    class Meta(Record.Meta):
        indexes = [
            *Record.Meta.indexes,
            models.Index("phase", "updated_at", "id", name="organisation_phase", condition=Q(deleted_at=None)),
            *_keys(models.Index(Func(F("title_key"), function="anello_name_key"), name="organisation_name_key")),
        ]


class Person(Record):
    """A customer, contact or citizen."""

    first_name = models.CharField(max_length=100, blank=True)
    last_name = models.CharField(max_length=100)
    email = models.CharField(max_length=254, blank=True, db_index=True)
    phone = models.CharField(max_length=20, blank=True, db_index=True)
    mobile = models.CharField(max_length=20, blank=True, db_index=True)
    tax_code = models.CharField(max_length=16, blank=True, db_index=True)
    vat = models.CharField(max_length=20, blank=True)
    birth_date = models.DateField(null=True, blank=True)
    job_title = models.CharField(max_length=120, blank=True)
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="people"
    )
    phase = models.CharField(max_length=20, default="prospect")
    phase_since = models.DateTimeField(null=True)
    phase_cause = models.JSONField(default=dict)
    source = models.CharField(max_length=40, blank=True)
    source_detail = models.CharField(max_length=200, blank=True)
    campaign = models.CharField(max_length=120, blank=True)
    first_contact_at = models.DateTimeField(null=True, blank=True)
    external_id = models.CharField(max_length=80, blank=True, db_index=True)
    language = models.CharField(max_length=5, blank=True, default="it")
    street = models.CharField(max_length=200, blank=True)
    postal_code = models.CharField(max_length=12, blank=True)
    city = models.CharField(max_length=100, blank=True)
    province = models.CharField(max_length=60, blank=True)
    country = models.CharField(max_length=2, default="IT")
    tags = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    notes = models.TextField(blank=True)
    merged_into = models.ForeignKey("self", null=True, editable=False, on_delete=models.PROTECT, related_name="merged")

    class Meta(Record.Meta):
        indexes = [
            *Record.Meta.indexes,
            models.Index("phase", "updated_at", "id", name="person_phase", condition=Q(deleted_at=None)),
            *_keys(
                models.Index(Func(F("title_key"), function="anello_name_key"), F("birth_date"), name="person_name_key"),
                models.Index("birth_date", name="person_birth_date", condition=Q(deleted_at=None)),
                models.Index("vat", name="person_vat", condition=Q(deleted_at=None) & ~Q(vat="")),
            ),
        ]
