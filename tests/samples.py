"""A valid record of any module, made from its spec."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from decimal import Decimal
from typing import Any

from anello.core.accounts.models import User
from anello.core.actions import Context, run
from anello.core.modules import Choice, Field, Link, Module, get
from anello.core.modules import fields as kinds
from anello.core.modules.registry import by_model
from anello.core.studio.shape import open_modules
from anello.operations.sales.defaults import ensure_defaults

_numbers = itertools.count(1)
_retouched = itertools.cycle(["phone", "mobile", "job_title", "birth_date", "city", "province", "source", "campaign"])
SAMPLES: dict[str, dict[str, Any]] = {
    "contact_point": {"value": "sample@example.com"},
    "relation": {"other_organisation": lambda owner: sample(get("organisation"), owner).pk},
    "attendee": {"email": "sample@example.com"},
    "activity": {"start_at": dt.datetime(2026, 11, 2, 9, tzinfo=dt.UTC)},
    "report": {"definition": {"module": "person"}},
    "report_mail": {
        "report": lambda owner: _shared_report(owner),
        "recipients": lambda owner: [(owner or _somebody()).pk],
    },
    "report_alert": {"report": lambda owner: _shared_report(owner), "metric": "count", "threshold": Decimal(10)},
    "webhook": {"kinds": ["person.*"]},
    "custom_module": {
        "name": lambda owner: f"x_module_{next(_numbers)}",
        "plural_it": lambda owner: f"Moduli {next(_numbers)}",
        "plural_en": lambda owner: f"Modules {next(_numbers)}",
    },
    "custom_field": {"module": "person", "name": lambda owner: f"x_sample_{next(_numbers)}"},
    "layout": {"module": lambda owner: _an_open_module()},
    "retouch": {"module": "person", "field": lambda owner: next(_retouched)},
    "email_template": {
        "subject_it": "Sample",
        "body_it": "<mjml><mj-body><mj-section><mj-column><mj-text>Sample</mj-text></mj-column></mj-section></mj-body></mjml>",
    },
    "email_message": {"person": lambda owner: _reader(owner)},
    "lead": {"last_name": "Sample"},
    "exchange_rate": {"currency": "USD", "day": lambda owner: dt.date(2020, 1, 1) + dt.timedelta(days=next(_numbers))},
    "territory": {"salesperson": lambda owner: (owner or _somebody()).pk},
    "assignment_rule": {"strategy": "person", "salesperson": lambda owner: (owner or _somebody()).pk},
    "quota": {"start": dt.date(2026, 11, 1), "salesperson": lambda owner: (owner or _somebody()).pk},
    "number_sequence": {"code": lambda owner: f"s{next(_numbers)}", "pattern": "S-{seq}"},
    "opportunity": {"stage": lambda owner: sample(get("stage")).pk},
    "opportunity_line": {"description": "Sample", "unit_price": Decimal(10)},
    **{document: {"organisation": lambda owner: _customer(owner)} for document in ("quote", "order", "invoice")},
    **{
        f"{document}_line": {"description": "Sample", "unit_price": Decimal(10)}
        for document in ("quote", "order", "invoice")
    },
}
"""Values that a spec cannot tell by itself: {module: {field: value or function of the owner}}."""


PROJECTIONS: dict[str, dict[str, Any]] = {
    "solution": {"name": "Sample"},
    "model_run": {"kind": "value", "of": "person"},
    "standing": {"clv": Decimal(10)},
    "lead_score": {"probability": Decimal(10)},
    "identity_pair": {"other_id": lambda owner: sample(get("person"), owner).pk},
}
"""Modules whose rows are written by jobs: {module: values or functions of the owner}."""


def _an_open_module() -> str:
    """Another one each time: a module has one layout of its list."""
    found = open_modules()
    return found[next(_numbers) % len(found)].name


def sample(module: Module, owner: User | None = None, **given: Any) -> Any:
    """Create one record through its action, with the required fields filled and what it hangs on created too."""
    if module.name == "webhook_delivery":
        # The product's own bookkeeping: no action creates one.
        return module.model._default_manager.create(
            webhook=sample(get("webhook"), owner), event_id=next(_numbers), kind="x"
        )
    if module.name in PROJECTIONS:
        return _projected(module, owner)
    if module.name == "decision":
        return _decision(owner)
    if module.name == "segment_member":
        made = module.model._default_manager.create(
            segment=sample(get("segment"), owner), person=sample(get("person"), owner)
        )
        made.owner = owner
        made.save()
        return made
    values: dict[str, Any] = {}
    for f in module.inputs.values():
        if f.required:
            values[f.name] = value_of(f, owner)
    if module.parents and not any(values.get(p) for p in module.parents):
        link = module.field(module.parents[0])
        values[link.name] = value_of(link, owner)
    if owner is not None and "owner" in module.inputs:
        values["owner"] = owner.pk
    for name, value in SAMPLES.get(module.name, {}).items():
        values[name] = value(owner) if callable(value) else value
    return run(f"{module.name}.create", {**values, **given}, Context())


def in_phase(phase: str, *customers: Any) -> None:
    """The life cycle finds these people, or organisations, in that phase."""
    changes = [{"id": one.pk, "phase": phase, "cause": {"it": "prova", "en": "test"}} for one in customers]
    run("customers.set_phases", {"module": by_model(type(customers[0])).name, "changes": changes}, Context())
    for one in customers:
        one.refresh_from_db()


def _projected(module: Module, owner: User | None) -> Any:
    """A row that the product alone writes, of a record of the owner's."""
    links = {name: sample(get(module.field(name).to), owner) for name in module.parents[:1]}  # type: ignore[attr-defined]
    values = {n: v(owner) if callable(v) else v for n, v in PROJECTIONS[module.name].items()}
    made = module.model._default_manager.create(**links, **values)
    made.owner = owner
    made.save()
    return made


