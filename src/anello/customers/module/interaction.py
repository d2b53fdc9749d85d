"""Interactions as a Module."""

from __future__ import annotations

from typing import Any

from anello.core.modules import (
    Access,
    Choice,
    DateTime,
    Integer,
    L,
    Link,
    Listing,
    LongText,
    Module,
    Option,
    Ref,
    Scope,
    Text,
    all_modules,
    register,
)
from anello.customers.models import Interaction

CHANNELS = [
    Option("note", L("Nota", "Note"), "amber"),
    Option("phone", L("Telefonata", "Call"), "teal"),
    Option("email", L("E-mail", "E-mail"), "blue"),
    Option("visit", L("Incontro", "Meeting"), "violet"),
    Option("chat", L("Chat", "Chat"), "blue"),
    Option("sms", L("SMS", "SMS"), "blue"),
    Option("fax", L("Fax", "Fax"), "gray"),
    Option("web", L("Sito web", "Web site"), "slate"),
    Option("system", L("Sistema", "System"), "gray"),
]
DIRECTIONS = [
    Option("in", L("In entrata", "Incoming"), "green"),
    Option("out", L("In uscita", "Outgoing"), "blue"),
    Option("internal", L("Interna", "Internal")),
]


def _title(interaction: Any) -> str:
    words = interaction.subject or " ".join(interaction.body.split())
    return words[:120] or INTERACTION.field("channel").display(interaction.channel)


def talked_about() -> list[Module]:
    """The modules on whose records' pages one notes what is said (`Timeline.said`)."""
    return [module for module in all_modules() if module.timeline and module.timeline.said]


INTERACTION = register(
    Module(
        "interaction",
        Interaction,
        names=L("Interazione", "Interaction"),
        plural=L("Interazioni", "Interactions"),
        icon="message-circle",
        area="customers",
        title=_title,
        fields=[
            Link("person", L("Persona", "Person"), to="person"),
            Link("organisation", L("Organizzazione", "Organisation"), to="organisation"),
            Choice("channel", L("Canale", "Channel"), options=CHANNELS),
            Choice("direction", L("Direzione", "Direction"), options=DIRECTIONS),
            DateTime("at", L("Quando", "When")),
            Text("subject", L("Oggetto", "Subject")),
            LongText("body", L("Testo", "Text")),
            Integer("minutes", L("Durata (minuti)", "Duration (minutes)")),
            Ref("about", L("Riguarda", "About")),
            Text("event_kind", L("Fatto", "Fact"), readonly=True, listed=False),
            Link("owner", L("Autore", "Author"), to="user"),
        ],
        search=["subject", "body"],
        views=[Listing(columns=["at", "channel", "direction", "title", "person", "organisation", "owner"], sort="-at")],
        access=Access(view=Scope.TEAM, create=Scope.OWN, edit=Scope.TEAM, delete=Scope.TEAM),
        parents=("person", "organisation"),
        listed=False,
        quick=["channel", "direction", "at", "subject", "body", "minutes"],
    )
)
