"""Policies, the turns in which they decide, and every single decision with what came of it."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from anello.core.modules.models import Record

DRAFT, SIMULATED, WAITING, LIVE, PAUSED, ENDED = "draft", "simulated", "waiting", "live", "paused", "ended"
CONTROL, TREATMENT = "control", "treatment"
PROPOSED, APPROVED, EXECUTED, SKIPPED, FAILED, HELD = (
    "proposed", "approved", "executed", "skipped", "failed", "held",
)  # fmt: skip


def new_seed() -> str:
    """What makes the draw of one policy independent of every other's."""
    return secrets.token_hex(8)


class Policy(Record):
    """What to do to whom: who is meant, what is done, within which limits, and by what it is judged.

    `approved_by` is the person on whose authority it acts: only customers that person may edit are treated.
    """

    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    status = models.CharField(max_length=10, default=DRAFT)
    customer = models.CharField(max_length=12, default="person")
    phases = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    segment = models.ForeignKey(
        "segments.Segment", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    condition = models.JSONField(default=dict, blank=True)
    variants = models.JSONField(default=list, blank=True)
    consent = models.CharField(max_length=30, blank=True)
    control_share = models.DecimalField(max_digits=5, decimal_places=2, default=10)
    contacts = models.PositiveSmallIntegerField(default=2)
    contact_days = models.PositiveSmallIntegerField(default=30)
    repeat_days = models.PositiveSmallIntegerField(null=True, blank=True)
    capacity = models.PositiveIntegerField(null=True, blank=True)
    budget = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    rank = models.CharField(max_length=40, blank=True)
    focus = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    priority = models.PositiveSmallIntegerField(default=50)
    ask = models.BooleanField(default=False)
    outcome = models.CharField(max_length=20, default="purchase")
    outcome_event = models.CharField(max_length=80, blank=True)
    window_days = models.PositiveSmallIntegerField(default=30)
    measure = models.CharField(max_length=12, default="conversion")
    schedule = models.CharField(max_length=10, default="once")
    seed = models.CharField(max_length=16, default=new_seed, editable=False)
    simulation = models.JSONField(default=dict, blank=True, editable=False)
    note = models.CharField(max_length=500, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    started_at = models.DateTimeField(null=True, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)

    class Meta(Record.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(control_share__gte=1) & Q(control_share__lte=90), name="policy_holds_some_out"
            )
        ]


class Turn(models.Model):
    """One time a policy decided: what it said then (`terms`), how many it looked at and why it left others out."""

    policy = models.ForeignKey(Policy, on_delete=models.CASCADE, related_name="turns")
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    batch = models.UUIDField()
    terms = models.JSONField(default=dict)
    candidates = models.PositiveIntegerField(default=0)
    treated = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0)
    blocked = models.JSONField(default=list)
    """[{"reason", "it", "en", "count"}], in the order in which the reasons are asked."""
    cost = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    seconds = models.FloatField(default=0)
    measured_at = models.DateTimeField(null=True)
    """When what came of it was last looked at; until then nothing is said of it."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["policy", "number"], name="turn_once")]

    def __str__(self) -> str:
        return f"{self.policy} · {self.number}"


class Decision(Record):
    """What one turn decided for one customer, and what the customer did within the window that followed.

    `variant` is the one that the draw gave, also for who was held out: so each variant has its own control group.
    Millions of rows: stored in one statement per turn, reached through the policy or the customer. The database checks
    the customer only: checking the policy, the turn, owner and team of each row too, which that very statement reads
    from where they are checked, would take longer than all the rest.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    team = models.ForeignKey(
        "accounts.Team", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    policy = models.ForeignKey(
        Policy, on_delete=models.PROTECT, related_name="decisions", db_index=False, db_constraint=False
    )
    turn = models.ForeignKey(
        Turn, on_delete=models.PROTECT, related_name="decisions", db_index=False, db_constraint=False
    )
    person = models.ForeignKey(
        "customers.Person", null=True, blank=True, on_delete=models.PROTECT, related_name="decisions", db_index=False
    )
    organisation = models.ForeignKey(
        "customers.Organisation",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="decisions",
        db_index=False,
    )
    arm = models.CharField(max_length=10)
    variant = models.CharField(max_length=1)
    state = models.CharField(max_length=10)
    phase = models.CharField(max_length=20, blank=True)
    score = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    cost = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    contact = models.BooleanField(default=True, editable=False)
    """Whether the customer notices, so that it counts when contacts are capped."""
    reasons = models.JSONField(default=dict)
    treated_module = models.CharField(max_length=60, blank=True, default="")
    treated_id = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField()
    executed_at = models.DateTimeField(null=True)
    outcome_at = models.DateTimeField(null=True)
    revenue = models.DecimalField(max_digits=16, decimal_places=2, default=0)
    margin = models.DecimalField(max_digits=16, decimal_places=2, default=0)

    class Meta(Record.Meta):
        indexes = [
            models.Index(
                "person", models.F("decided_at").desc(), name="decision_person", condition=Q(person__isnull=False)
            ),
            models.Index(
                "organisation",
                models.F("decided_at").desc(),
                name="decision_organisation",
                condition=Q(organisation__isnull=False),
            ),
            models.Index("policy", "decided_at", name="decision_policy"),
            models.Index("policy", "id", name="decision_waiting", condition=Q(state__in=("proposed", "approved"))),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["turn", "person"], name="decision_once_person", condition=Q(person__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["turn", "organisation"],
                name="decision_once_organisation",
                condition=Q(organisation__isnull=False),
            ),
            models.CheckConstraint(
                condition=Q(person__isnull=False, organisation=None) | Q(person=None, organisation__isnull=False),
                name="decision_of_one",
            ),
        ]

    @property
    def customer(self) -> Any:
        return self.person or self.organisation
