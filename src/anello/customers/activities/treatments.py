"""What the calendar lets decisions do: a task or a call for the salesperson."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Any, Literal

from django.db.models import Count
from django.utils import timezone
from pydantic import Field

from anello.core.actions import asked
from anello.core.modules import get
from anello.customers.activities.models import Activity
from anello.customers.activities.module import ACTIVE, CALL, TASK
from anello.customers.treatments import (
    Decision,
    Parameters,
    Personal,
    link_to,
    personal,
    responsible,
    treatment,
)
from anello.kit.periods import add_working_days
from anello.kit.text import L

NO_NUMBER = L("Non ha un numero di telefono.", "There is no phone number.")
PRIORITIES = [("low", L("Bassa", "Low")), ("normal", L("Normale", "Normal")), ("high", L("Alta", "High"))]
NUMBERS = {"person": ("phone", "mobile"), "organisation": ("phone",)}


class ToDo(Parameters):
    """A task or a call."""

    subject: Annotated[Personal, Field(min_length=1, max_length=200)] = Field(
        json_schema_extra=asked(
            "Oggetto",
            "Subject",
            help=L("Può nominare il cliente: {{ customer.title }}.", "It may name the customer: {{ customer.title }}."),
        )
    )
    description: Annotated[Personal, Field(max_length=5000)] = Field(
        "", json_schema_extra=asked("Che cosa fare", "What to do", kind="textarea")
    )
    days: int = Field(
        2, ge=0, le=365, json_schema_extra=asked("Entro quanti giorni lavorativi", "Within how many working days")
    )
    priority: Literal["low", "normal", "high"] = Field(
        "normal", json_schema_extra=asked("Priorità", "Priority", options=PRIORITIES)
    )
    team: int | None = Field(
        None,
        json_schema_extra=asked(
            "Squadra",
            "Team",
            link="team",
            help=L("Per i clienti senza responsabile, a turno.", "For customers without an owner, in turn."),
        ),
    )


def waiting(owners: Collection[int]) -> Mapping[int, int]:
    """How many tasks and calls wait for each person."""
    found = Activity.objects.filter(owner__in=owners, status__in=ACTIVE, kind__in=(TASK, CALL), recurrence="")
    return dict(found.order_by().values_list("owner").annotate(Count("pk")))


def without_number(module: str, ids: Sequence[int], parameters: ToDo) -> Mapping[int, L]:
    """Customers nobody can call."""
    silent = get(module).model._default_manager.filter(pk__in=ids, **dict.fromkeys(NUMBERS[module], ""))
    return dict.fromkeys(silent.values_list("pk", flat=True), NO_NUMBER)


def _activity(kind: str, customer: Any, parameters: ToDo, decision: Decision) -> dict[str, Any]:
    day = add_working_days(timezone.localdate(decision.at), parameters.days)
    # A call stands in the calendar of its day without taking anybody's time.
    noon = timezone.make_aware(dt.datetime.combine(day, dt.time(12)))
    when = {"due_on": day} if kind == TASK else {"start_at": noon, "all_day": True, "free": True}
    words = [personal(parameters.description, customer), decision.reason]
    return {
        "kind": kind,
        "subject": personal(parameters.subject, customer)[:200],
        "description": "\n\n".join(part for part in words if part),
        **when,
        "priority": parameters.priority,
        "owner": responsible(customer, parameters.team, waiting),
        **link_to(customer),
        **({"direction": "outbound"} if kind == CALL else {}),
    }


@treatment(
    "task",
    L("Compito per il venditore", "Task for the salesperson"),
    action="activity.create",
    parameters=ToDo,
    icon="checklist",
    contact=False,
    load=waiting,
)
def task(customer: Any, parameters: ToDo, decision: Decision) -> Mapping[str, Any]:
    """Something to do about the customer, by a day."""
    return _activity(TASK, customer, parameters, decision)


@treatment(
    "call",
    L("Telefonata del venditore", "Call by the salesperson"),
    action="activity.create",
    parameters=ToDo,
    icon="phone",
    channel="phone",
    purpose="phone",
    load=waiting,
    refusals=without_number,
)
def call(customer: Any, parameters: ToDo, decision: Decision) -> Mapping[str, Any]:
    """A call to make by a day."""
    return _activity(CALL, customer, parameters, decision)
