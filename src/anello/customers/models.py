"""The customer database."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from anello.core.modules.models import Record


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
    source = models.CharField(max_length=40, blank=True)
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
        pass


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
    source = models.CharField(max_length=40, blank=True)
    source_detail = models.CharField(max_length=200, blank=True)
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
        pass
