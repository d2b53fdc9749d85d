"""Sales at a glance."""

from __future__ import annotations

from typing import Any

from anello.core.ui.shell.dashboards import Figure, dashboard
from anello.kit.text import L

_WON: dict[str, Any] = {"field": "status", "op": "in", "value": ["won"]}
_OPEN: dict[str, Any] = {"field": "status", "op": "in", "value": ["open"]}
_LOST: dict[str, Any] = {"field": "status", "op": "in", "value": ["lost"]}
_ENDED: dict[str, Any] = {"field": "status", "op": "in", "value": ["won", "lost"]}
_BOUGHT: dict[str, Any] = {"field": "status", "op": "in", "value": ["confirmed", "fulfilled"]}
_ISSUED: dict[str, Any] = {"field": "issued_at", "op": "not_empty"}
_OWED: dict[str, Any] = {"all": [_ISSUED, {"field": "open_amount", "op": "gt", "value": 0}]}
_YEAR = {"by": "closed_at", "period": "this_year"}
_NUMBER = {"chart": "number"}

dashboard(
    "sales",
    L("Vendite", "Sales"),
    "opportunity",
    [
        Figure(
            L("Vinto quest'anno", "Won this year"),
            {"module": "opportunity", "metrics": ["sum:amount"], "filter": _WON, **_YEAR, **_NUMBER},
        ),
        Figure(
            L("Trattative vinte quest'anno", "Deals won this year"),
            {"module": "opportunity", "metrics": ["count"], "filter": _WON, **_YEAR, **_NUMBER},
        ),
        Figure(
            L("Valore delle trattative aperte", "Value of open deals"),
            {"module": "opportunity", "metrics": ["sum:amount"], "filter": _OPEN, "by": "close_date", **_NUMBER},
        ),
        Figure(
            L("Potenziali degli ultimi 30 giorni", "Leads of the last 30 days"),
            {"module": "lead", "metrics": ["count"], "by": "created_at", "period": "last_30_days", **_NUMBER},
        ),
        Figure(
            L("Valore vinto per mese e responsabile", "Value won by month and owner"),
            {
                "module": "opportunity", "metrics": ["sum:amount"], "rows": ["closed_at@month"], "columns": ["owner"],
                "filter": _WON, **_YEAR, "chart": "stacked",
            },
            wide=True,
        ),
        Figure(
            L("Trattative aperte per fase", "Open deals by stage"),
            {
                "module": "opportunity", "metrics": ["sum:amount", "count"], "rows": ["stage"], "filter": _OPEN,
                "by": "close_date", "chart": "bar",
            },
        ),
        Figure(
            L("Perché si perde", "Why deals are lost"),
            {
                "module": "opportunity", "metrics": ["count", "sum:amount"], "rows": ["lost_reason"],
                "filter": _LOST, **_YEAR, "sort": "-count",
            },
        ),
        Figure(
            L("Potenziali per provenienza", "Leads by source"),
            {
                "module": "lead", "metrics": ["count"], "rows": ["source"], "columns": ["status"], "by": "created_at",
                "period": "this_year", "sort": "-count", "chart": "stacked",
            },
        ),
        Figure(
            L("Attività svolte per responsabile", "Activities done by owner"),
            {
                "module": "activity", "metrics": ["count"], "rows": ["owner"], "columns": ["kind"],
                "by": "done_at", "period": "last_30_days", "chart": "stacked",
            },
        ),
    ],
)  # fmt: skip

dashboard(
    "management",
    L("Direzione", "Management"),
    "invoice",
    [
        Figure(
            L("Ordinato quest'anno", "Ordered this year"),
            {
                "module": "order", "metrics": ["sum:total"], "filter": _BOUGHT, "by": "date", "period": "this_year",
                **_NUMBER,
            },
        ),
        Figure(
            L("Fatturato quest'anno", "Invoiced this year"),
            {
                "module": "invoice", "metrics": ["sum:total"], "filter": _ISSUED, "by": "date", "period": "this_year",
                **_NUMBER,
            },
        ),
        Figure(
            L("Da incassare", "Owed to us"),
            {"module": "invoice", "metrics": ["sum:open_amount"], "filter": _OWED, "by": "due_date", **_NUMBER},
        ),
        Figure(
            L("Organizzazioni nuove quest'anno", "New organisations this year"),
            {"module": "organisation", "metrics": ["count"], "by": "created_at", "period": "this_year", **_NUMBER},
        ),
        Figure(
            L("Ordini per mese", "Orders by month"),
            {
                "module": "order", "metrics": ["sum:total", "count"], "rows": ["date@month"], "filter": _BOUGHT,
                "by": "date", "period": "last_365_days", "chart": "bar",
            },
            wide=True,
        ),
        Figure(
            L("Fatturato per organizzazione", "Invoiced by organisation"),
            {
                "module": "invoice", "metrics": ["sum:total", "sum:open_amount"], "rows": ["organisation"],
                "filter": {"all": [_ISSUED, {"field": "organisation", "op": "has"}]}, "by": "date",
                "period": "this_year", "limit": 10,
            },
        ),
        Figure(
            L("Da incassare per scadenza", "Owed to us by due date"),
            {
                "module": "invoice", "metrics": ["sum:open_amount", "count"], "rows": ["due_date@month"],
                "filter": _OWED, "by": "due_date", "chart": "bar",
            },
        ),
        Figure(
            L("Esito delle trattative per trimestre", "Outcome of deals by quarter"),
            {
                "module": "opportunity", "metrics": ["count", "sum:amount"], "rows": ["closed_at@quarter"],
                "columns": ["status"], "filter": _ENDED, "by": "closed_at", "period": "last_365_days",
                "chart": "stacked",
            },
        ),
        Figure(
            L("Organizzazioni nuove per mese", "New organisations by month"),
            {
                "module": "organisation", "metrics": ["count"], "rows": ["created_at@month"], "by": "created_at",
                "period": "last_365_days", "chart": "line",
            },
        ),
    ],
)  # fmt: skip
