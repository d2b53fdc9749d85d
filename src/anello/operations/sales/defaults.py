"""What every installation starts with; whatever exists stays as people left it."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction

from anello.core.actions import Context, run
from anello.core.modules import get
from anello.operations.sales.models import DiscountLimit, NumberSequence, Pipeline, PriceList, Seller

PIPELINES = [
    (
        ("Nuovi clienti", "New business"),
        [
            ("Primo contatto", "First contact", 10, "open", "pipeline", 14),
            ("Analisi del bisogno", "Discovery", 25, "open", "pipeline", 21),
            ("Proposta", "Proposal", 50, "open", "best_case", 21),
            ("Trattativa", "Negotiation", 75, "open", "commit", 14),
            ("Vinta", "Won", 100, "won", "closed", None),
            ("Persa", "Lost", 0, "lost", "omitted", None),
        ],
    ),
    (
        ("Rinnovi", "Renewals"),
        [
            ("In scadenza", "Due", 60, "open", "pipeline", 30),
            ("Proposta di rinnovo", "Renewal proposal", 80, "open", "commit", 21),
            ("Rinnovata", "Renewed", 100, "won", "closed", None),
            ("Non rinnovata", "Not renewed", 0, "lost", "omitted", None),
        ],
    ),
]
PATTERNS = {
    "quote": "PREV-{year}-{seq:05}",
    "order": "ORD-{year}-{seq:05}",
    "invoice": "FT-{year}-{seq:05}",
    "credit_note": "NC-{year}-{seq:05}",
}
PRICE_LIST = "Listino base"
DISCOUNT = Decimal(10)


@transaction.atomic
def ensure_defaults(ctx: Context | None = None) -> None:
    """Pipelines, the base price list, number series, discount limits and the seller on documents."""
    ctx = ctx or Context()
    if not Pipeline.objects.exists():
        for position, ((it, en), stages) in enumerate(PIPELINES):
            pipeline = run("pipeline.create", {"name_it": it, "name_en": en, "position": position}, ctx)
            run(
                "stage.create",
                [
                    {
                        "pipeline": pipeline.pk,
                        "name_it": name_it,
                        "name_en": name_en,
                        "position": place,
                        "probability": probability,
                        "kind": kind,
                        "forecast": forecast,
                        "stale_days": stale_days,
                    }
                    for place, (name_it, name_en, probability, kind, forecast, stale_days) in enumerate(stages)
                ],
                ctx,
            )
    known = set(NumberSequence.objects.values_list("document", flat=True))
    missing = [
        {"document": document, "pattern": pattern} for document, pattern in PATTERNS.items() if document not in known
    ]
    if missing:
        run("number_sequence.create", missing, ctx)
    if not PriceList.everything.filter(is_default=True).exists():
        run("price_list.create", {"name": PRICE_LIST, "is_default": True}, ctx)
    if not DiscountLimit.everything.exists():
        run("discount_limit.create", {"name": "Tutti", "max_discount": DISCOUNT}, ctx)
        managers = get("role").model._default_manager.filter(key="sales_manager").first()
        if managers is not None:
            limit = {"name": "Responsabili vendite", "role": managers.pk, "max_discount": 100}
            run("discount_limit.create", limit, ctx)
    if not Seller.objects.exists():
        run("seller.create", {"name": "La tua azienda"}, ctx)
