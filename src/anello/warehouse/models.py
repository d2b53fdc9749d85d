"""Exchange rates: the one thing that the warehouse needs and the CRM does not have."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from anello.core.modules import Record


class ExchangeRate(Record):
    """What one unit of a currency is worth in the base currency, from a day until that of the next rate."""

    currency = models.CharField(max_length=3)
    day = models.DateField()
    rate = models.DecimalField(max_digits=16, decimal_places=8)

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["currency", "day"],
                condition=Q(deleted_at=None),
                name="exchangerate_once",
                violation_error_message=_("That day's rate is there already."),
            ),
            models.CheckConstraint(
                condition=Q(rate__gt=0),
                name="exchangerate_positive",
                violation_error_message=_("A rate is greater than zero."),
            ),
        ]
