"""How a person reads: the language and the clock of everything that is written for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone, translation

from anello.core.accounts.models import User


@contextmanager
def read_by(user: User | None) -> Iterator[None]:
    """Words, dates and numbers as this person reads them; without a person, as the installation does."""
    language = user.language if user else settings.LANGUAGE_CODE
    with translation.override(language), timezone.override(ZoneInfo(user.time_zone) if user else None):
        yield
