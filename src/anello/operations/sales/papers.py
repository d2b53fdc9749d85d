"""Quotes, orders and invoices on paper (PDF), in the customer's language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils import timezone

from anello.core.actions import NotFound
from anello.core.modules import get
from anello.core.policies import Actor, visible
from anello.kit import pdf, pricing
from anello.kit.money import format_money
from anello.kit.numbers import format_number
from anello.kit.text import L
from anello.operations.sales.actions.lines import lines_of
from anello.operations.sales.models import Seller
from anello.operations.sales.module.choices import UNITS

TEMPLATES = Path(__file__).parent / "pdf"
KINDS = {
    "quote": L("Preventivo", "Quote"),
    "order": L("Conferma d'ordine", "Order confirmation"),
    "invoice": L("Fattura", "Invoice"),
    "credit_note": L("Nota di credito", "Credit note"),
}
WORDS = {
    "customer": L("Spett.le", "For"),
    "description": L("Descrizione", "Description"),
    "quantity": L("Quantità", "Quantity"),
    "price": L("Prezzo", "Price"),
    "discount": L("Sconto", "Discount"),
    "vat": L("IVA", "VAT"),
    "amount": L("Importo", "Amount"),
    "taxes": L("Riepilogo IVA", "VAT summary"),
    "total": L("Totale", "Total"),
    "payment": L("Pagamento", "Payment"),
    "notes": L("Note", "Notes"),
    "bank": L("Coordinate bancarie", "Bank details"),
    "acceptance": L("Per accettazione", "Acceptance"),
    "accept": L(
        "Accettiamo questo preventivo e le sue condizioni.", "We accept this quote and the terms stated in it."
    ),
    "place": L("Luogo e data", "Place and date"),
    "signature": L("Timbro e firma", "Stamp and signature"),
}
FACTS = {
    "date": L("Data", "Date"),
    "valid_until": L("Valido fino al", "Valid until"),
    "delivery_date": L("Consegna", "Delivery"),
    "due_date": L("Scadenza", "Due"),
    "reference": L("Vostro riferimento", "Your reference"),
    "corrects": L("A storno di", "Credits"),
}
SUMS = {
    "net": L("Totale righe", "Subtotal"),
    "discount_amount": L("Sconto", "Discount"),
    "taxable": L("Imponibile", "Taxable amount"),
    "tax": L("IVA", "VAT"),
}
DRAFT = L("BOZZA", "DRAFT")
VAT = L("P. IVA", "VAT no.")
TAX_CODE = L("C.F.", "Tax code")


@dataclass(frozen=True)
class Paper:
    """A PDF and the name of its file."""

    name: str
    content: bytes


def paper(actor: Actor, module: str, pk: int, *, language: str | None = None, at: dt.datetime | None = None) -> Paper:
    """The PDF of a quote, order or invoice the actor may see; NotFound otherwise.

    `language` (`it`, `en`) is the customer's unless given.
    """
    found: Any = get(module).model._default_manager.filter(visible(actor, module), pk=pk).first()
    if found is None or module not in ("quote", "order", "invoice"):
        raise NotFound(module)
    person, organisation = _customer(found)
    language = language or (getattr(person, "language", "") or "it")
    data = _data(found, module, person, organisation, "en" if language.startswith("en") else "it")
    content = pdf.render(TEMPLATES / f"{module}.typ", data, at or timezone.now())
    return Paper(f"{data['title']}.pdf".replace("/", "-"), content)


def _customer(document: Any) -> tuple[Any, Any]:
    # Looked up whatever became of them: the paper of a deleted customer stays readable.
    return tuple(
        get(module).model.everything.filter(pk=pk).first() if pk else None  # type: ignore[attr-defined]
        for module, pk in (("person", document.person_id), ("organisation", document.organisation_id))
    )  # type: ignore[return-value]


def _data(document: Any, module: str, person: Any, organisation: Any, language: str) -> dict[str, Any]:
    def word(text: L) -> str:
        return text.en if language == "en" else text.it

    def money(amount: Decimal) -> str:
        return format_money(amount, document.currency, language)

    kind = document.kind if module == "invoice" else module
    number = document.title if document.number else ""
    lines = lines_of(document)
    if not lines:
        sums = []
    else:
        sums = [
            {"label": word(label), "value": money(getattr(document, name))}
            for name, label in SUMS.items()
            if document.discount_amount or name in ("taxable", "tax")
        ]
    return {
        "language": language,
        "title": " ".join(part for part in (word(KINDS[kind]), number) if part),
        "kind": word(KINDS[kind]),
        "number": number,
        "mark": word(DRAFT) if document.status == "draft" else "",
        "seller": _seller(word),
        "customer": {
            "name": (organisation or person).title,
            "lines": _block(organisation or person, word, person if organisation else None),
        },
        "subject": getattr(document, "name", ""),
        "facts": list(_facts(document, word)),
        "lines": [_line(line, money, word, language) for line in lines],
        "taxes": _taxes(document, lines, money) if lines else [],
        "sums": sums,
        "total": money(document.total),
        "payment": document.payment_terms,
        "bank": _bank(),
        "notes": document.notes,
        "words": {name: word(text) for name, text in WORDS.items()},
    }


def _facts(document: Any, word: Any) -> Iterable[dict[str, str]]:
    for name, label in FACTS.items():
        value = getattr(document, name, None)
        if value:
            yield {"label": word(label), "value": f"{value:%d/%m/%Y}" if isinstance(value, dt.date) else str(value)}


def _line(line: Any, money: Any, word: Any, language: str) -> dict[str, str]:
    unit = next((word(option.label) for option in UNITS if option.value == line.unit), "")
    return {
        "description": line.description,
        "quantity": f"{format_number(line.quantity.normalize(), language)} {unit}".strip(),
        "price": money(line.unit_price),
        "discount": f"{format_number(line.discount.normalize(), language)}%" if line.discount else "",
        "vat": f"{line.vat_rate}%",
        "amount": money(line.net),
    }


def _taxes(document: Any, lines: Iterable[Any], money: Any) -> list[dict[str, str]]:
    rows = [pricing.Line(x.quantity, x.unit_price, x.discount, Decimal(x.vat_rate)) for x in lines]
    found = pricing.totals(rows, document.discount, document.currency).taxes
    return [
        {"rate": f"{tax.rate.normalize():f}%", "taxable": money(tax.taxable), "amount": money(tax.amount)}
        for tax in found
    ]


def _seller(word: Any) -> dict[str, Any]:
    seller = Seller.objects.order_by("pk").first()
    if seller is None:
        return {"name": "", "lines": [], "footer": ""}
    contacts = [part for part in (seller.email, seller.phone, seller.website) if part]
    return {
        "name": seller.name,
        "lines": [*_block(seller, word), *([" · ".join(contacts)] if contacts else [])],
        "footer": seller.footer,
    }


def _bank() -> str:
    seller = Seller.objects.exclude(iban="").order_by("pk").first()
    return f"IBAN {seller.iban}" if seller else ""


def _block(who: Any, word: Any, contact: Any = None) -> list[str]:
    """Address and tax identifiers, a line each; empty ones are left out."""
    place = " ".join(part for part in (who.postal_code, who.city, f"({who.province})" if who.province else "") if part)
    country = who.country if who.country not in ("", "IT") else ""
    identifiers = [f"{word(label)} {value}" for label, value in ((VAT, who.vat), (TAX_CODE, who.tax_code)) if value]
    return [
        line for line in (contact.title if contact else "", who.street, place, country, " · ".join(identifiers)) if line
    ]
