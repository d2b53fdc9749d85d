"""Sales at a glance."""

from __future__ import annotations

from anello.core.ui.shell.dashboards import Figure, dashboard
from anello.kit.text import L

_WON = {"field": "status", "op": "in", "value": ["won"]}
_OPEN = {"field": "status", "op": "in", "value": ["open"]}
_YEAR = {"by": "closed_at", "period": "this_year"}

dashboard(
    "sales",
    L("Vendite", "Sales"),
    "opportunity",
    [
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
                "filter": {"field": "status", "op": "in", "value": ["lost"]}, **_YEAR, "sort": "-count",
            },
        ),
        Figure(
            L("Potenziali per provenienza", "Leads by source"),
            {
                "module": "lead", "metrics": ["count"], "rows": ["source"], "columns": ["status"], "by": "created_at",
                "period": "this_year", "chart": "stacked",
            },
        ),
        Figure(
            L("Attività per responsabile", "Activities by owner"),
            {
                "module": "activity", "metrics": ["count"], "rows": ["owner"], "columns": ["kind"],
                "by": "created_at", "period": "last_30_days", "chart": "stacked",
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
            L("Ordini per mese", "Orders by month"),
            {
                "module": "order", "metrics": ["sum:total", "count"], "rows": ["date@month"], "by": "date",
                "period": "last_365_days", "chart": "bar",
            },
            wide=True,
        ),
        Figure(
            L("Fatturato per cliente", "Invoiced by customer"),
            {
                "module": "invoice", "metrics": ["sum:total"], "rows": ["organisation"], "by": "date",
                "period": "this_year", "limit": 10,
            },
        ),
        Figure(
            L("Esito delle trattative per trimestre", "Outcome of deals by quarter"),
            {
                "module": "opportunity", "metrics": ["count", "sum:amount"], "rows": ["closed_at@quarter"],
                "columns": ["status"], "filter": {"field": "status", "op": "in", "value": ["won", "lost"]},
                "by": "closed_at", "period": "last_365_days", "chart": "stacked",
            },
        ),
        Figure(
            L("Clienti nuovi per mese", "New customers by month"),
            {
                "module": "organisation", "metrics": ["count"], "rows": ["created_at@month"], "by": "created_at",
                "period": "last_365_days", "chart": "line",
            },
        ),
    ],
)  # fmt: skip
