"""From the first contact to the decision: leads, opportunities, who looks after them, what is expected of whom."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from anello.core.modules import L, Record
from anello.operations.sales.models.columns import (
    ALIVE,
    Part,
    belongs,
    currency_code,
    link,
    money,
    percent,
    pieces,
    said,
)

USER, TEAM = "accounts.User", "accounts.Team"
PERSON, ORGANISATION = "customers.Person", "customers.Organisation"


class Pipeline(models.Model):
    """A way of selling: its stages in order. The one with the least position is the default."""

    name_it = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["name_it"],
                name="pipeline_name_unique",
                violation_error_message=said("Un altro percorso ha questo nome.", "Another pipeline has this name."),
            )
        ]

    def __str__(self) -> str:
        return str(L(self.name_it, self.name_en))


class Stage(models.Model):
    """A step of a pipeline. An opportunity that stays longer than `stale_days` in it is stale (None: never)."""

    pipeline = models.ForeignKey(Pipeline, on_delete=models.CASCADE, related_name="stages")
    name_it = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField(default=0)
    probability = percent()
    kind = models.CharField(max_length=10, default="open")
    forecast = models.CharField(max_length=12, default="pipeline")
    stale_days = models.PositiveSmallIntegerField(null=True, blank=True)
    active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        indexes = [models.Index(fields=["pipeline", "position"], name="stage_order")]
        constraints = [
            models.UniqueConstraint(
                fields=["pipeline", "name_it"],
                name="stage_name_unique",
                violation_error_message=said(
                    "Il percorso ha già una fase con questo nome.", "The pipeline already has a stage of this name."
                ),
            ),
            models.CheckConstraint(
                condition=Q(kind="open") | Q(kind="won", probability=100) | Q(kind="lost", probability=0),
                name="stage_probability",
                violation_error_message=said(
                    "Una fase vinta vale 100%, una persa 0%.", "A won stage has 100%, a lost one 0%."
                ),
            ),
        ]

    @property
    def color(self) -> str:
        """Of its column on a board: as its outcome."""
        return {"won": "green", "lost": "red"}.get(self.kind, "blue")

    def __str__(self) -> str:
        return str(L(self.name_it, self.name_en))


class Competitor(Record):
    """Who else the customer talks to."""

    name = models.CharField(max_length=120)
    website = models.CharField(max_length=300, blank=True)
    strengths = models.TextField(blank=True)
    weaknesses = models.TextField(blank=True)

    class Meta(Record.Meta):
        constraints = [models.UniqueConstraint(fields=["name"], condition=ALIVE, name="competitor_name_unique")]


class Territory(Record):
    """Customers by place and industry, and who looks after them; an empty list means any."""

    name = models.CharField(max_length=120)
    provinces = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    countries = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    industries = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    sales_team = link(TEAM)
    salesperson = link(USER)
    active = models.BooleanField(default=True)

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=ALIVE, name="territory_name_unique"),
            models.CheckConstraint(
                condition=Q(sales_team__isnull=False) | Q(salesperson__isnull=False),
                name="territory_has_somebody",
                violation_error_message=said("Indica un venditore o una squadra.", "Give a salesperson or a team."),
            ),
        ]


class AssignmentRule(Record):
    """Who gets the leads that meet `condition` (a filter on leads, as JSON; empty: all). The first that fits wins."""

    name = models.CharField(max_length=120)
    position = models.PositiveSmallIntegerField(default=0)
    condition = models.TextField(blank=True)
    strategy = models.CharField(max_length=20, default="round_robin")
    sales_team = link(TEAM)
    salesperson = link(USER)
    last_assignee = link(USER, editable=False)
    active = models.BooleanField(default=True)

    class Meta(Record.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(strategy="territory")
                | Q(strategy="person", salesperson__isnull=False)
                | Q(strategy__in=["round_robin", "load"], sales_team__isnull=False),
                name="assignmentrule_target",
                violation_error_message=said(
                    "Questa strategia vuole un venditore o una squadra.", "This strategy needs a salesperson or a team."
                ),
            )
        ]


class Lead(Record):
    """Somebody who might buy, before being a customer."""

    first_name = models.CharField(max_length=100, blank=True)
    last_name = models.CharField(max_length=100, blank=True)
    company = models.CharField(max_length=200, blank=True)
    job_title = models.CharField(max_length=120, blank=True)
    email = models.CharField(max_length=254, blank=True, db_index=True)
    phone = models.CharField(max_length=20, blank=True, db_index=True)
    mobile = models.CharField(max_length=20, blank=True, db_index=True)
    vat = models.CharField(max_length=20, blank=True)
    industry = models.CharField(max_length=40, blank=True)
    city = models.CharField(max_length=100, blank=True)
    province = models.CharField(max_length=60, blank=True)
    country = models.CharField(max_length=2, default="IT")
    status = models.CharField(max_length=20, default="new")
    source = models.CharField(max_length=40, blank=True)
    source_detail = models.CharField(max_length=200, blank=True)
    value = money(null=True, blank=True, default=None)
    currency = currency_code()
    score = models.PositiveSmallIntegerField(default=0)
    product = link("sales.Product")
    message = models.TextField(blank=True)
    tags = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    notes = models.TextField(blank=True)
    assignment_rule = link("sales.AssignmentRule", editable=False)
    person = link(PERSON, editable=False)
    organisation = link(ORGANISATION, editable=False)
    opportunity = link("sales.Opportunity", editable=False)
    converted_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta(Record.Meta):
        indexes = [
            *Record.Meta.indexes,
            models.Index(fields=["status", "updated_at", "id"], name="lead_status", condition=ALIVE),
            models.Index(fields=["owner", "status"], name="lead_load", condition=ALIVE),
            models.Index(fields=["created_at", "id"], name="lead_created", condition=ALIVE),
            models.Index(fields=["source", "updated_at", "id"], name="lead_source", condition=ALIVE),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(last_name="") | ~Q(company=""),
                name="lead_has_a_name",
                violation_error_message=said("Scrivi il cognome o l'azienda.", "Write the last name or the company."),
            ),
            models.CheckConstraint(
                condition=~Q(status="converted") | Q(converted_at__isnull=False),
                name="lead_converted_has_a_moment",
                violation_error_message=said("Usa «Converti».", "Use “Convert”."),
            ),
        ]


class Opportunity(Record):
    """A possible sale. `expected` is amount × probability; `stale_at` the moment it has been still for too long."""

    name = models.CharField(max_length=200)
    person = link(PERSON)
    organisation = link(ORGANISATION)
    pipeline = models.ForeignKey(Pipeline, blank=True, on_delete=models.PROTECT, related_name="+")
    stage = models.ForeignKey(Stage, blank=True, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, default="open", editable=False)
    amount = money()
    lines_total = money(null=True, default=None, editable=False)
    currency = currency_code()
    probability = percent(blank=True, default=models.NOT_PROVIDED)
    expected = money(editable=False)
    forecast = models.CharField(max_length=12, default="", blank=True)
    close_date = models.DateField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)
    stage_since = models.DateTimeField(default=timezone.now, editable=False)
    stale_at = models.DateTimeField(null=True, blank=True, editable=False)
    lost_reason = models.CharField(max_length=20, blank=True)
    lost_detail = models.CharField(max_length=500, blank=True)
    competitor = link("sales.Competitor")
    next_step = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=40, blank=True)
    lead = link("sales.Lead", editable=False)
    tags = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    notes = models.TextField(blank=True)

    class Meta(Record.Meta):
        indexes = [
            *Record.Meta.indexes,
            models.Index(fields=["stage", "updated_at", "id"], name="opportunity_stage", condition=ALIVE),
            models.Index(
                fields=["stage", "team", "owner"],
                name="opportunity_totals",
                include=["amount", "expected"],
                condition=ALIVE,
            ),
            models.Index(fields=["status", "close_date", "id"], name="opportunity_close", condition=ALIVE),
            models.Index(fields=["owner", "status", "close_date"], name="opportunity_mine", condition=ALIVE),
            models.Index(fields=["status", "closed_at"], name="opportunity_closed", condition=ALIVE),
            models.Index(fields=["stale_at"], name="opportunity_stale", condition=ALIVE & Q(status="open")),
            models.Index(fields=["amount", "id"], name="opportunity_amount", condition=ALIVE),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gte=0),
                name="opportunity_amount_positive",
                violation_error_message=said("L'importo non può essere negativo.", "The amount cannot be negative."),
            ),
            models.CheckConstraint(
                condition=Q(status="open", closed_at=None)
                | Q(status__in=["won", "lost"], closed_at__isnull=False, stale_at=None),
                name="opportunity_closed_has_a_moment",
            ),
            models.CheckConstraint(
                condition=~Q(status="lost") | ~Q(lost_reason=""),
                name="opportunity_lost_has_a_reason",
                violation_error_message=said("Scegli perché è persa.", "Choose why it was lost."),
            ),
        ]

    @property
    def is_stale(self) -> bool:
        """Whether it has been still in its stage for longer than the stage bears."""
        return self.stale_at is not None and self.stale_at <= timezone.now()


class OpportunityLine(Part):
    """A product the customer is interested in; the lines make the opportunity's amount."""

    opportunity = belongs("sales.Opportunity", related_name="lines")
    product = link("sales.Product")
    description = models.CharField(max_length=500, blank=True)
    quantity = pieces()
    unit_price = money(blank=True, default=models.NOT_PROVIDED)
    discount = percent()
    net = money(editable=False)
    position = models.PositiveIntegerField(default=0)

    class Meta(Part.Meta):
        indexes = [models.Index(fields=["opportunity", "position", "id"], name="opportunityline_order")]

    @property
    def currency(self) -> str:
        return self.opportunity.currency


