"""All writes of marketing: what always holds for templates and messages, sending, and what recipients decide."""

from __future__ import annotations

from email.utils import make_msgid, parseaddr
from typing import Annotated, Any, Literal

from django.conf import settings
from pydantic import BaseModel, ConfigDict, Field

from anello.core.actions import Change, Context, Invalid, NotFound, action, asked, engine, rule
from anello.core.actions.checks import Errors
from anello.core.jobs import enqueue
from anello.core.modules import get
from anello.customers import personalisation
from anello.customers import queries as customers
from anello.kit.email import parse_email
from anello.kit.errors import BadValue
from anello.kit.text import L
from anello.operations.marketing import jobs, queries, rendering
from anello.operations.marketing.models import EmailMessage, EmailSuppression, EmailTemplate

BOTH_PARTS = L("Servono l'oggetto e il messaggio.", "Both subject and message are needed.")
EMPTY = L("Il modello non ha ancora un messaggio.", "The template has no message yet.")
FIXED = L("Un messaggio non cambia modello né destinatario.", "A message changes neither template nor recipient.")
SILENT = L("Il modello non ha un messaggio in questa lingua.", "The template has no message in this language.")
SAME_ADDRESS = L("Togli questo indirizzo e aggiungi l'altro.", "Remove this address and add the other one.")
FIRST_LETTERS = 1


@rule("email_template")
def templates_make_sense(ctx: Context, changes: list[Change]) -> None:
    with Errors(changes) as found:
        for index, change in enumerate(changes):
            for code in ("it", "en"):
                subject, body = (getattr(change.record, f"{part}_{code}") for part in ("subject", "body"))
                if not change.touches(f"subject_{code}", f"body_{code}") or not (subject or body):
                    continue
                if not (subject and body):
                    found.add(index, f"{'body' if subject else 'subject'}_{code}", BOTH_PARTS)
                    continue
                for part, text in (("subject", subject), ("body", body)):
                    try:
                        if part == "subject":
                            personalisation.parse(text, ("person",))
                        else:
                            rendering.compiled("", text, code)
                    except BadValue as error:
                        found.add(index, f"{part}_{code}", error.message)


@rule("email_suppression")
def only_fingerprints_are_kept(ctx: Context, changes: list[Change]) -> None:
    with Errors(changes) as found:
        for index, change in enumerate(changes):
            record = change.record
            if not change.touches("email"):
                continue
            if not change.new:
                found.add(index, "email", SAME_ADDRESS)
                continue
            try:
                address = parse_email(record.email)
            except BadValue as error:
                found.add(index, "email", error.message)
                continue
            record.digest = queries.digest_of(address)
            local, _, domain = address.rpartition("@")
            record.email = f"{local[:FIRST_LETTERS]}•••@{domain}"


@rule("email_message")
def only_who_wants_gets_mail(ctx: Context, changes: list[Change]) -> None:
    with Errors(changes) as found:
        fresh = [change.record for change in changes if change.new]
        templates = EmailTemplate.objects.in_bulk({m.template_id for m in fresh})
        people: dict[int, Any] = get("person").model._default_manager.in_bulk({m.person_id for m in fresh})
        refused = queries.refusals(list(people)) if fresh else {}
        for index, change in enumerate(changes):
            message = change.record
            if not change.new:
                if change.touches("template", "person", "key"):
                    found.add(index, "", FIXED)
                continue
            template, person = templates[message.template_id], people[message.person_id]
            if why := refused.get(person.pk):
                found.add(index, "person", why)
            elif not rendering.spoken(template):
                found.add(index, "template", EMPTY)
            else:
                _address(ctx, message, template, person)


def _address(ctx: Context, message: EmailMessage, template: EmailTemplate, person: Any) -> None:
    message.email = person.email
    message.domain = person.email.rpartition("@")[2].lower()
    message.language = rendering.language_for(template, person.language)
    pattern = personalisation.parse(getattr(template, f"subject_{message.language}"), ("person",))
    message.subject = " ".join(pattern.fill(personalisation.values(person)).split())[:300]
    message.key = message.key or message._meta.get_field("key").get_default()
    message.decision = ctx.cause.get("decision_id")
    message.message_id = make_msgid(domain=parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2])
    message.due_at = ctx.now


@rule("email_message", when="after")
def new_messages_go_out(ctx: Context, changes: list[Change]) -> None:
    if any(change.new for change in changes):
        jobs.wake()


