"""What marketing lets decisions do: write an e-mail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field

from anello.core.actions import asked
from anello.customers.treatments import Decision, Parameters, treatment
from anello.kit.text import L
from anello.operations.marketing import queries


class Mailing(Parameters):
    """Which e-mail."""

    template: int = Field(json_schema_extra=asked("Modello e-mail", "E-mail template", link="email_template"))


def unwilling(module: str, ids: Sequence[int], parameters: Mailing) -> Mapping[int, L]:
    """People to whom nothing may be sent now."""
    return queries.refusals(ids)


@treatment(
    "email",
    L("E-mail personalizzata", "Personalised e-mail"),
    action="email_message.send",
    parameters=Mailing,
    icon="mail",
    channel="email",
    purpose=queries.PURPOSE,
    customers=("person",),
    refusals=unwilling,
    answers=("email_message.clicked", "email_message.unsubscribed"),
)
def email(customer: Any, parameters: Mailing, decision: Decision) -> Mapping[str, Any]:
    """The template to the person, in their language."""
    return {"template": parameters.template, "person": customer.pk, "key": f"decision:{decision.id}"}
