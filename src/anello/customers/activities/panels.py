"""What the calendar adds to customers' pages and to an activity's own."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from anello.core.ui.records.panels import panel
from anello.customers.activities import figures
from anello.customers.activities.module import ACTIVE
from anello.kit.text import L

__all__ = ["figures"]


@panel("activity", L("Esito", "Outcome"), place="header")
def buttons(request: HttpRequest, record: Any) -> SafeString | None:
    """Complete or cancel it, in the calendar's dialogs; of a series one says in the calendar which occurrence."""
    if record.status not in ACTIVE or record.recurrence or not getattr(record, "may_edit", False):
        return None
    return SafeString(render_to_string("activities/buttons.html", {"activity": record}, request))
