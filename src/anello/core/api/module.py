"""Webhooks as Modules: their screens, permissions and API derive like any other."""

from __future__ import annotations

from anello.core.api.models import Webhook, WebhookDelivery
from anello.core.modules import (
    Access,
    Boolean,
    Choice,
    DateTime,
    Detail,
    Integer,
    L,
    Link,
    Listing,
    Module,
    Option,
    Section,
    Tags,
    Text,
    Url,
    register,
)

STATUS = [
    Option("waiting", L("In attesa", "Waiting"), "amber"),
    Option("delivered", L("Consegnato", "Delivered"), "green"),
    Option("failed", L("Non consegnato", "Failed"), "red"),
]

WEBHOOK = register(
    Module(
        "webhook",
        Webhook,
        names=L("Webhook", "Webhook"),
        plural=L("Webhook", "Webhooks"),
        icon="webhook",
        area="integrations",
        fields=[
            Text("name", L("Nome", "Name")),
            Url(
                "url",
                L("Indirizzo", "Address"),
                help=L("Riceve una richiesta POST firmata.", "Gets a signed POST request."),
            ),
            Tags(
                "kinds",
                L("Eventi", "Events"),
                help=L("Per esempio person.created o quote.*", "For example person.created or quote.*"),
                required=True,
            ),
            Boolean("active", L("Attivo", "Active")),
            Text("secret", L("Segreto della firma", "Signing secret"), readonly=True, listed=False),
        ],
        views=[
            Listing(columns=["title", "url", "kinds", "active", "owner"]),
            Detail(sections=[Section(L("Webhook", "Webhook"), ["name", "url", "kinds", "active", "secret", "owner"])]),
        ],
        access=Access(),
    )
)

DELIVERY = register(
    Module(
        "webhook_delivery",
        WebhookDelivery,
        names=L("Consegna", "Delivery"),
        plural=L("Consegne", "Deliveries"),
        slug="webhook-deliveries",
        icon="send",
        area="integrations",
        title=lambda d: f"{d.kind} {d.event_id}",
        fields=[
            Link("webhook", L("Webhook", "Webhook"), to="webhook", readonly=True),
            Integer("event_id", L("Evento", "Event"), readonly=True),
            Text("kind", L("Tipo", "Kind"), readonly=True),
            Choice("status", L("Stato", "Status"), options=STATUS, readonly=True),
            Integer("attempts", L("Tentativi", "Attempts"), readonly=True),
            Integer("answer", L("Risposta HTTP", "HTTP answer"), readonly=True),
            Text("error", L("Errore", "Error"), readonly=True),
            DateTime("delivered_at", L("Consegnato il", "Delivered"), readonly=True),
        ],
        views=[Listing(columns=["title", "webhook", "status", "attempts", "answer", "error", "updated_at"])],
        parents=("webhook",),
        listed=False,
    )
)
