"""Marketing as Modules."""

from __future__ import annotations

from anello.core.modules import (
    Access,
    Choice,
    DateTime,
    Detail,
    Email,
    Integer,
    Json,
    L,
    Link,
    Listing,
    LongText,
    Module,
    Option,
    Scope,
    Section,
    Text,
    Timeline,
    register,
)
from anello.operations.marketing.models import EmailMessage, EmailSuppression, EmailTemplate

STATES = [
    Option("queued", L("In coda", "Queued"), "blue"),
    Option("sent", L("Inviata", "Sent"), "green"),
    Option("bounced", L("Respinta", "Bounced"), "red"),
    Option("failed", L("Non riuscita", "Failed"), "red"),
    Option("suppressed", L("Trattenuta", "Suppressed"), "gray"),
]
LANGUAGES = [Option("it", L("Italiano", "Italian")), Option("en", L("Inglese", "English"))]
REASONS = [
    Option("unsubscribed", L("Disiscritto", "Unsubscribed"), "amber"),
    Option("bounced", L("Indirizzo inesistente", "No such address"), "red"),
    Option("manual", L("Aggiunto a mano", "Added by hand"), "gray"),
]
VARIABLES = L(
    "Con variabili, per esempio {{ person.first_name|cliente }}.",
    "With variables, for example {{ person.first_name|customer }}.",
)
MJML = L("Il messaggio in MJML: lo scrivi meglio nell'editor.", "The message in MJML: its editor is the better place.")

EMAIL_TEMPLATE = register(
    Module(
        "email_template",
        EmailTemplate,
        names=L("Modello e-mail", "E-mail template"),
        plural=L("Modelli e-mail", "E-mail templates"),
        icon="mail-opened",
        slug="email-templates",
        area="marketing",
        fields=[
            Text("name", L("Nome", "Name")),
            Text("subject_it", L("Oggetto in italiano", "Subject in Italian"), help=VARIABLES),
            LongText("body_it", L("Messaggio in italiano", "Message in Italian"), help=MJML, listed=False),
            Text("subject_en", L("Oggetto in inglese", "Subject in English"), help=VARIABLES),
            LongText("body_en", L("Messaggio in inglese", "Message in English"), help=MJML, listed=False),
        ],
        search=["subject_it", "subject_en"],
        views=[
            Listing(columns=["title", "subject_it", "subject_en", "owner", "updated_at"]),
            Detail(
                sections=[
                    Section(L("Modello", "Template"), ["name", "subject_it", "subject_en", "owner"]),
                    Section(L("Sorgente", "Source"), ["body_it", "body_en"]),
                ],
                related=["email_message.template"],
            ),
        ],
        access=Access(view=Scope.ALL, create=Scope.OWN, edit=Scope.TEAM, delete=Scope.OWN, manager=Scope.ALL),
        quick=["name"],
    )
)

EMAIL_MESSAGE = register(
    Module(
        "email_message",
        EmailMessage,
        names=L("Messaggio e-mail", "E-mail message"),
        plural=L("Messaggi e-mail", "E-mail messages"),
        icon="mail",
        slug="email-messages",
        area="marketing",
        title=lambda message: message.subject,
        fields=[
            Link("template", L("Modello", "Template"), to="email_template"),
            Link("person", L("Persona", "Person"), to="person"),
            Text(
                "key",
                L("Invio", "Mailing"),
                help=L("Nessuno riceve due volte lo stesso invio.", "Nobody gets the same mailing twice."),
                listed=False,
            ),
            Email("email", L("Indirizzo", "Address"), readonly=True),
            Text("domain", L("Dominio", "Domain"), readonly=True, listed=False),
            Choice("language", L("Lingua", "Language"), options=LANGUAGES, readonly=True),
            Text("subject", L("Oggetto", "Subject"), readonly=True),
            Choice("state", L("Stato", "State"), options=STATES, readonly=True),
            Text("reason", L("Perché", "Why"), readonly=True),
            Integer("decision", L("Decisione", "Decision"), readonly=True, listed=False),
            Text("message_id", L("Codice del messaggio", "Message id"), readonly=True, listed=False),
            Integer("attempts", L("Tentativi", "Attempts"), readonly=True, listed=False),
            DateTime("due_at", L("Da inviare il", "Due"), readonly=True, listed=False),
            DateTime("sent_at", L("Inviata il", "Sent at"), readonly=True),
            Integer("clicks", L("Clic", "Clicks"), readonly=True),
            Json("links", L("Clic per collegamento", "Clicks by link"), shape=dict[str, int], readonly=True),
        ],
        search=["email"],
        views=[
            Listing(
                columns=["title", "person", "state", "sent_at", "clicks", "template", "reason"], sort="-created_at"
            ),
            Detail(
                sections=[
                    Section(L("Messaggio", "Message"), ["subject", "person", "email", "template", "language"]),
                    Section(L("Invio", "Mailing"), ["state", "reason", "sent_at", "attempts", "due_at", "message_id"]),
                    Section(L("Risposta", "Response"), ["clicks", "links", "decision"]),
                ],
                figures=["state", "clicks"],
            ),
        ],
        access=Access(view=Scope.TEAM, create=Scope.OWN),
        parents=("person",),
        timeline=Timeline(person="person", kinds=("sent", "clicked", "bounced", "unsubscribed")),
        quick=["template", "person"],
    )
)

EMAIL_SUPPRESSION = register(
    Module(
        "email_suppression",
        EmailSuppression,
        names=L("Indirizzo escluso", "Suppressed address"),
        plural=L("Indirizzi esclusi", "Suppressed addresses"),
        icon="ban",
        area="marketing",
        arc="setup",
        title=lambda one: one.email,
        fields=[
            Email(
                "email",
                L("Indirizzo", "Address"),
                help=L("Se ne conserva solo l'impronta.", "Only its fingerprint is kept."),
            ),
            Choice("reason", L("Perché", "Why"), options=REASONS),
        ],
        views=[Listing(columns=["title", "reason", "created_at"], sort="-created_at")],
        access=Access(view=Scope.ALL, create=Scope.OWN, edit=Scope.NONE, delete=Scope.TEAM, manager=Scope.ALL),
        quick=["email", "reason"],
    )
)
