"""What the technicians do at the customers': a module that Anna built, and one that she imported from a file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from importlib.resources import files
from random import Random
from typing import Any, NamedTuple

from anello.config.demo.habits import page
from anello.config.demo.market import Customer, Market
from anello.config.demo.story import ROME, Story, Thread
from anello.core import contents
from anello.core.accounts.models import Role, User
from anello.core.actions import Context, run
from anello.core.policies import Actor
from anello.core.studio import shape

TECHNICIANS = ("sergio", "ugo")
VISIT = {
    "name": "x_visit", "label_it": "Intervento", "plural_it": "Interventi", "label_en": "Field visit",
    "plural_en": "Field visits", "icon": "route", "area": "custom",
}  # fmt: skip


class Work(NamedTuple):
    """A kind of visit: what it is called, of which hours, and how often it ends how."""

    it: str
    en: str
    color: str
    names: tuple[str, ...]
    hours: tuple[int, int]
    ends: Mapping[str, int]


KINDS = {
    "installation": Work(
        "Montaggio", "Installation", "teal",
        ("Montaggio postazioni", "Montaggio sala riunioni", "Montaggio reception", "Montaggio cabine acustiche"),
        (3, 8), {"done": 8, "unfinished": 2},
    ),
    "maintenance": Work(
        "Manutenzione", "Maintenance", "blue",
        ("Regolazione sedute", "Controllo scrivanie regolabili", "Revisione pareti mobili"),
        (1, 4), {"done": 9, "parts": 1},
    ),
    "repair": Work(
        "Riparazione", "Repair", "amber",
        ("Sostituzione pistone seduta", "Serratura cassettiera", "Motore scrivania bloccato"),
        (1, 3), {"done": 7, "parts": 3},
    ),
    "survey": Work(
        "Sopralluogo", "Survey", "violet",
        ("Rilievo misure", "Sopralluogo nuova sede"),
        (1, 2), {"quote": 6, "nothing": 2},
    ),
}  # fmt: skip
OFTEN = {"installation": 8, "maintenance": 5, "repair": 4, "survey": 3}
OUTCOMES = {
    "done": ("Completato", "Completed", "green"),
    "unfinished": ("Da completare", "To be completed", "amber"),
    "parts": ("In attesa di ricambi", "Waiting for parts", "red"),
    "quote": ("Preventivo richiesto", "Quote asked for", "blue"),
    "nothing": ("Nessun seguito", "Nothing to do", "gray"),
}
NOTES = {
    "unfinished": "Mancano due piani: si torna la settimana prossima.",
    "parts": "Ricambio ordinato al magazzino, arriva in cinque giorni.",
    "quote": "Misure prese, mandare la proposta al commerciale.",
}
LEFT = [("Poltrona Aria", 320), ("Scrivania regolabile", 780), ("Cabina acustica", 4200), ("Parete mobile", 1150)]
"""What is installed, and its price in euro."""

FIELDS: list[dict[str, Any]] = [
    {"name": "x_number", "kind": "autonumber", "label_it": "Numero", "label_en": "Number",
     "numbering": "INT-{year}-{seq:04}"},
    {"name": "x_organisation", "kind": "link", "label_it": "Cliente", "label_en": "Customer", "to": "organisation",
     "required": True},
    {"name": "x_date", "kind": "date", "label_it": "Data", "label_en": "Date", "required": True},
    {"name": "x_kind", "kind": "choice", "label_it": "Tipo", "label_en": "Kind", "required": True,
     "options": [{"value": name, "it": kind.it, "en": kind.en, "color": kind.color} for name, kind in KINDS.items()]},
    {"name": "x_outcome", "kind": "choice", "label_it": "Esito", "label_en": "Outcome", "depends_on": "x_kind",
     "options": [{"value": name, "it": it, "en": en, "color": color,
                  "when": [kind for kind, work in KINDS.items() if name in work.ends]}
                 for name, (it, en, color) in OUTCOMES.items()]},
    {"name": "x_technician", "kind": "user", "label_it": "Tecnico", "label_en": "Technician", "required": True},
    {"name": "x_person", "kind": "link", "label_it": "Referente", "label_en": "Contact", "to": "person"},
    {"name": "x_hours", "kind": "decimal", "label_it": "Ore", "label_en": "Hours", "least": "0.25", "most": "12",
     "require_if": "not is_empty(x_outcome)"},
    {"name": "x_rate", "kind": "money", "label_it": "Tariffa oraria", "label_en": "Hourly rate", "initial": "48"},
    {"name": "x_amount", "kind": "formula", "label_it": "Importo", "label_en": "Amount",
     "formula": "round(x_hours * x_rate, 2)"},
    {"name": "x_notes", "kind": "longtext", "label_it": "Note", "label_en": "Notes"},
    {"name": "x_report", "kind": "file", "label_it": "Rapportino firmato", "label_en": "Signed report"},
]  # fmt: skip
ALL = dict.fromkeys(("view", "create", "edit", "export"), "all")
GRANTS = {"service": ALL, "sales": {"view": "all"}, "sales_manager": {"view": "all", "export": "all"}}
"""What roles that there were before may do with the two modules."""


def built(people: Mapping[str, User], now: dt.datetime) -> None:
    """Anna builds visits, imports equipment, and says who works with them."""

    def does(action: str, data: Mapping[str, Any], target: Any = None) -> None:
        run(action, data, Context(actor=Actor.of(people["anna"], elevated=True), via="ui", now=now), target=target)
        shape.follow(shape.version())  # as her next request would

    does("custom_module.create", VISIT)
    for field in FIELDS:
        does("custom_field.create", {"module": VISIT["name"], **field})
    does("solution.import", {"file": files("anello.config.demo").joinpath("equipment.yaml").read_text("utf-8")})
    for key, verbs in GRANTS.items():
        role = Role.objects.get(key=key)
        grants = {"x_visit": verbs, "x_equipment": verbs}
        if key == "service":  # whoever plans visits knows where they lead
            grants |= {"organisation": {"view": "all"}, "person": {"view": "all"}}
        given = {"areas": role.areas, "grants": grants, "fields": role.fields}
        does("role.set_access", given, role)
    for name in TECHNICIANS:
        does("user.set_roles", {"roles": ["technician"]}, people[name])


def visit(market: Market, chance: Random) -> Thread:
    """A technician goes to a customer some days after being asked, writes down what came of it, leaves things there."""
    story, who = market.story, chance.choice(TECHNICIANS)
    (kind,) = chance.choices(list(OFTEN), list(OFTEN.values()))
    work, customer = KINDS[kind], chance.choice([c for c in market.customers if c.organisation])
    day = story.today + dt.timedelta(days=chance.randint(2, 12))
    day += dt.timedelta(days=max(0, 7 - day.isoweekday()) if day.isoweekday() > 5 else 0)
    made = story.act(who, "x_visit.create", {
        "name": chance.choice(work.names), "x_kind": kind, "x_date": day, "x_technician": story.id(who),
        "x_organisation": customer.organisation.pk, "x_person": chance.choice(customer.people).pk,
    })  # fmt: skip
    low, high = work.hours
    hours = Decimal(chance.randint(low * 4, high * 4)) / 4
    yield dt.datetime.combine(day, dt.time(8, 30), ROME) + dt.timedelta(hours=float(hours))
    (outcome,) = chance.choices(list(work.ends), list(work.ends.values()))
    done = {"x_outcome": outcome, "x_hours": hours, "x_notes": NOTES.get(outcome, "")}
    story.act(who, "x_visit.update", done, made)
    if kind == "installation" and outcome == "done":
        left = _leave(market, chance, who, customer, made)
        story.act(who, "x_visit.update", {"x_report": _signed(story, made, hours, left)}, made)


def _leave(market: Market, chance: Random, who: str, customer: Customer, made: Any) -> list[str]:
    left = chance.sample(LEFT, chance.randint(1, 2))
    for name, price in left:
        (state,) = chance.choices(["working", "repair", "withdrawn"], [16, 2, 1])
        values = {
            "name": name, "x_organisation": customer.organisation.pk, "x_visit": made.pk, "x_value": price,
            "x_installed": market.story.today, "x_state": state,
        }  # fmt: skip
        market.story.act(who, "x_equipment.create", values)
    return [name for name, _ in left]


def _signed(story: Story, made: Any, hours: Decimal, left: list[str]) -> dict[str, Any]:
    """What the customer signed, as the field holds it."""
    title = f"Rapportino {made.x_number}"
    content = page(story, title, made.name, [f"Ore: {hours}. Lasciato presso il cliente: {', '.join(left)}."])
    sha256, size, _ = contents.store([content], len(content))
    return {"name": f"{title}.pdf", "sha256": sha256, "size": size}
