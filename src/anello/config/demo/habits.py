"""What people keep at hand and leave behind: views, favourites, notices, files, an import, duplicates."""

from __future__ import annotations

import csv
import datetime as dt
import tempfile
from pathlib import Path
from typing import Any

from anello.config.demo.deals import Desk
from anello.config.demo.identity import CITIES
from anello.config.demo.market import SELLERS
from anello.config.demo.story import Story, Thread
from anello.core import contents
from anello.core.exchange import importer
from anello.core.modules import get
from anello.core.policies import Actor, visible
from anello.core.ui.shell.records import remember
from anello.customers import jobs
from anello.kit.pdf import render

_PAGE = """
#let data = json(bytes(sys.inputs.data))
#set page(paper: "a4", margin: 2.5cm)
#set text(size: 11pt)
#text(size: 20pt, weight: "bold")[#data.title]
#v(4pt)
#data.subtitle
#v(16pt)
#for line in data.lines [ #line #parbreak() ]
"""


def views(story: Story) -> None:
    """Lists that people set up for themselves, their team or everybody."""
    mine = {"field": "owner", "op": "in", "value": [story.id("carla")]}
    everybody = {"audience": "all"}
    saved: list[tuple[str, dict[str, Any]]] = [
        ("bruno", {"module": "quote", "name": "Da approvare", "sort": "-total", **everybody,
                   "filter": {"field": "status", "op": "in", "value": ["pending"]}}),
        ("bruno", {"module": "opportunity", "name": "Impegni del trimestre", "sort": "close_date", **everybody,
                   "filter": {"all": [{"field": "status", "op": "in", "value": ["open"]},
                                      {"field": "forecast", "op": "in", "value": ["commit", "best_case"]},
                                      {"field": "close_date", "op": "period", "value": "this_quarter"}]}}),
        ("bruno", {"module": "invoice", "name": "Scadute", "sort": "due_date", **everybody,
                   "filter": {"field": "status", "op": "in", "value": ["overdue"]}}),
        ("bruno", {"module": "organisation", "name": "Clienti strategici", **everybody,
                   "filter": {"field": "key_account", "op": "is", "value": True}}),
        ("carla", {"module": "opportunity", "name": "Le mie aperte", "sort": "-amount", "layout": "board",
                   "filter": {"all": [{"field": "status", "op": "in", "value": ["open"]}, mine]}}),
        ("carla", {"module": "lead", "name": "Da richiamare", "audience": "team",
                   "filter": {"field": "status", "op": "in", "value": ["new", "working"]}}),
        ("carla", {"module": "person", "name": "Senza e-mail", "audience": "team",
                   "filter": {"field": "email", "op": "empty"}}),
        ("dario", {"module": "organisation", "name": "Enti pubblici", "audience": "team",
                   "filter": {"field": "industry", "op": "in", "value": ["public"]}}),
    ]  # fmt: skip
    for who, view in saved:
        story.act(who, "saved_view.create", view)


def at_hand(story: Story) -> None:
    """Favourites, records opened lately, deals that the manager watches."""
    for who in (*SELLERS, "bruno", "anna"):
        actor = Actor.of(story.people[who])
        for name, number in (("organisation", 3), ("opportunity", 3), ("person", 2), ("quote", 1)):
            module = get(name)
            found = module.model._default_manager.filter(visible(actor, module))
            found = found if who in ("bruno", "anna") else found.filter(owner=story.id(who))
            for place, pk in enumerate(found.order_by("-updated_at").values_list("pk", flat=True)[:number]):
                remember(actor, module, pk)
                if place == 0:
                    story.act(who, "favourite.toggle", {"module": name, "id": pk})
    largest = get("opportunity").model._default_manager.filter(status="open").order_by("-amount")
    for pk in largest.values_list("pk", flat=True)[:5]:
        story.act("bruno", "record.watch", {"module": "opportunity", "id": pk})


