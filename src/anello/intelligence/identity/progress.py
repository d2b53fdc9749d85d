"""How the search at work is getting on, told outside its transaction."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from anello.intelligence.identity.models import Progress
from anello.kit.text import L

STEPS: dict[str, L] = {
    "wait": L("In attesa", "Waiting"),
    "read": L("Legge le persone dal magazzino dati", "Reading people from the warehouse"),
    "prepare": L("Prepara il confronto", "Preparing the comparison"),
    "learn": L("Impara che cosa distingue le persone", "Learning what tells people apart"),
    "compare": L("Confronta le coppie", "Comparing pairs"),
    "keep": L("Scrive le proposte", "Writing the proposals"),
}
LOST = dt.timedelta(hours=2)
"""A step takes less; whoever has been at it for longer is no longer there."""


def note(step: str, error: str = "") -> None:
    """Say at which step the search is; none when it has ended."""
    Progress.objects.update_or_create(pk=1, defaults={"step": step, "at": timezone.now(), "error": error[:500]})


def current() -> Progress:
    """Where it is now."""
    found = Progress.objects.filter(pk=1).first() or Progress()
    if found.step and timezone.now() - found.at > LOST:
        return Progress(at=found.at)
    return found
