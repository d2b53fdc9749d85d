"""Saved cases."""

from __future__ import annotations

from django.db import models

from anello.core.modules.models import Record


class BusinessCase(Record):
    """What a CRM is worth to a company, as somebody reckoned it: what was assumed, and the main results."""

    name = models.CharField(max_length=120)
    notes = models.TextField(blank=True)
    inputs = models.JSONField(default=dict, blank=True)
    answers = models.JSONField(default=dict, blank=True)
    npv = models.DecimalField(max_digits=18, decimal_places=2, null=True, editable=False)
    irr = models.DecimalField(max_digits=9, decimal_places=2, null=True, editable=False)
    payback = models.DecimalField(max_digits=5, decimal_places=2, null=True, editable=False)
    risk = models.DecimalField(max_digits=5, decimal_places=2, null=True, editable=False)
    adoption = models.DecimalField(max_digits=5, decimal_places=2, null=True, editable=False)

    class Meta(Record.Meta):
        pass
