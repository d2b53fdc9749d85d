"""What is expected of each open lead."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from anello.core.modules.models import Record


class LeadScore(Record):
    """The probability that a lead becomes a customer; a projection, made anew by every scoring."""

    lead = models.ForeignKey("sales.Lead", on_delete=models.CASCADE, related_name="+", db_index=False)
    probability = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    reasons = models.JSONField(default=list)
    scored_at = models.DateTimeField(default=timezone.now)
    model = models.ForeignKey("value.ModelRun", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)

    class Meta(Record.Meta):
        indexes = [models.Index(fields=["probability", "id"], name="leadscore_probability")]
        constraints = [models.UniqueConstraint(fields=["lead"], name="leadscore_lead")]
