"""E-mail addresses: syntax by RFC 5321/5322/6531 as email-validator reads them, never asking the DNS."""

from __future__ import annotations

import re
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

from anello.kit.errors import BadValue

# Almost every address in an import is a plain dot-atom (RFC 5322 §3.2.3): for those only the domain needs the library.
_PLAIN_LOCAL = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*")
_LOCAL_MAX = 64  # RFC 5321 §4.5.3.1.1
_ADDRESS_MAX = 254  # RFC 5321 §4.5.3.1.3, less the angle brackets


@lru_cache(maxsize=16384)
def _domain(domain: str) -> tuple[str, int] | None:
    """The domain in normal form and the length of its ASCII form; None when it is not a mail domain."""
    try:
        valid = validate_email(f"a@{domain}", check_deliverability=False)
    except EmailNotValidError:
        return None
    return valid.domain, len(valid.ascii_domain)


def parse_email(text: str) -> str:
    """The address in normal form: domain in lower case, the part before the @ as it was written.

    Raises BadValue `email_invalid`: also for display names, quoted local parts, bare IP addresses and reserved domains
    (`.test`, `.local`…).
    """
    text = text.strip()
    local, _, domain = text.rpartition("@")
    if len(local) <= _LOCAL_MAX and _PLAIN_LOCAL.fullmatch(local):
        known = _domain(domain)
        if known is not None and len(local) + 1 + known[1] <= _ADDRESS_MAX:
            return f"{local}@{known[0]}"
    try:
        return validate_email(text, check_deliverability=False, strict=True).normalized
    except EmailNotValidError:
        raise BadValue(
            "email_invalid",
            "Scrivi un indirizzo e-mail completo, per esempio nome@azienda.it.",
            "Write a complete e-mail address, for example name@company.com.",
        ) from None


def email_key(email: str) -> str:
    """What two addresses share when they are one mailbox to us: the whole address in lower case.

    RFC 5321 lets `Mario@x.it` and `mario@x.it` be two mailboxes; no provider in use does. Only duplicates are sought
    with this key: mail always goes to the address as written.
    """
    return email.strip().lower()
