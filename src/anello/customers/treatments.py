"""What may be done to a customer, by whoever decides it: registered here by the areas that can do it.

>>> @treatment("postcard", L("Cartolina", "Postcard"), action="activity.create", parameters=Postcard, channel="post")
... def postcard(customer, parameters, decision): return {"kind": "task", "subject": f"…{parameters.motif}"}

The decorated function only prepares the input of a registered action; `apply` runs that action once per decision, and
each of its events carries the decision. An area puts its treatments into its `treatments.py`; nothing else names them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from anello.core.accounts.queries import members
from anello.core.actions import Context, Invalid, NotFound, action, run
from anello.core.actions.errors import explain
from anello.core.modules import by_model, get
from anello.customers import queries
from anello.customers.personalisation import Pattern, parse, values
from anello.kit.text import L

Customers = Literal["person", "organisation"]
BOTH: tuple[Customers, ...] = ("person", "organisation")
WRONG_KIND = L("Non vale per questo tipo di cliente.", "It does not suit this kind of customer.")
NO_CONSENT = L("Non ha dato il consenso.", "There is no consent.")
NOBODY = L(
    "Il cliente non ha un responsabile né una squadra: scegli una squadra.",
    "The customer has neither an owner nor a team: choose a team.",
)


def _personal(text: str) -> str:
    parse(text)
    return text


Personal = Annotated[str, AfterValidator(_personal)]
"""A text with variables (`{{ customer.title }}`); a parameter of this type is refused when one is unknown."""


class Parameters(BaseModel):
    """What a treatment wants to know; its form derives from the fields."""

    model_config = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class Decision:
    """Why a customer is treated, as far as a treatment needs to know."""

    id: int
    at: dt.datetime
    reason: str = ""
    """In words, for whoever carries it out."""


Prepare = Callable[[Any, Any, Decision], Mapping[str, Any]]
Load = Callable[[Collection[int]], Mapping[int, int]]
Refusals = Callable[[str, Sequence[int], Any], Mapping[int, L]]


@dataclass(frozen=True)
class Treatment:
    """Something that may be done to a customer."""

    name: str
    label: L
    action: str
    """The registered action that does it."""
    prepare: Prepare
    """`f(customer, parameters, decision)` → the action's input."""
    parameters: type[BaseModel] = Parameters
    icon: str = "bolt"
    channel: str = ""
    """How the customer is reached (a channel of interactions); empty when they are not."""
    purpose: str = ""
    """The consent without which it must not be done; empty when none is needed."""
    contact: bool = True
    """Whether the customer notices, so that it counts when contacts are capped."""
    customers: tuple[Customers, ...] = BOTH
    load: Load | None = None
    """`f(owners)` → {owner: how much of it waits for them}; None when nobody's time is spent."""
    refusals: Refusals | None = None
    """`f(module, ids, parameters)` → {id: why it cannot be done to this customer now}, in few statements."""
    answers: tuple[str, ...] = ()
    """Kinds of events by which customers answer to what was made (`opportunity.won`): these alone, of all that happens
    to it, are the customer's doing and not ours, and may be what is hoped for."""


_treatments: dict[str, Treatment] = {}


def treatment(
    name: str,
    label: L,
    *,
    action: str,
    parameters: type[BaseModel] = Parameters,
    icon: str = "bolt",
    channel: str = "",
    purpose: str = "",
    contact: bool = True,
    customers: tuple[Customers, ...] = BOTH,
    load: Load | None = None,
    refusals: Refusals | None = None,
    answers: tuple[str, ...] = (),
) -> Callable[[Prepare], Prepare]:
    """Register `f(customer, parameters, decision) -> input of the action`."""

    def register(prepare: Prepare) -> Prepare:
        if name in _treatments:
            raise ValueError(f"treatment {name} is registered twice")
        how = (icon, channel, purpose, contact, customers, load, refusals, answers)
        _treatments[name] = Treatment(name, label, action, prepare, parameters, *how)
        return prepare

    return register


def all() -> list[Treatment]:
    """Every treatment, in the order in which areas registered them."""
    return list(_treatments.values())


