"""Reports, a dashboard, a scheduled mail and an alert that people here have made for themselves."""

from __future__ import annotations

from typing import Any

from anello.config.demo.story import Story, Thread

_BOUGHT = {"field": "status", "op": "in", "value": ["confirmed", "fulfilled"]}
_LAST_YEAR = {"by": "date", "period": "last_365_days"}

REPORTS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "phases": ("ivo", "Ordini delle persone per fase", {
        "module": "order", "metrics": ["sum:total", "count", "avg:total"], "rows": ["person.phase"], "filter": _BOUGHT,
        **_LAST_YEAR, "sort": "-sum:total", "chart": "bar",
    }),
    "sources": ("ivo", "Da dove vengono i clienti che comprano", {
        "module": "order", "metrics": ["sum:total", "count"], "rows": ["organisation.source"], "filter": _BOUGHT,
        **_LAST_YEAR, "sort": "-sum:total", "chart": "bar",
    }),
    "sizes": ("bruno", "Trattative per esito e mese", {
        "module": "opportunity", "metrics": ["count", "sum:amount"], "rows": ["closed_at@month"], "columns": ["status"],
        "filter": {"field": "status", "op": "in", "value": ["won", "lost"]}, "by": "closed_at",
        "period": "last_365_days", "chart": "stacked",
    }),
    "open": ("bruno", "Valore aperto", {
        "module": "opportunity", "metrics": ["sum:amount"], "chart": "number",
        "filter": {"field": "status", "op": "in", "value": ["open"]},
    }),
}  # fmt: skip
"""{key: (who made it, name, definition)}."""


def asked(story: Story) -> Thread:
    """What Ivo and Bruno look at, Bruno every Monday in his mail."""
    made = {
        key: story.act(who, "report.create", {"name": name, "audience": "all", "definition": definition})
        for key, (who, name, definition) in REPORTS.items()
    }
    yield 0.5
    layout = [
        {"report": made["open"].pk, "wide": False},
        {"report": made["sizes"].pk, "wide": True},
        {"report": made["phases"].pk, "wide": False},
        {"report": made["sources"].pk, "wide": False},
    ]
    board = story.act("bruno", "dashboard.create", {"name": "Lunedì mattina", "audience": "all", "layout": layout})
    yield 0.5
    mail = {"dashboard": board.pk, "every": "weekly", "weekday": "MO", "hour": 8, "recipients": [story.id("bruno")]}
    story.act("bruno", "report_mail.create", mail)
    alert = {"report": made["open"].pk, "metric": "sum:amount", "kind": "below", "threshold": 500_000}
    story.act("bruno", "report_alert.create", alert)
