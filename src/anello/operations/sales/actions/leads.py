"""Leads: what always holds, conversion, and who gets them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from anello.core.actions import Change, Context, Invalid, action, asked, rule
from anello.core.actions.checks import Errors
from anello.core.modules import get
from anello.core.policies import visible
from anello.customers import duplicates
from anello.kit.text import L
from anello.operations.sales.assignment import assign, explicit
from anello.operations.sales.models import Lead

NO_NAME = L("Scrivi il cognome o l'azienda.", "Write the last name or the company.")
CONVERT = L("Per convertire usa «Converti».", "To convert it use “Convert”.")
NOT_FOUND = L("Non esiste, o non puoi vederlo.", "It does not exist, or you cannot see it.")
SURE = {"person": 0.85, "organisation": 0.6}
"""How likely a duplicate must be for a conversion to use it instead of making another record."""
PERSON = ("first_name", "last_name", "job_title", "email", "phone", "mobile", "source", "source_detail", "tags")
ADDRESS = ("city", "province", "country")


@rule("lead")
def named_and_converted_by_conversion(ctx: Context, changes: list[Change]) -> None:
    with Errors(changes) as errors:
        for index, change in enumerate(changes):
            lead = change.record
            if not lead.last_name and not lead.company:
                errors.add(index, "last_name", NO_NAME)
            if lead.status == "converted" and lead.converted_at is None:
                errors.add(index, "status", CONVERT)
            if lead.status != "converted" and lead.converted_at is not None:
                lead.converted_at = lead.person = lead.organisation = lead.opportunity = None


@rule("lead", when="after")
def nobody_waits(ctx: Context, changes: list[Change]) -> None:
    """New leads that came through a machine, and that nobody was named for, go by the assignment rules."""
    fresh = [c.record for c in changes if c.new and ctx.via != "ui" and c.record.owner_id in (None, ctx.actor.id)]
    if fresh:
        assign(ctx, fresh)


class Convert(BaseModel):
    """What a lead becomes. Records given are used; otherwise sure duplicates are, and the rest is made anew."""

    model_config = ConfigDict(extra="forbid")
    person: int | None = Field(None, json_schema_extra=asked("Persona che c'è già", "Existing person", link="person"))
    organisation: int | None = Field(
        None, json_schema_extra=asked("Organizzazione che c'è già", "Existing organisation", link="organisation")
    )
    reuse: bool = Field(True, json_schema_extra=asked("Usa i doppioni sicuri", "Use sure duplicates"))
    opportunity: bool = Field(True, json_schema_extra=asked("Crea l'opportunità", "Make an opportunity"))
    name: str = Field("", max_length=200, json_schema_extra=asked("Nome dell'opportunità", "Name of the opportunity"))
    amount: Decimal | None = Field(
        None, ge=0, max_digits=14, decimal_places=2, json_schema_extra=asked("Importo", "Amount", kind="money")
    )
    pipeline: int | None = Field(None, json_schema_extra=asked("Percorso di vendita", "Pipeline", link="pipeline"))
    stage: int | None = Field(None, json_schema_extra=asked("Fase", "Stage", link="stage"))
    close_date: dt.date | None = Field(None, json_schema_extra=asked("Chiusura prevista", "Expected close"))


@action(
    "lead.convert",
    module="lead",
    input=Convert,
    label=L("Converti", "Convert"),
    icon="transfer",
    when=lambda lead: lead.status != "converted",
)
def convert(ctx: Context, lead: Lead, data: Convert) -> Lead:
    """Into a person, their organisation and an opportunity; undoing the gesture takes all of it back."""
    organisation = _organisation(ctx, lead, data)
    person = _person(ctx, lead, data, organisation)
    opportunity = None
    if data.opportunity:
        values: dict[str, Any] = {
            "name": data.name or lead.company or lead.title,
            "person": person.pk if person else None,
            "organisation": organisation.pk if organisation else None,
            "amount": data.amount if data.amount is not None else lead.value or Decimal(0),
            "currency": lead.currency,
            "source": lead.source,
            "close_date": data.close_date,
            "owner": lead.owner_id,
            "tags": lead.tags,
        }
        values |= {name: given for name in ("pipeline", "stage") if (given := getattr(data, name)) is not None}
        opportunity = ctx.put(ctx.create("opportunity", values), {"lead": lead.pk})
        if lead.product_id:
            _first_line(ctx, lead, opportunity)
    ctx.put(
        lead,
        {
            "status": "converted",
            "converted_at": ctx.now,
            "person": person.pk if person else None,
            "organisation": organisation.pk if organisation else None,
            "opportunity": opportunity.pk if opportunity else None,
        },
    )
    _said_with_them(ctx, lead)
    return lead


def _said_with_them(ctx: Context, lead: Lead) -> None:
    """What was said with the lead was said with whom it became."""
    who = {"person": lead.person_id, "organisation": lead.organisation_id}
    alone = {"about_module": "lead", "about_id": lead.pk, "person": None, "organisation": None}
    if any(who.values()):
        for said in get("interaction").model._default_manager.filter(**alone):
            ctx.update(said, who)


class Assign(BaseModel):
    """To whom; without `owner` the assignment rules decide."""

    model_config = ConfigDict(extra="forbid")
    owner: int | None = Field(
        None,
        json_schema_extra=asked(
            "A chi", "To whom", link="user", help=L("Vuoto: decidono le regole.", "Empty: the rules decide.")
        ),
    )


@action("lead.assign", module="lead", input=Assign, label=L("Assegna", "Assign"), icon="user-check")
def assign_lead(ctx: Context, lead: Lead, data: Assign) -> Lead:
    """To a colleague, or by the rules; Invalid when no rule fits."""
    if data.owner is not None:
        return explicit(ctx, lead, data.owner)
    if not assign(ctx, [lead]):
        raise Invalid(L("Nessuna regola di assegnazione è adatta.", "No assignment rule fits."))
    return lead


def _first_line(ctx: Context, lead: Lead, opportunity: Any) -> None:
    """The product of interest, at the value the lead was given."""
    line: dict[str, Any] = {"opportunity": opportunity.pk, "product": lead.product_id}
    if opportunity.amount:
        line["unit_price"] = opportunity.amount
    ctx.create("opportunity_line", line)


def _given(ctx: Context, module: str, pk: int) -> Any:
    found = get(module).model._default_manager.filter(visible(ctx.actor, module), pk=pk).first()
    if found is None:
        raise Invalid({module: [NOT_FOUND]})
    return found


def _duplicate(ctx: Context, module: str, values: dict[str, Any]) -> Any:
    matches = duplicates.find(ctx.actor, get(module), values)
    return matches[0].record if matches and matches[0].score >= SURE[module] else None


def _organisation(ctx: Context, lead: Lead, data: Convert) -> Any:
    if data.organisation is not None:
        return _given(ctx, "organisation", data.organisation)
    if not lead.company:
        return None
    values = {"name": lead.company, "vat": lead.vat, "industry": lead.industry, "source": lead.source}
    values |= {name: getattr(lead, name) for name in ADDRESS}
    if not lead.last_name:
        values |= {"email": lead.email, "phone": lead.phone or lead.mobile}
    found = _duplicate(ctx, "organisation", values) if data.reuse else None
    return found or ctx.create("organisation", {**values, "owner": lead.owner_id})


def _person(ctx: Context, lead: Lead, data: Convert, organisation: Any) -> Any:
    if data.person is not None:
        return _given(ctx, "person", data.person)
    if not lead.last_name:
        return None
    values = {name: getattr(lead, name) for name in (*PERSON, *ADDRESS)}
    values["organisation"] = organisation.pk if organisation else None
    found = _duplicate(ctx, "person", values) if data.reuse else None
    return found or ctx.create("person", {**values, "owner": lead.owner_id})