class Send(BaseModel):
    """One e-mail to one person."""

    model_config = ConfigDict(extra="forbid")
    template: int
    person: int
    key: Annotated[str, Field(max_length=100)] = ""
    """The mailing: nobody gets the same one twice; without it every call is one of its own."""


@action("email_message.send", module="email_message", verb="create", input=Send)
def send(ctx: Context, data: Send) -> EmailMessage:
    """Put it in the queue if the person may be written to; Invalid says why not."""
    known = EmailMessage.objects.filter(key=data.key, person=data.person).first() if data.key else None
    if known is not None:
        return known
    return engine.create(ctx, get("email_message"), [data.model_dump()], checked=True)[0]


@action(
    "email_message.retry",
    module="email_message",
    label=L("Invia di nuovo", "Send again"),
    icon="refresh",
    when=lambda message: message.state == "failed",
)
def retry(ctx: Context, message: EmailMessage, data: BaseModel) -> EmailMessage:
    """Once more, as the same message, if the person may still be written to."""
    if why := queries.refusals([message.person_id]).get(message.person_id):
        raise Invalid(why)
    jobs.wake()
    return ctx.put(message, {"state": "queued", "reason": "", "attempts": 0, "due_at": ctx.now})


class Test(BaseModel):
    """In which language."""

    model_config = ConfigDict(extra="forbid")
    language: Literal["it", "en"] = Field(
        "it",
        json_schema_extra=asked(
            "Lingua", "Language", options=[("it", L("Italiano", "Italian")), ("en", L("Inglese", "English"))]
        ),
    )


@action(
    "email_template.test",
    module="email_template",
    verb="view",
    input=Test,
    label=L("Mandami una prova", "Send me a test"),
    icon="send",
    undoable=False,
)
def test(ctx: Context, template: EmailTemplate, data: Test) -> None:
    """The mail as an invented customer of mine would get it, to my own address."""
    if data.language not in rendering.spoken(template):
        raise Invalid({"language": [SILENT]})
    enqueue(jobs.mail_test, template=template.pk, user=ctx.user.pk, language=data.language)


def _only_the_product(ctx: Context, name: str) -> None:
    if not ctx.actor.system:
        raise NotFound(name)


class Preferences(BaseModel):
    """What the recipient of a message wants to get from now on: purposes of consents."""

    model_config = ConfigDict(extra="forbid")
    message: int
    allowed: list[str]


@action("email_message.prefer", input=Preferences)
def prefer(ctx: Context, data: Preferences) -> EmailMessage:
    """The product's own, behind the signed link: each change becomes a consent; without e-mails, a suppression."""
    _only_the_product(ctx, "email_message.prefer")
    message = EmailMessage.everything.select_related("person").get(pk=data.message)
    if message.person.deleted_at is None:
        for permission in customers.consents(message.person):
            wanted = permission.purpose in data.allowed
            if wanted != permission.given and (wanted or permission.last or permission.purpose == queries.PURPOSE):
                values = {"status": "given" if wanted else "withdrawn", "source": "email", "proof": message.message_id}
                ctx.create("consent", {"person": message.person_id, "purpose": permission.purpose, **values})
    if not message.email:
        return message  # the person was erased since
    mine = EmailSuppression.objects.filter(digest=queries.digest_of(message.email))
    if queries.PURPOSE in data.allowed:
        ctx.delete(*mine.filter(reason="unsubscribed"))
    elif not mine.exists():
        ctx.create("email_suppression", {"email": message.email, "reason": "unsubscribed"})
        ctx.emit("email_message.unsubscribed", message)
    return message


class Click(BaseModel):
    """A person followed a link."""

    model_config = ConfigDict(extra="forbid")
    message: int
    url: str


@action("email_message.click", input=Click)
def click(ctx: Context, data: Click) -> None:
    """The product's own, behind the signed link: counted each time, told the first time."""
    _only_the_product(ctx, "email_message.click")
    message = EmailMessage.objects.select_for_update(of=("self",)).filter(pk=data.message).first()
    if message is None:
        return
    ctx.cause = {"decision_id": message.decision} if message.decision else {}
    if data.url not in message.links:
        ctx.emit("email_message.clicked", message, data={"url": data.url})
    links = {**message.links, data.url: message.links.get(data.url, 0) + 1}
    ctx.put(message, {"links": links, "clicks": message.clicks + 1})
