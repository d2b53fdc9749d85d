"""Notices to people: what happened that concerns them, in the bell, in their inbox and by mail."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from anello.kit.text import L


def notify(users: Iterable[Any], text: L | str, *, kind: str = "info", url: str = "") -> None:
    """Tell people something, each in their own language; at once in their open pages when the transaction commits.

    `users` are users or their ids (repeated or inactive ones are left out); `kind` groups notices (`mention`,
    `assigned`, `watched`, `reminder`…), `url` is where a click leads.
    """
    from anello.core.inbox.notices import deliver

    deliver(users, text, kind=kind, url=url)


__all__ = ["notify"]