def get_treatment(name: str) -> Treatment:
    """The treatment of that name; Invalid if there is none."""
    if name not in _treatments:
        raise Invalid({"treatment": [L(f"Non esiste il trattamento «{name}».", f"There is no treatment “{name}”.")]})
    return _treatments[name]


def understood(name: str, parameters: Mapping[str, Any]) -> Any:
    """The typed parameters of a treatment; Invalid says which are wrong."""
    try:
        return get_treatment(name).parameters.model_validate(dict(parameters))
    except ValidationError as error:
        raise Invalid(explain(error)) from error


def refused(name: str, module: str, ids: Sequence[int], parameters: Mapping[str, Any]) -> dict[int, L]:
    """{id: why} of the customers to whom it cannot be done now; the same that `apply` refuses."""
    chosen, typed = get_treatment(name), understood(name, parameters)
    if module not in chosen.customers:
        return dict.fromkeys(ids, WRONG_KIND)
    found: dict[int, L] = {}
    if chosen.refusals is not None:
        found |= chosen.refusals(module, ids, typed)
    if chosen.purpose:
        willing = queries.allowed(module, ids, chosen.purpose)
        found |= {pk: NO_CONSENT for pk in ids if pk not in willing}
    return found


def apply(
    name: str, module: str, pk: int, parameters: Mapping[str, Any], decision: Decision, ctx: Context | None = None
) -> Any:
    """Do it to one customer and return the record that came of it; the same decision does nothing twice.

    Invalid says why it cannot be done; NotFound that the customer is no longer.
    """
    by = ctx or Context(via="job")
    mine = Context(via=by.via, batch=by.batch, now=by.now, cause={**by.cause, "decision_id": decision.id})
    data = {
        "treatment": name,
        "module": module,
        "customer": pk,
        "parameters": parameters,
        "decision": decision.id,
        "at": decision.at,
        "reason": decision.reason,
    }
    return run("treatment.apply", data, mine, key=f"decision:{decision.id}")


class Apply(BaseModel):
    """A decision carried out."""

    model_config = ConfigDict(extra="forbid")
    treatment: str
    module: Customers
    customer: int
    parameters: dict[str, Any]
    decision: int
    at: dt.datetime
    reason: str = ""


@action("treatment.apply", input=Apply)
def carry_out(ctx: Context, data: Apply) -> Any:
    """The product's own: people decide, and decisions are carried out for them."""
    if not ctx.actor.system:
        raise NotFound("treatment.apply")
    chosen = get_treatment(data.treatment)
    typed = understood(data.treatment, data.parameters)
    model = get(data.module).model
    links = ["owner", *(["organisation"] if data.module == "person" else [])]
    customer = model._default_manager.select_related(*links).filter(pk=data.customer).first()
    if customer is None:
        raise NotFound(str(get(data.module).names))
    if why := refused(data.treatment, data.module, [data.customer], data.parameters).get(data.customer):
        raise Invalid(why)
    decision = Decision(data.decision, data.at, data.reason)
    result = run(chosen.action, chosen.prepare(customer, typed, decision), ctx)
    ctx.emit("treatment.apply", customer, data={"treatment": data.treatment, "reason": data.reason})
    return result


def personal(text: str, customer: Any) -> str:
    """A parameter's text for one customer."""
    pattern: Pattern = parse(text)
    return pattern.fill(values(customer))


def link_to(customer: Any) -> dict[str, int]:
    """The customer as the `person` or `organisation` of another record; of a person, the employer too."""
    if by_model(type(customer)).name == "person":
        employer = {"organisation": customer.organisation_id} if customer.organisation_id else {}
        return {"person": customer.pk, **employer}
    return {"organisation": customer.pk}


def responsible(customer: Any, team: int | None, load: Load) -> int:
    """Who takes care of it: the customer's owner, else the one of the team with least to do, so that it goes round."""
    if customer.owner is not None and customer.owner.is_active:
        return customer.owner_id
    people = members(team or customer.team_id)
    if not people:
        raise Invalid({"team": [NOBODY]})
    busy = load(people)
    return min(people, key=lambda person: (busy.get(person, 0), person))
