"""Where each customer stands, and the cards of the models that say so."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from anello.core.modules.models import Record


def today() -> dt.date:
    return timezone.localdate()


class ModelRun(Record):
    """A model as it was fitted once: what it learned, how it did on what it had not seen, whether it is used."""

    kind = models.CharField(max_length=20)
    of = models.CharField(max_length=20)
    until = models.DateField(default=today)
    fitted_at = models.DateTimeField(default=timezone.now)
    accepted = models.BooleanField(default=False)
    cause = models.JSONField(default=dict)
    parameters = models.JSONField(default=dict)
    measures = models.JSONField(default=dict)
    baseline = models.JSONField(default=dict)
    plots = models.JSONField(default=list)

    class Meta(Record.Meta):
        indexes = [models.Index(fields=["kind", "of", "-fitted_at"], name="modelrun_newest")]


class Standing(Record):
    """What is known and expected of one customer who has bought; a projection, made anew by every scoring."""

    person = models.ForeignKey(
        "customers.Person", null=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    organisation = models.ForeignKey(
        "customers.Organisation", null=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    purchases = models.IntegerField(null=True)
    revenue = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    margin = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    first_purchase = models.DateField(null=True)
    last_purchase = models.DateField(null=True)
    rfm = models.CharField(max_length=3, blank=True)
    p_alive = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    expected_purchases = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    clv = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    clv_low = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    clv_high = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    churn = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    churn_reasons = models.JSONField(default=list)
    next_products = models.JSONField(default=list)
    scored_at = models.DateTimeField(default=timezone.now)
    value_model = models.ForeignKey(ModelRun, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    churn_model = models.ForeignKey(ModelRun, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    next_model = models.ForeignKey(ModelRun, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)

    @property
    def currency(self) -> str:
        return str(settings.BASE_CURRENCY)

    class Meta(Record.Meta):
        # No search of its own: it is found by its customer, and sorted by value.
        indexes = [
            models.Index(fields=["clv", "id"], name="standing_clv", condition=Q(deleted_at=None)),
            models.Index(fields=["churn", "id"], name="standing_churn", condition=Q(deleted_at=None)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["person"], name="standing_person"),
            models.UniqueConstraint(fields=["organisation"], name="standing_organisation"),
            models.CheckConstraint(
                condition=Q(person__isnull=False, organisation__isnull=True)
                | Q(person__isnull=True, organisation__isnull=False),
                name="standing_of_one",
            ),
        ]