def yesterday(desk: Desk) -> Thread:
    """The last hours: what colleagues hand over and whom they mention fills the inboxes."""
    story = desk.story
    carlas = sorted(desk.market.of("carla"), key=lambda c: c.organisation.employees, reverse=True)
    words = [
        "@carla ho sentito il direttore: vuole chiudere entro il mese, prepara la revisione del preventivo.",
        "@carla segnalano un ritardo nella consegna, puoi sentirli tu?",
        "@carla @dario qui possiamo proporre la manutenzione annuale, ne parliamo lunedì.",
    ]
    for customer, body in zip(carlas, words, strict=False):
        note = {"channel": "note", "direction": "internal", "body": body, "at": story.now}
        story.act("bruno", "interaction.create", note | {"organisation": customer.organisation.pk})
        yield dt.timedelta(minutes=7)
    handed = get("lead").model._default_manager.filter(status__in=["new", "working"]).order_by("-value")
    for lead in handed[:2]:
        story.act("bruno", "lead.assign", {"owner": story.id("carla")}, lead)
    deals = get("opportunity").model._default_manager.filter(status="open", owner=story.id("carla"))
    for deal in deals.order_by("-amount")[:2]:
        story.act("bruno", "opportunity.update", {"next_step": "Incontro con la direzione insieme a Bruno"}, deal)
    twins(desk)


def twins(desk: Desk) -> None:
    """Two people and an organisation that somebody entered a second time."""
    story = desk.story
    for customer in desk.market.of("carla")[:2]:
        known = customer.people[0]
        again = {"first_name": known.first_name[:1] + ".", "last_name": known.last_name, "email": known.email}
        story.act("carla", "person.create", {**again, "organisation": customer.organisation.pk, "source": "fair"})
    known = desk.market.of("carla")[-1].organisation
    short = known.name.rpartition(" ")[0] or known.name
    story.act("laura", "organisation.create", {"name": short.upper(), "vat": known.vat, "city": known.city})


def files(desk: Desk) -> None:
    """Drawings and data sheets attached to customers, deals and products."""
    story = desk.story
    sheet = page(story, "Scheda tecnica Aria Plus", "Poltrona ergonomica", [
        "Meccanismo sincronizzato, braccioli regolabili in altezza, supporto lombare.",
        "Rivestimento in tessuto riciclato, sei colori. Portata 120 kg. Garanzia cinque anni.",
    ])  # fmt: skip
    _attach(story, "bruno", "product", desk.products["Poltrona ergonomica Aria Plus"].pk, "Scheda Aria Plus.pdf", sheet)
    for who in ("carla", "dario", "laura"):
        deals: Any = get("opportunity").model._default_manager.filter(owner=story.id(who), status="open")
        for deal in deals.order_by("-amount")[:2]:
            drawing = page(story, f"Progetto {deal.name}", "Planimetria e finiture", [
                "Disposizione delle postazioni lungo la parete finestrata.",
                "Finitura rovere chiaro, struttura bianca. Consegna in due fasi.",
            ])  # fmt: skip
            _attach(story, who, "opportunity", deal.pk, "Progetto.pdf", drawing)
            if deal.organisation_id:
                _attach(story, who, "organisation", deal.organisation_id, "Rilievo degli spazi.pdf", drawing)


def page(story: Story, title: str, subtitle: str, lines: list[str]) -> bytes:
    """A page as PDF."""
    return render(_PAGE, {"title": title, "subtitle": subtitle, "lines": lines}, story.end)


def _attach(story: Story, who: str, module: str, pk: int, name: str, content: bytes) -> None:
    sha256, size, _ = contents.store([content], len(content))
    story.act(who, "file.attach", {"module": module, "record": pk, "name": name, "sha256": sha256, "size": size})


def imported(desk: Desk) -> None:
    """People met at a fair, imported from a file: some cells are wrong, as they are."""
    market, story = desk.market, desk.story
    columns = ["first_name", "last_name", "email", "mobile", "city", "source", "source_detail"]
    rows = []
    for _ in range(24):
        city = story.chance.choice([c for c in CITIES if c.north])
        person = market.person(city)
        rows.append([person["first_name"], person["last_name"], person["email"], person["mobile"], city.name,
                     "fair", "Fiera Workspace"])  # fmt: skip
    rows[5][2] = "senza chiocciola"
    rows[17][3] = "12"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "contatti-fiera-workspace.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([columns, *rows])
        importer.run_file("person", path, actor=Actor.of(story.people["bruno"]))


def look_for_twins() -> None:
    """What the nightly scan does."""
    for module in ("person", "organisation"):
        jobs.scan(module)