def _decision(owner: User | None) -> Any:
    """One of a policy that decided about a customer of the owner."""
    from anello.decisions.models import Decision, Turn

    policy, person = sample(get("policy")), sample(get("person"), owner)
    now = dt.datetime(2026, 11, 2, 9, tzinfo=dt.UTC)
    terms = {
        "customer": "person",
        "phases": [],
        "segment": None,
        "condition": {},
        "variants": [],
        "consent": "",
        "contact_days": 30,
    }
    terms |= {"contacts": 2, "capacity": None, "budget": None, "focus": None, "control_share": 10}
    turn = Turn.objects.create(policy=policy, number=1, at=now, batch=uuid.uuid4(), terms=terms)
    return Decision.objects.create(
        policy=policy, turn=turn, person=person, owner=owner, team_id=person.team_id, arm="control", variant="A",
        state="held", decided_at=now, reasons={"draw": 0.01}, title=policy.name,
    )  # fmt: skip


def _shared_report(owner: User | None) -> int:
    """One that everybody may open."""
    return int(sample(get("report"), owner, audience="all").pk)


def _somebody() -> User:
    return User.objects.order_by("pk")[0]


def _reader(owner: User | None) -> int:
    """Somebody who agreed to e-mails."""
    person = sample(get("person"), owner, email=f"sample{next(_numbers)}@example.com")
    sample(get("consent"), owner, person=person.pk, purpose="email", status="given")
    return person.pk


def _customer(owner: User | None) -> int:
    ensure_defaults()
    return sample(get("organisation"), owner).pk


def value_of(f: Field, owner: User | None) -> Any:
    """Some valid value of the field."""
    n = next(_numbers)
    match f:
        case Link():
            return owner.pk if f.to == "user" and owner else sample(get(f.to), owner).pk
        case kinds.MultiChoice():
            return []
        case Choice():
            return f.options[0].value
        case kinds.Email():
            return f"sample{n}@example.com"
        case kinds.Phone():
            return f"+39333{1000000 + n}"
        case kinds.Boolean():
            return True
        case kinds.Integer():
            return max(1, f.minimum or 1)
        case kinds.Percent():
            return Decimal(10)
        case kinds.Decimal():
            return Decimal(max(1, f.minimum or 1))
        case kinds.DateTime():
            return dt.datetime(2026, 11, 2, 9, tzinfo=dt.UTC)
        case kinds.Date():
            return dt.date(2026, 11, 2)
        case kinds.Json():
            return {}
        case kinds.Url():
            return "https://example.com"
        case _:
            return f"Sample {n}"