class Quota(Record):
    """What a person or a team shall sell in a month, quarter or year that begins on `start`; `end` is not in it."""

    salesperson = link(USER)
    sales_team = link(TEAM)
    unit = models.CharField(max_length=10, default="month")
    start = models.DateField()
    end = models.DateField(editable=False)
    amount = money(default=models.NOT_PROVIDED)
    currency = currency_code()

    class Meta(Record.Meta):
        indexes = [*Record.Meta.indexes, models.Index(fields=["start", "end"], name="quota_period", condition=ALIVE)]
        constraints = [
            models.CheckConstraint(
                condition=Q(salesperson__isnull=False) ^ Q(sales_team__isnull=False),
                name="quota_whose",
                violation_error_message=said(
                    "Un obiettivo è di un venditore oppure di una squadra.", "A quota is a salesperson's or a team's."
                ),
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=0),
                name="quota_positive",
                violation_error_message=said("L'obiettivo non può essere negativo.", "A quota cannot be negative."),
            ),
            models.UniqueConstraint(
                fields=["salesperson", "sales_team", "unit", "start", "currency"],
                condition=ALIVE,
                nulls_distinct=False,
                name="quota_once",
                violation_error_message=said(
                    "Per questo periodo c'è già un obiettivo.", "There is already a quota for this period."
                ),
            ),
        ]
