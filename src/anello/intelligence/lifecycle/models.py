"""The rules by which customers are in a phase."""

from __future__ import annotations

from django.db import models

from anello.core.modules.models import Record


class PhaseRule(Record):
    """Whoever fits the definition, and none of the rules before it, is in the phase."""

    customer = models.CharField(max_length=20, default="person")
    phase = models.CharField(max_length=20)
    position = models.PositiveIntegerField(default=100)
    definition = models.JSONField(default=dict)
    active = models.BooleanField(default=True)
