"""To whom one may write, and how a template fared."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, Sum
from django.utils import timezone

from anello.core.modules import get
from anello.core.policies import Actor, visible
from anello.customers.queries import allowed
from anello.kit.email import email_key, parse_email
from anello.kit.errors import BadValue
from anello.kit.text import L
from anello.operations.marketing.models import EmailMessage, EmailSuppression, EmailTemplate

PURPOSE = "email"
WEEK = dt.timedelta(days=7)
NO_ADDRESS = L("Non ha un indirizzo e-mail.", "There is no e-mail address.")
WRONG_ADDRESS = L("L'indirizzo e-mail non è valido.", "The e-mail address is not valid.")
SUPPRESSED = L("L'indirizzo è tra quelli esclusi.", "The address is among those suppressed.")
NO_CONSENT = L("Non c'è il consenso alle e-mail.", "There is no consent to e-mails.")
OFTEN = L("Ha già ricevuto abbastanza e-mail questa settimana.", "There were enough e-mails this week already.")


def digest_of(email: str) -> str:
    """The fingerprint by which an address is known to be suppressed."""
    return hashlib.sha256(email_key(email).encode()).hexdigest()


def refusals(ids: Sequence[int], *, often: bool = True) -> dict[int, L]:
    """{person: why} of the people to whom nothing may be sent now, in four statements.

    `often` also refuses those who got (or are about to get) as many as a week allows.
    """
    addresses = dict(get("person").model._default_manager.filter(pk__in=ids).values_list("pk", "email"))
    digests = {pk: digest_of(email) for pk, email in addresses.items() if email}
    unwanted = set(EmailSuppression.objects.filter(digest__in=set(digests.values())).values_list("digest", flat=True))
    willing = allowed("person", ids, PURPOSE)
    full = _full(ids) if often else set()
    found: dict[int, L] = {}
    for pk in ids:
        if not addresses.get(pk):
            found[pk] = NO_ADDRESS
        elif digests[pk] in unwanted:
            found[pk] = SUPPRESSED
        elif pk not in willing:
            found[pk] = NO_CONSENT
        elif not _valid(addresses[pk]):
            found[pk] = WRONG_ADDRESS
        elif pk in full:
            found[pk] = OFTEN
    return found


def _valid(address: str) -> bool:
    try:
        parse_email(address)
    except BadValue:
        return False
    return True


def _full(ids: Sequence[int]) -> set[int]:
    recent = Q(state="queued") | Q(state="sent", sent_at__gt=timezone.now() - WEEK)
    counts = EmailMessage.objects.filter(recent, person__in=ids).order_by().values_list("person").annotate(Count("pk"))
    return {pk for pk, count in counts if count >= settings.EMAIL_WEEKLY_LIMIT}


def standing(actor: Actor, template: EmailTemplate) -> dict[str, int]:
    """How many messages of a template are in which state, how many were opened by a link, and how often."""
    mine = EmailMessage.objects.filter(visible(actor, "email_message"), template=template).order_by()
    found: dict[str, Any] = dict(mine.values_list("state").annotate(Count("pk")))
    opened = mine.aggregate(people=Count("pk", filter=Q(clicks__gt=0)), clicks=Sum("clicks"))
    return {**found, "people": opened["people"], "clicks": opened["clicks"] or 0}
