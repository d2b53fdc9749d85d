"""On a customer: the phase, since when and why. In the navigation: the life cycle. In the timeline: its changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from anello.core.events.models import Event
from anello.core.modules import get
from anello.core.policies import field_access
from anello.core.ui.records.panels import panel, phrase
from anello.core.ui.shell.places import place
from anello.customers.module import PHASES
from anello.kit.text import L

place("decisions", L("Ciclo di vita", "Life cycle"), "refresh", "/lifecycle/", "phase_rule")


def _words(cause: dict[str, Any]) -> str:
    return str(cause.get("en" if (translation.get_language() or "it").startswith("en") else "it", ""))


def _for(kind: str) -> Callable[[HttpRequest, Any], SafeString | None]:
    def phase(request: HttpRequest, record: Any) -> SafeString | None:
        levels = field_access(request.actor, get(kind))  # type: ignore[attr-defined]
        if record.phase_since is None or "hidden" in (levels["phase"], levels["phase_cause"]):
            return None
        option = next(option for option in PHASES if option.value == record.phase)
        context = {"option": option, "since": record.phase_since, "cause": _words(record.phase_cause)}
        return render_to_string("lifecycle/phase.html", context, request)

    phase.__qualname__ = f"phase.{kind}"
    return phase


for _kind in ("person", "organisation"):
    panel(_kind, L("Fase", "Phase"), place="header", order=5)(_for(_kind))


def _changed(event: Event) -> str:
    labels = {option.value: option.label for option in PHASES}
    to = labels.get(str(event.data.get("to")), event.data.get("to"))
    if why := _words(event.data["cause"]):
        return _("moved it to the phase “%(phase)s”: %(why)s") % {"phase": to, "why": why}
    return _("moved it to the phase “%(phase)s”") % {"phase": to}


for _kind in ("person", "organisation"):
    phrase(f"{_kind}.phase_changed")(_changed)
