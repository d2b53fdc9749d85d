"""An invented customer, to try a text on."""

from __future__ import annotations

from typing import Any

from anello.core.modules import get
from anello.customers.personalisation import values


def sample(owner: Any) -> dict[str, str]:
    """What the variables say of Maria Rossi, a customer of `owner`, in the current language."""
    organisation = get("organisation").model(name="Rossi Arredi srl", title="Rossi Arredi srl", city="Milano")
    person = get("person").model(
        first_name="Maria",
        last_name="Rossi",
        title="Maria Rossi",
        email="maria.rossi@example.com",
        phone="+390212345678",
        city="Milano",
        job_title="Buyer",
        organisation=organisation,
        owner=owner,
    )
    return values(person)
