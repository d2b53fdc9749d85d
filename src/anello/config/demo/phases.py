"""Phases as they were: week by week what the rules that come with the product would have said then."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

from anello.config.demo.story import Story, Thread
from anello.core.modules import get

BOUGHT = ("confirmed", "fulfilled")


def phase(days: list[dt.date], today: dt.date) -> str:
    """Of a customer who bought on those days, in order."""
    count, silence = len(days), (today - days[-1]).days
    gap = (days[-1] - days[0]).days / (count - 1) if count > 1 else 0
    if silence >= 365 or (count >= 3 and silence >= 90 and silence > 3 * gap):
        return "churn"
    return {1: "first_time", 2: "renewal", 3: "renewal"}.get(count, "loyal")


def followed(story: Story) -> Thread:
    """Every week, who bought or has stayed away for long comes into another phase."""
    while True:
        for kind in ("person", "organisation"):
            _review(story, kind)
        yield dt.timedelta(days=7)


def _review(story: Story, kind: str) -> None:
    orders = get("order").model._default_manager.filter(status__in=BOUGHT)
    orders = orders.filter(organisation=None) if kind == "person" else orders.exclude(organisation=None)
    bought: defaultdict[int, list[dt.date]] = defaultdict(list)
    for pk, day in orders.order_by("date", "pk").values_list(kind, "date"):
        bought[pk].append(day)
    known = get(kind).model._default_manager.filter(pk__in=bought).order_by("pk").values_list("pk", "phase")
    changes: list[dict[str, Any]] = []
    for pk, before in known:
        days = bought[pk]
        if (now := phase(days, story.today)) != before:
            cause = {
                "it": f"acquisti: {len(days)}, l'ultimo il {days[-1]:%d/%m/%Y}",
                "en": f"purchases: {len(days)}, the last on {days[-1]:%Y-%m-%d}",
                "purchases": str(len(days)), "last": days[-1].isoformat(),
            }  # fmt: skip
            changes.append({"id": pk, "phase": now, "cause": cause})
    if changes:
        story.act(None, "customers.set_phases", {"module": kind, "changes": changes})
